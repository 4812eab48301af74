import ArgumentParser
import Configuration

/// Flags every command that touches the data folder takes; they win over the environment and the settings file.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data folder.", valueName: "folder"))
    var dataDir: String?

    @Option(name: .customLong("config"), help: ArgumentHelp("A settings file (JSON).", valueName: "file"))
    var configurationFile: String?

    /// - Parameter flags: further flags of the command, by key; those that were not given are nil.
    func load(adding flags: [(key: String, value: String?)] = []) async throws -> DaemonSettings {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for flag in flags + [(key: "dataDir", value: dataDir)] {
            guard let value = flag.value else { continue }
            values[AbsoluteConfigKey([flag.key], context: [:])] = ConfigValue(.string(value), isSecret: false)
        }
        return try await DaemonSettings.load(flags: values, configurationFile: configurationFile)
    }
}

/// The flags of the daemon itself: every setting that is no secret.
///
/// Secrets come from the environment or the settings file only, because other users can read a process's arguments.
struct ServeOptions: ParsableArguments {
    @Option(help: "The address to listen on.")
    var host: String?

    @Option(help: "The port to listen on; 0 for any free one.")
    var port: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    @Option(help: ArgumentHelp("Whether inference needs a client key.", valueName: "true|false"))
    var requireApiKey: String?

    @Option(help: ArgumentHelp("Pages of this origin may read inference answers.", valueName: "origin"))
    var corsOrigin: String?

    @Option(help: ArgumentHelp("Whether cookies are for HTTPS only.", valueName: "true|false"))
    var authCookieSecure: String?

    @Option(
        help: ArgumentHelp("The address people reach the daemon by, when a proxy stands before it.", valueName: "url"))
    var baseUrl: String?

    @Option(help: ArgumentHelp("The longest request body.", valueName: "bytes"))
    var maxBodySizeBytes: String?

    @Option(help: ArgumentHelp("The largest form with a file.", valueName: "bytes"))
    var maxUploadSizeBytes: String?

    @Option(help: ArgumentHelp("How long an upstream call may take in all.", valueName: "ms"))
    var fetchTimeoutMs: String?

    @Option(help: ArgumentHelp("The longest silence inside an answer.", valueName: "ms"))
    var streamIdleTimeoutMs: String?

    @Option(help: ArgumentHelp("How long an answer may take to begin.", valueName: "ms"))
    var firstEventTimeoutMs: String?

    @Option(help: ArgumentHelp("How long a connection to an upstream may take to open.", valueName: "ms"))
    var connectTimeoutMs: String?

    @Option(help: ArgumentHelp("How long a shutdown waits for running answers.", valueName: "ms"))
    var shutdownTimeoutMs: String?

    @Option(help: ArgumentHelp("Event loops; one for each core unless given.", valueName: "number"))
    var eventLoops: String?

    var flags: [(key: String, value: String?)] {
        [
            ("host", host), ("port", port), ("logLevel", logLevel), ("requireApiKey", requireApiKey),
            ("corsOrigin", corsOrigin), ("authCookieSecure", authCookieSecure), ("baseUrl", baseUrl),
            ("maxBodySizeBytes", maxBodySizeBytes), ("maxUploadSizeBytes", maxUploadSizeBytes),
            ("fetchTimeoutMs", fetchTimeoutMs),
            ("streamIdleTimeoutMs", streamIdleTimeoutMs), ("firstEventTimeoutMs", firstEventTimeoutMs),
            ("connectTimeoutMs", connectTimeoutMs), ("shutdownTimeoutMs", shutdownTimeoutMs),
            ("eventLoops", eventLoops),
        ]
    }
}
