import Configuration
import Foundation
import Logging
import OmniCore
import OmniProviders
import OmniTools
import SystemPackage

/// The process settings.
///
/// Flags win over the environment, the environment over the settings file.
///
/// Every key is listed in `docs/configuration.md`; a key `logLevel` is `LOG_LEVEL` in the environment, `--log-level` as a
/// flag and `"logLevel"` in the file. Secrets have no flag.
struct DaemonSettings: Sendable {
    var host = "127.0.0.1"
    var port = 20128
    var dataDir = ""
    var logLevel = Logger.Level.info
    var initialPassword: String?
    var requireAPIKey: Bool?
    var storageEncryptionKey: String?
    var corsOrigin: String?
    var authCookieSecure = false
    var baseURL: String?
    var maximumBodyBytes = 50 << 20
    var maximumUploadBytes = 512 << 20
    var historyBytes = 512 << 20
    var deadlines = UpstreamDeadlines()
    var shutdownTimeout: Duration = .seconds(30)
    var allowsPrivateFiles = false
    /// Clients a person registered with OAuth providers of the catalogue.
    var oauthClients: [String: OAuthRegistration] = [:]
    /// nil when nobody is told traces.
    var traces: TraceSettings?
    /// How tools on this machine are found.
    var tools = ToolSettings(home: "", searchPath: "", backups: "")
    /// nil for one loop per core.
    var eventLoops: Int?

    /// - Throws: ``SettingsError`` that names the key and what it must be.
    static func load(
        flags: [AbsoluteConfigKey: ConfigValue], configurationFile: String?
    ) async throws -> DaemonSettings {
        let overrides: [any ConfigProvider] = [
            InMemoryProvider(name: "flags", values: flags), EnvironmentVariablesProvider(),
        ]
        var settings = DaemonSettings()
        // A file inside the data folder cannot say where the folder is; one that was named can.
        settings.dataDir = dataFolder(ConfigReader(providers: overrides))
        let file = try await settingsFile(
            configurationFile ?? settings.dataDir + "/omniroute.json", mayBeMissing: configurationFile == nil)
        let source = SettingsSource(reader: ConfigReader(providers: overrides + [file]))
        if configurationFile != nil { settings.dataDir = dataFolder(source.reader) }
        settings.host = source.string("host") ?? settings.host
        settings.port = try source.int("port", in: 0...65535) ?? settings.port
        if let name = source.string("logLevel") {
            guard let level = Logger.Level(rawValue: name.lowercased()) else {
                throw SettingsError(
                    "logLevel", "must be one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
            }
            settings.logLevel = level
        }
        settings.initialPassword = source.string("initialPassword")
        settings.requireAPIKey = try source.bool("requireApiKey")
        settings.storageEncryptionKey = source.string("storageEncryptionKey")
        settings.corsOrigin = source.string("corsOrigin")
        settings.authCookieSecure = try source.bool("authCookieSecure") ?? false
        settings.baseURL = source.string("baseUrl")
        settings.maximumBodyBytes = try source.int("maxBodySizeBytes", in: 1024...1 << 30) ?? settings.maximumBodyBytes
        settings.maximumUploadBytes =
            try source.int("maxUploadSizeBytes", in: 1024...1 << 40) ?? settings.maximumUploadBytes
        settings.historyBytes = try source.int("historyMaxBytes", in: 16 << 20...1 << 40) ?? settings.historyBytes
        settings.deadlines.total = try source.milliseconds("fetchTimeoutMs") ?? settings.deadlines.total
        settings.deadlines.betweenEvents =
            try source.milliseconds("streamIdleTimeoutMs") ?? settings.deadlines.betweenEvents
        settings.deadlines.firstEvent = try source.milliseconds("firstEventTimeoutMs") ?? settings.deadlines.firstEvent
        settings.deadlines.connect = try source.milliseconds("connectTimeoutMs") ?? settings.deadlines.connect
        settings.shutdownTimeout = try source.milliseconds("shutdownTimeoutMs") ?? settings.shutdownTimeout
        settings.allowsPrivateFiles = try source.bool("omnirouteAllowPrivateUpstreams") ?? false
        settings.traces = try TraceSettings.load(source)
        settings.tools = try ToolSettings.load(source, dataDir: settings.dataDir)
        settings.eventLoops = try source.int("eventLoops", in: 1...256)
        for id in ProviderCatalog.builtIn.oauth.keys {
            var client = OAuthRegistration()
            client.clientID = source.string(ConfigKey(["oauth", id, "clientId"]))
            client.clientSecret = source.string(ConfigKey(["oauth", id, "clientSecret"]))
            if client.clientID != nil { settings.oauthClients[id] = client }
        }
        return settings
    }

    /// Whether only programs on this machine can reach the daemon.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// How a person addresses the daemon.
    func address(port: Int) -> String {
        let name = host == "0.0.0.0" || host == "::" || host == "127.0.0.1" ? "localhost" : host
        return "http://\(name.contains(":") ? "[\(name)]" : name):\(port)"
    }

    private static func dataFolder(_ reader: ConfigReader) -> String {
        if let path = reader.string(forKey: "dataDir"), !path.isEmpty {
            return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        }
        let environment = ProcessInfo.processInfo.environment
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") { return base + "/omniroute" }
        return NSHomeDirectory() + "/.omniroute"
    }

    private static func settingsFile(_ path: String, mayBeMissing: Bool) async throws -> any ConfigProvider {
        do {
            return try await FileProvider<JSONSnapshot>(filePath: FilePath(path), allowMissing: mayBeMissing)
        } catch {
            throw SettingsError("config", "the settings file \(path) cannot be read: \(error)")
        }
    }
}

/// A setting that cannot be used.
struct SettingsError: Error, CustomStringConvertible {
    let key: String
    let message: String

    init(_ key: String, _ message: String) {
        self.key = key
        self.message = message
    }

    var description: String { "\(key): \(message)" }
}

/// Typed access to settings that says what is wrong, where the library would fall back to the default.
struct SettingsSource {
    let reader: ConfigReader

    /// An empty value counts as none, as shells leave them.
    func string(_ key: ConfigKey) -> String? {
        guard let value = reader.string(forKey: key), !value.isEmpty else { return nil }
        return value
    }

    func int(_ key: ConfigKey, in range: ClosedRange<Int>) throws -> Int? {
        // Flags and the environment are text, the file may hold a number; the first source that has the key counts.
        let text = string(key)
        let number = text.map { Int($0) } ?? reader.int(forKey: key)
        guard number != nil || text != nil else { return nil }
        guard let number, range.contains(number) else {
            throw SettingsError("\(key)", "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number from 0 to 1.
    func share(_ key: ConfigKey) throws -> Double? {
        let text = string(key)
        // In the file it may be whole or not.
        let number = text.map { Double($0) } ?? reader.double(forKey: key) ?? reader.int(forKey: key).map(Double.init)
        guard number != nil || text != nil else { return nil }
        guard let number, (0...1).contains(number) else {
            throw SettingsError("\(key)", "must be a number from 0 to 1")
        }
        return number
    }

    func bool(_ key: ConfigKey) throws -> Bool? {
        guard let text = string(key)?.lowercased() else { return reader.bool(forKey: key) }
        guard let value = ["true": true, "1": true, "false": false, "0": false][text] else {
            throw SettingsError("\(key)", "must be true or false")
        }
        return value
    }

    func milliseconds(_ key: ConfigKey) throws -> Duration? {
        try int(key, in: 1...86_400_000).map { .milliseconds($0) }
    }
}
