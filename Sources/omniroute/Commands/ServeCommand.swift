import ArgumentParser
import Configuration
import Foundation
import OmniStore

/// Runs the daemon in the foreground.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the daemon in the foreground.",
        discussion: "Logs go to standard error. SIGTERM and SIGINT end it after running answers are finished.")

    @OptionGroup var options: SettingsOptions

    @Option(help: "The address to listen on.")
    var host: String?

    @Option(help: "The port to listen on.")
    var port: Int?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    func run() async throws {
        var flags: [AbsoluteConfigKey: ConfigValue] = [:]
        if let host { flags[AbsoluteConfigKey(["host"], context: [:])] = ConfigValue(.string(host), isSecret: false) }
        if let port { flags[AbsoluteConfigKey(["port"], context: [:])] = ConfigValue(.int(port), isSecret: false) }
        if let logLevel {
            flags[AbsoluteConfigKey(["logLevel"], context: [:])] = ConfigValue(.string(logLevel), isSecret: false)
        }
        do {
            let settings = try await options.load(adding: flags)
            try await Daemon(settings: settings).run()
        } catch let error as SettingsError {
            throw CommandFailure("\(error)")
        } catch let error as StoreError {
            throw CommandFailure(error.message)
        }
    }
}

/// An end with a message on standard error and exit status 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
