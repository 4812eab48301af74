import ArgumentParser
import Configuration

/// Flags every command that touches the data folder takes; they win over the environment and the settings file.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data folder.", valueName: "folder"))
    var dataDir: String?

    @Option(name: .customLong("config"), help: ArgumentHelp("A settings file (JSON).", valueName: "file"))
    var configurationFile: String?

    /// The flags as configuration values.
    var values: [AbsoluteConfigKey: ConfigValue] {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        if let dataDir { values[AbsoluteConfigKey(["dataDir"], context: [:])] = ConfigValue(.string(dataDir), isSecret: false) }
        return values
    }

    func load(adding flags: [AbsoluteConfigKey: ConfigValue] = [:]) async throws -> DaemonSettings {
        try await DaemonSettings.load(
            flags: values.merging(flags) { _, flag in flag }, configurationFile: configurationFile)
    }
}
