import ArgumentParser
import OmniStore

/// Runs the daemon in the foreground.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the daemon in the foreground.",
        discussion: "Logs go to standard error. SIGTERM and SIGINT end it after running answers are finished.")

    @OptionGroup var options: SettingsOptions
    @OptionGroup var serving: ServeOptions

    func run() async throws {
        do {
            let settings = try await options.load(adding: serving.flags)
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
