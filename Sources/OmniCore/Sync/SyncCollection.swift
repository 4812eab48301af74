import OmniJSON

/// A configuration as things that can be synchronised, each under a key that is the same on every machine.
///
/// What belongs to one machine is not among them: tests and errors of accounts, tokens of OAuth accounts, who may reach this
/// router, which bodies are logged, imported price files.
public struct SyncCollection: Sendable {
    public private(set) var items: [SyncKey: SyncItem] = [:]
    /// Things that are here and never leave: accounts that came by OAuth, whose tokens only one machine can renew.
    public private(set) var withheld: Set<SyncKey> = []

    private let choices: Set<SyncChoice>

    /// - Parameter base: what was agreed on, for what a machine cannot know by itself.
    public init(_ configuration: RouterConfiguration, choices: Set<SyncChoice>, base: SyncState) {
        self.choices = choices
        for node in configuration.nodes { add(.node, node.id.rawValue, SyncItem(node.writeSynchronised)) }
        for connection in configuration.connections { add(connection, base: base) }
        for (provider, registration) in configuration.oauth { add(registration, of: provider) }
        for combo in configuration.combos { add(.combo, combo.id.rawValue, SyncItem(combo.writeSynchronised)) }
        for alias in configuration.aliases { add(.alias, alias.alias, SyncItem { $0.optional("model", alias.model) }) }
        for model in configuration.customModels {
            add(.model, Self.id(model.provider, model.id), SyncItem(model.writeSynchronised))
        }
        for policy in configuration.policies {
            var item = SyncItem(policy.writeMembers)
            item.fields["id"] = nil
            add(.policy, policy.id, item)
        }
        for (provider, models) in configuration.prices.rows {
            for (model, row) in models { add(.price, Self.id(provider, model), SyncItem(row, of: model)) }
        }
        for (scope, limits) in configuration.limits { add(.limit, scope.text, SyncItem(limits.writeMembers)) }
        for key in configuration.clientKeys { add(.key, key.id.rawValue, SyncItem(key.writeSynchronised)) }
        addSettings(configuration)
    }

    /// Models of one provider are the same in any case.
    static func id(_ provider: ProviderID, _ model: String) -> String { "\(provider.rawValue)/\(model.lowercased())" }

    /// The provider before the first slash, and the rest.
    static func parts(of id: String) -> (provider: ProviderID, model: String)? {
        guard let slash = id.firstIndex(of: "/") else { return nil }
        return (ProviderID(String(id[..<slash])), String(id[id.index(after: slash)...]))
    }

    private mutating func add(_ kind: SyncKind, _ id: String, _ item: SyncItem) {
        if choices.contains(kind.choice) { items[SyncKey(kind, id)] = item }
    }

    private mutating func add(_ connection: Connection, base: SyncState) {
        let key = SyncKey(.connection, connection.id.rawValue)
        guard connection.credential?.tokens == nil else {
            withheld.insert(key)
            return
        }
        let apiKey = connection.credential?.apiKey
        // A machine that was never told the key does not take it from the others.
        let hasKey = apiKey != nil || base.items[key]?.fields["hasKey"] != nil
        add(
            .connection, key.id,
            SyncItem { writer in
                connection.writeSynchronised(into: &writer)
                if hasKey {
                    writer.key("hasKey")
                    writer.value(true)
                }
            })
        if let apiKey { add(.secret, "connection:\(key.id)", SyncItem { $0.optional("apiKey", apiKey) }) }
    }

    private mutating func add(_ registration: OAuthRegistration, of provider: String) {
        let whole = SyncItem { registration.writeMembers(into: &$0, showsSecret: true) }
        let secret = whole.fields.filter { OAuthRegistration.secretMembers.contains($0.key) }
        add(.oauth, provider, SyncItem(fields: whole.fields.filter { secret[$0.key] == nil }))
        if !secret.isEmpty { add(.secret, "oauth:\(provider)", SyncItem(fields: secret)) }
    }

