public import OmniJSON

/// Stored settings that are none of routing: what is kept and hidden, and how the dashboard looks.
public struct GeneralSettings: Sendable, Hashable {
    public enum Theme: String, Sendable, Hashable, CaseIterable {
        case system
        case light
        case dark
    }

    /// Providers and nodes nobody is sent to, whatever accounts there are.
    public var blockedProviders: [ProviderID] = []
    /// Whether lists of models need a client key, where requests need none.
    ///
    /// Default: false.
    public var requiresKeyForModels = false
    /// Days that requests stay in the log, and their bodies; nil for as long as there is room.
    ///
    /// Range: 1...3650. Sums of them stay. The audit log is kept twice as long.
    public var logRetentionDays: Int?
    /// What the dashboard calls this router; nil for its usual name.
    public var instanceName: String?
    /// For people who have chosen none themselves.
    public var theme = Theme.system
    /// Of the dashboard, for people who have chosen none themselves; nil for that of their browser.
    public var language: String?

    public init() {}
}

/// As the management API and the store write them.
extension GeneralSettings {
    public static let names: Set<String> = [
        "blockedProviders", "requireAuthForModels", "logRetentionDays", "instanceName", "theme", "language",
    ]

    /// Takes over the members that are there; `null` takes a setting back to its default.
    /// - Parameter provider: what a name means; nil for what is unknown.
    public mutating func merge(
        _ fields: JSONFields, provider: (String) -> ProviderID?
    ) throws(FieldFault) {
        if fields.has("blockedProviders") { blockedProviders = try Self.providers(fields, provider: provider) }
        try fields.read("requireAuthForModels", into: &requiresKeyForModels, default: false) {
            value throws(FieldFault) in
            try fields.read("requireAuthForModels", into: &value)
        }
        try fields.read("logRetentionDays", into: &logRetentionDays, in: 1...3650)
        if fields.has("instanceName") {
            instanceName = try fields.string("instanceName", maximum: 100).flatMap { $0.isEmpty ? nil : $0 }
        }
        if fields.has("theme") {
            let name = try fields.string("theme", maximum: 50) ?? Theme.system.rawValue
            guard let known = Theme(rawValue: name) else {
                let names = Theme.allCases.map(\.rawValue).joined(separator: ", ")
                throw FieldFault(fields.path("theme"), "must be one of \(names)")
            }
            theme = known
        }
        if fields.has("language") {
            let name = try fields.string("language", maximum: 10).flatMap { $0.isEmpty ? nil : $0 }
            if let name, !name.utf8.allSatisfy({ (0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D }) {
                throw FieldFault(fields.path("language"), "must be a language tag such as en or pt-BR")
            }
            language = name
        }
    }

    private static func providers(
        _ fields: JSONFields, provider: (String) -> ProviderID?
    ) throws(FieldFault) -> [ProviderID] {
        guard let list = fields.value("blockedProviders") else { return [] }
        guard list.kind == .array else { throw FieldFault(fields.path("blockedProviders"), "must be an array") }
        var blocked: [ProviderID] = []
        for (index, value) in list.elements.enumerated() {
            let path = fields.path("blockedProviders[\(index)]")
            guard let name = value.string else { throw FieldFault(path, "must be a string") }
            guard let id = provider(name) else { throw FieldFault(path, "unknown provider or node") }
            if !blocked.contains(id) { blocked.append(id) }
        }
        return blocked
    }

    /// The members ``merge(_:provider:)`` reads, in an object that was begun.
    /// - Parameter name: how a provider is written.
    public func writeMembers(into writer: inout JSONWriter, name: (ProviderID) -> String) {
        writer.key("blockedProviders")
        writer.beginArray()
        for provider in blockedProviders { writer.string(name(provider)) }
        writer.endArray()
        writer.key("requireAuthForModels")
        writer.value(requiresKeyForModels)
        writer.key("logRetentionDays")
        if let days = logRetentionDays { writer.value(days) } else { writer.null() }
        writer.key("instanceName")
        if let instanceName { writer.string(instanceName) } else { writer.null() }
        writer.key("theme")
        writer.string(theme.rawValue)
        writer.key("language")
        if let language { writer.string(language) } else { writer.null() }
    }
}
