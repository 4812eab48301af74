import ArgumentParser

/// The `omniroute` command.
@main
struct Omniroute: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "omniroute",
        abstract: "One address for every AI tool and every model you pay for.",
        version: version,
        subcommands: [
            ServeCommand.self, DoctorCommand.self, KeysCommand.self, ProvidersCommand.self, PricesCommand.self,
            ConnectCommand.self, ResetPasswordCommand.self, OpenAPICommand.self, VersionCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}

/// Tells which version this is.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() {
        Console.line(json ? "{\"version\":\"\(Omniroute.version)\"}" : "omniroute \(Omniroute.version)")
    }
}