    private mutating func addSettings(_ configuration: RouterConfiguration) {
        let routing = configuration.routing
        var item = SyncItem { writer in
            routing.writeMembers(into: &writer, isSparse: true)
            writer.key("comboDefaults")
            routing.writeComboDefaults(into: &writer, isSparse: true)
            writer.key("providerOverrides")
            routing.writeOverrides(into: &writer) { $0.rawValue }
            writer.key("resilience")
            writer.beginObject()
            routing.resilience.writeMembers(into: &writer, isSparse: true)
            writer.endObject()
        }
        item.fields["bodyLog"] = nil
        add(.setting, "routing", item)
        let (shaping, usual) = (configuration.shaping, RequestShaping())
        add(
            .setting, "thinking", SyncItem(shaping.thinking.writeMembers).without(SyncItem(usual.thinking.writeMembers))
        )
        add(
            .setting, "systemPrompt",
            SyncItem(shaping.systemPrompt.writeMembers).without(SyncItem(usual.systemPrompt.writeMembers)))
    }
}

extension SyncItem {
    /// What differs from the defaults: one machine's default is no objection to what another chose.
    fileprivate func without(_ usual: SyncItem) -> SyncItem {
        SyncItem(fields: fields.filter { usual.fields[$0.key] != $0.value })
    }

    fileprivate init(_ row: PriceRow, of model: String) {
        var writer = JSONWriter()
        row.write(into: &writer)
        do {
            self.init(try JSONValue(parsing: writer.bytes))
        } catch {
            preconditionFailure("a writer makes JSON that can be read: \(error)")
        }
        set("model", model)
    }
}

extension OAuthRegistration {
    /// Members that hold secrets, or may.
    static let secretMembers: Set<String> = ["clientSecret", "headers", "tokenParameters"]
}

extension ProviderNode {
    fileprivate func writeSynchronised(into writer: inout JSONWriter) {
        writer.optional("name", name)
        writer.optional("prefix", prefix)
        writer.optional("type", type.rawValue)
        writer.optional("apiType", apiType?.rawValue)
        writer.optional("baseUrl", baseURL)
        writer.optional("createdAt", Int(createdAt))
    }
}

extension Connection {
    /// Options of an account that are the same on every machine.
    static let synchronisedOptions = [
        "maxConcurrent", "requestsPerMinute", "tokensPerMinute", "minTimeBetweenRequests", "weight",
        "rateLimitProtection", "resilienceProfile", "modelLimits",
    ]

    fileprivate func writeSynchronised(into writer: inout JSONWriter) {
        writer.optional("provider", provider.rawValue)
        writer.optional("name", name)
        writer.optional("priority", priority)
        writer.optional("isActive", isActive)
        writer.optional("baseUrl", baseURL)
        writer.optional("defaultModel", defaultModel)
        writer.optional("createdAt", Int(createdAt))
        let options = SyncItem(options.writeMembers)
        for name in Self.synchronisedOptions {
            guard let value = options.fields[name] else { continue }
            writer.key(JSONText(name))
            writer.raw(value[...])
        }
    }
}

extension Combo {
    fileprivate func writeSynchronised(into writer: inout JSONWriter) {
        writer.optional("name", name)
        writer.optional("isActive", isActive)
        writer.optional("createdAt", Int(createdAt))
        writeMembers(into: &writer)
    }
}

extension CustomModel {
    fileprivate func writeSynchronised(into writer: inout JSONWriter) {
        writer.optional("id", id)
        writer.optional("createdAt", Int(createdAt))
        writeMembers(into: &writer)
    }
}

extension ClientKey {
    fileprivate func writeSynchronised(into writer: inout JSONWriter) {
        writer.optional("name", name)
        writer.optional("digest", digest.hexadecimal)
        writer.optional("mask", mask)
        writer.optional("isActive", isActive)
        writer.optional("revokedAt", revokedAt.map { Int($0) })
        writer.optional("createdAt", Int(createdAt))
        limits.writeMembers(into: &writer)
    }
}
