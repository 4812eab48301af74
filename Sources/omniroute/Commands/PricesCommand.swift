import ArgumentParser
import Foundation
import OmniCore
import OmniJSON
import OmniProviders
import OmniStore

/// Prices from a file of LiteLLM or models.dev.
struct PricesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices", abstract: "Import prices from a file of LiteLLM or models.dev, and take them back.",
        subcommands: [Show.self, Import.self, Clear.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Tell what was imported.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let store = try await OpenStore.open(options)
            let report = try await store.store.configuration.priceImportReport()
            Console.line(report ?? "no prices are imported; see: omniroute prices import")
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Import prices in place of those imported before.",
            discussion: """
                The file is LiteLLM's model_prices_and_context_window.json or models.dev's api.json. Prices that were \
                set by hand go before it, and the router's own table comes after it.
                """)

        @OptionGroup var options: SettingsOptions
        @Argument(help: "The file; - reads standard input.") var file: String

        func run() async throws {
            let store = try await OpenStore.open(options)
            let prices = try parse(try read())
            try await store.store.configuration.replaceImportedPrices(prices)
            try await store.changed("pricing.import")
            Console.line(prices.report.summary)
            for rejection in prices.report.rejections {
                Console.line("rejected: \(rejection.entry): \(rejection.reason)")
            }
        }

        private func parse(_ bytes: [UInt8]) throws -> PriceFile {
            do {
                return try PriceFile(
                    JSONFields(JSONValue(parsing: bytes)), catalog: .builtIn, at: SystemClock().wallMilliseconds())
            } catch let fault as FieldFault {
                throw CommandFailure("nothing is imported: \(fault.message)")
            } catch let error as JSONError {
                throw CommandFailure("the file is not valid JSON: \(error)")
            }
        }

        private func read() throws -> [UInt8] {
            let handle: FileHandle
            if file == "-" {
                handle = .standardInput
            } else if let opened = FileHandle(forReadingAtPath: file) {
                handle = opened
            } else {
                throw CommandFailure("the file '\(file)' cannot be read")
            }
            let data = try handle.read(upToCount: PriceFile.maximumBytes + 1) ?? Data()
            guard data.count <= PriceFile.maximumBytes else {
                throw CommandFailure("the file is larger than \(PriceFile.maximumBytes >> 20) MiB")
            }
            return [UInt8](data)
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "clear", abstract: "Take imported prices back.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let store = try await OpenStore.open(options)
            guard try await store.store.configuration.priceImportReport() != nil else {
                throw CommandFailure("no prices are imported")
            }
            try await store.store.configuration.replaceImportedPrices(nil)
            try await store.changed("pricing.import")
            Console.line("removed")
        }
    }
}
