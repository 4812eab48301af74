import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var settingsRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/settings", .read, .showSettings, showSettings),
            ManagementRoute(.put, "/api/settings", .write, .changeSettings, changeSettings),
            ManagementRoute(.patch, "/api/settings", .write, .changeSettings, changeSettings),
            ManagementRoute(.get, "/api/settings/registry", .read, .describeSettings, describeSettings),
            ManagementRoute(.get, "/api/settings/combo-defaults", .read, .showComboDefaults, showComboDefaults),
            ManagementRoute(.put, "/api/settings/combo-defaults", .write, .changeComboDefaults, changeComboDefaults),
            ManagementRoute(
                .patch, "/api/settings/combo-defaults", .write, .changeComboDefaults, changeComboDefaults),
        ]
    }

    private func showSettings(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await settings()
    }

    /// Changes the settings that are sent and leaves the others.
    private func changeSettings(_ call: ManagementRequest) async throws -> ManagementResponse {
        // Accepted and ignored, these would leave a person with a password they believe changed.
        for name: StaticString in ["newPassword", "currentPassword", "password"] where call.body.has(name) {
            throw ManagementError.invalid("\(name)", "passwords are changed at /api/settings/require-login")
        }
        if try call.body.bool("requireLogin") == false {
            throw ManagementError.invalid("requireLogin", "the management API cannot be opened to everyone")
        }
        let fields = try call.body.fields
        // Of several changes at once none may write over another.
        let ignored = try await dependencies.store.transform { configuration in
            try apply(fields, to: &configuration)
        }
        try await dependencies.publish()
        return try await settings(ignored: ignored)
    }

    /// - Returns: the ways to members nobody reads.
    private func apply(_ fields: JSONFields, to configuration: inout RouterConfiguration) throws -> [String] {
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        var ignored = try configuration.routing.merge(fields)
        // One that is gone since it was blocked may stay in the list.
        let before = configuration.general.blockedProviders
        try configuration.general.merge(fields) { name in
            names.id(of: name) ?? before.first { $0.rawValue == name }
        }
        try fields.read("requireApiKey", into: &configuration.settings.requireAPIKey)
        ignored += fields.unknown(
            besides: RoutingSettings.names.union(GeneralSettings.names).union([
                "comboDefaults", "providerOverrides", "wildcardAliases", "requireLogin", "hasPassword", "setupComplete",
                "requireApiKey", "ignored",
            ]))
        ignored += try mergeDefaults(fields, into: &configuration)
        if let patterns = try patterns(fields, in: configuration) {
            configuration.aliases.removeAll(where: \.isPattern)
            configuration.aliases += patterns
        }
        return ignored
    }

    /// What settings there are, with their types, defaults and ranges.
    private func describeSettings(_ call: ManagementRequest) async throws -> ManagementResponse {
        ManagementResponse { writer in
            writer.beginObject()
            writer.key("settings")
            writer.beginArray()
            for setting in SettingDescription.all { setting.write(into: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    private func showComboDefaults(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await comboDefaults()
    }

    private func changeComboDefaults(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard call.body.has("comboDefaults") || call.body.has("providerOverrides") else {
            throw ManagementError.invalid("comboDefaults", "required, or 'providerOverrides'")
        }
        let fields = try call.body.fields
        let ignored =
            try await dependencies.store.transform { configuration in
                try mergeDefaults(fields, into: &configuration)
            } + fields.unknown(besides: ["comboDefaults", "providerOverrides"])
        try await dependencies.publish()
        return try await comboDefaults(ignored: ignored)
    }

    // MARK: Parts

    /// Takes over `comboDefaults` and `providerOverrides`; a provider with `null` loses what was set for it.
    private func mergeDefaults(
        _ fields: JSONFields, into configuration: inout RouterConfiguration
    ) throws -> [String] {
        var routing = configuration.routing
        var ignored: [String] = []
        if let defaults = try fields.nested("comboDefaults") { ignored += try routing.mergeComboDefaults(defaults) }
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        if let overrides = try fields.nested("providerOverrides") {
            for (name, value) in overrides.members {
                let id = try names.id(of: name, path: overrides.path(name))
                if value.isNull {
                    routing.removeOverride(of: id)
                } else {
                    ignored += try routing.mergeOverride(of: id, JSONFields(value, path: overrides.path(name)))
                }
            }
        }
        configuration.routing = routing
        for case .tooDeep(let name, _) in comboIssues(in: configuration) {
            throw ManagementError.invalid(
                "comboDefaults.maxComboDepth", "too small for the combos there are; '\(name)' lies deeper")
        }
        return ignored
    }

    /// The patterns that take the place of all others; nil when none were sent.
    private func patterns(_ fields: JSONFields, in configuration: RouterConfiguration) throws -> [ModelAlias]? {
        guard let list = fields.value("wildcardAliases") else { return nil }
        guard list.kind == .array else { throw FieldFault("wildcardAliases", "must be an array") }
        var checked = configuration
        checked.aliases.removeAll(where: \.isPattern)
        var patterns: [ModelAlias] = []
        for (index, value) in list.elements.enumerated() {
            let entry = try JSONFields(value, path: "wildcardAliases[\(index)]")
            guard let pattern = try entry.string("pattern", maximum: 200),
                let target = try entry.string("target", maximum: 400), !target.isEmpty
            else { throw FieldFault("wildcardAliases[\(index)]", "must have 'pattern' and 'target'") }
            let alias = ModelAlias(alias: pattern, model: target)
            guard alias.isPattern else { throw FieldFault(entry.path("pattern"), "must hold '*' or '?'") }
            do throws(ManagementError) {
                try review(alias, in: checked)
            } catch {
                throw FieldFault(entry.path(error.field == "alias" ? "pattern" : "target"), error.message)
            }
            checked.aliases.append(alias)
            patterns.append(alias)
        }
        return patterns
    }

    private func settings(ignored: [String] = []) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let hasPassword = try await hasPassword()
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("requireLogin")
            writer.value(true)
            writer.key("hasPassword")
            writer.value(hasPassword)
            writer.key("setupComplete")
            writer.value(hasPassword)
            writer.key("requireApiKey")
            writer.value(configuration.settings.requireAPIKey ?? false)
            configuration.general.writeMembers(into: &writer) { names.name(of: $0) }
            configuration.routing.writeMembers(into: &writer, isSparse: false)
            writer.key("wildcardAliases")
            writer.beginArray()
            for alias in configuration.aliases where alias.isPattern {
                writer.beginObject()
                writer.key("pattern")
                writer.string(alias.alias)
                writer.key("target")
                writer.string(alias.model)
                writer.endObject()
            }
            writer.endArray()
            writer.comboDefaults(of: configuration.routing, names: names)
            writer.ignored(ignored)
            writer.endObject()
        }
    }

    private func comboDefaults(ignored: [String] = []) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.comboDefaults(of: configuration.routing, names: names)
            writer.ignored(ignored)
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// `comboDefaults` as they are in force, and `providerOverrides`.
    fileprivate mutating func comboDefaults(of routing: RoutingSettings, names: ProviderNames) {
        key("comboDefaults")
        routing.writeComboDefaults(into: &self, isSparse: false)
        key("providerOverrides")
        routing.writeOverrides(into: &self) { names.name(of: $0) }
    }

    /// Members of a change that mean nothing here, so that nobody believes them kept.
    mutating func ignored(_ names: [String]) {
        guard !names.isEmpty else { return }
        key("ignored")
        beginArray()
        for name in names { string(name) }
        endArray()
    }
}
