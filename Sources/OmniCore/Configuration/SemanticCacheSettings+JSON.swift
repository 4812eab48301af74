public import OmniJSON
import OmniTranslate

/// The object `cache.semantic` of the settings, as the management API and the store write it.
extension SemanticCacheSettings {
    public static let names: Set<String> = [
        "enabled", "model", "threshold", "scope", "part", "maxTemperature", "maxEntries", "timeoutMs",
    ]
    private static let usual = SemanticCacheSettings()

    /// Takes over the members that are there; `null` takes one back to its default.
    /// - Returns: the ways to members nobody reads.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        var changed = self
        try fields.read("enabled", into: &changed.isEnabled, default: Self.usual.isEnabled) {
            value throws(FieldFault) in
            try fields.read("enabled", into: &value)
        }
        if fields.has("model") { changed.model = try fields.string("model", maximum: 200) ?? Self.usual.model }
        try fields.read("threshold", into: &changed.threshold, default: Self.usual.threshold) {
            value throws(FieldFault) in
            try fields.read("threshold", into: &value, in: 0.5...1)
        }
        if fields.has("scope") { changed.scope = try fields.choice("scope") ?? Self.usual.scope }
        if fields.has("part") { changed.part = try fields.choice("part") ?? Self.usual.part }
        try fields.read("maxTemperature", into: &changed.maximumTemperature, default: Self.usual.maximumTemperature) {
            value throws(FieldFault) in
            try fields.read("maxTemperature", into: &value, in: 0...1)
        }
        try fields.read("maxEntries", into: &changed.maximumEntries, default: Self.usual.maximumEntries) {
            value throws(FieldFault) in
            try fields.read("maxEntries", into: &value, in: 1...50_000)
        }
        try fields.read("timeoutMs", into: &changed.deadline, default: Self.usual.deadline) {
            value throws(FieldFault) in
            try fields.read("timeoutMs", into: &value, in: 10...10_000)
        }
        guard !changed.isEnabled || !changed.model.isEmpty else {
            throw FieldFault(fields.path("model"), "must name an embedding model while enabled is true")
        }
        self = changed
        return fields.unknown(besides: Self.names)
    }

    /// - Parameter isSparse: whether what has its default is left out, so that it follows later defaults.
    public func write(into writer: inout JSONWriter, isSparse: Bool) {
        func changed<Value: Equatable>(_ path: KeyPath<SemanticCacheSettings, Value>) -> Value? {
            isSparse && self[keyPath: path] == Self.usual[keyPath: path] ? nil : self[keyPath: path]
        }
        func member(_ name: StaticString, _ text: String?) {
            guard let text else { return }
            writer.key(name)
            writer.string(text)
        }
        writer.beginObject()
        writer.optional("enabled", changed(\.isEnabled))
        member("model", changed(\.model))
        writer.optional("threshold", changed(\.threshold))
        member("scope", changed(\.scope)?.rawValue)
        member("part", changed(\.part)?.rawValue)
        writer.optional("maxTemperature", changed(\.maximumTemperature))
        writer.optional("maxEntries", changed(\.maximumEntries))
        writer.optional("timeoutMs", changed(\.deadline))
        writer.endObject()
    }
}
