import Configuration
import Foundation
import OmniCore
import OmniTools

extension ToolSettings {
    /// - Throws: ``SettingsError`` that names the key and what it must be.
    static func load(_ source: SettingsSource, dataDir: String) throws -> ToolSettings {
        let environment = ProcessInfo.processInfo.environment
        // What the tools themselves go by; the library asks the system's list of users.
        let person = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        let home = source.string("cliConfigHome") ?? person
        guard home.hasPrefix("/") else { throw SettingsError("cliConfigHome", "must be an absolute path") }
        var settings = ToolSettings(
            home: home, searchPath: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
            backups: dataDir + "/tool-backups")
        if let name = source.string("cliMode") {
            guard let mode = Mode(rawValue: name.lowercased()) else {
                throw SettingsError(
                    "cliMode", "must be one of " + Mode.allCases.map(\.rawValue).joined(separator: ", "))
            }
            settings.mode = mode
        }
        if let paths = source.string("cliExtraPaths") {
            settings.extraPaths = paths.split(separator: ":").map(String.init)
            guard settings.extraPaths.allSatisfy({ $0.hasPrefix("/") }) else {
                throw SettingsError("cliExtraPaths", "must be absolute paths with colons between")
            }
        }
        settings.allowsWrites = try source.flag("cliAllowConfigWrites") ?? true
        settings.executables["claude"] = source.string("cliClaudeBin")
        settings.executables["codex"] = source.string("cliCodexBin")
        settings.executables["gemini-cli"] = source.string("cliGeminiBin")
        settings.executables["opencode"] = source.string("cliOpencodeBin")
        settings.executables["droid"] = source.string("cliDroidBin")
        settings.executables["openclaw"] = source.string("cliOpenclawBin")
        settings.executables["cline"] = source.string("cliClineBin")
        settings.executables["kilo"] = source.string("cliKiloBin")
        settings.executables["aider"] = source.string("cliAiderBin")
        settings.executables["cursor"] = source.string("cliCursorBin")
        return settings
    }
}

extension DaemonSettings {
    func toolBench(clock: any RouterClock) -> ToolBench {
        ToolBench(
            settings: tools, addresses: ToolAddresses(configured: baseURL, host: host, port: port), clock: clock)
    }
}

extension SettingsSource {
    /// As ``bool(_:)``; also yes and no, on and off, which this setting takes elsewhere.
    fileprivate func flag(_ key: ConfigKey) throws -> Bool? {
        switch string(key)?.lowercased() {
        case "yes", "on": true
        case "no", "off": false
        default: try bool(key)
        }
    }
}
