public import OmniJSON

/// The object `cache` of the settings, as the management API and the store write it.
extension CacheSettings {
    public static let names: Set<String> = [
        "mode", "scope", "ttlMs", "maxEntries", "maxBytes", "maxAnswerBytes", "maxDiskBytes", "toolCalls",
        "semantic",
    ]
    private static let usual = CacheSettings()

    /// Takes over the members that are there; `null` takes one back to its default.
    /// - Returns: the ways to members nobody reads.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        if fields.has("mode") { mode = try Self.choice("mode", in: fields) ?? Self.usual.mode }
        if fields.has("scope") { scope = try Self.choice("scope", in: fields) ?? Self.usual.scope }
        try fields.read("ttlMs", into: &lifetime, default: Self.usual.lifetime) { value throws(FieldFault) in
            try fields.read("ttlMs", into: &value, in: 1000...2_592_000_000)
        }
        try Self.read("maxEntries", into: &maximumEntries, Self.usual.maximumEntries, 1...1_000_000, fields)
        try Self.read("maxBytes", into: &maximumBytes, Self.usual.maximumBytes, 1024...(16 << 30), fields)
        try Self.read(
            "maxAnswerBytes", into: &maximumAnswerBytes, Self.usual.maximumAnswerBytes, 1024...(64 << 20), fields)
        try Self.read("maxDiskBytes", into: &maximumDiskBytes, Self.usual.maximumDiskBytes, 0...(1 << 40), fields)
        try fields.read("toolCalls", into: &keepsToolCalls, default: Self.usual.keepsToolCalls) {
            value throws(FieldFault) in
            try fields.read("toolCalls", into: &value)
        }
        if fields.has("semantic"), fields.value("semantic") == nil { semantic = Self.usual.semantic }
        let ignored = try fields.nested("semantic").map { nested throws(FieldFault) in try semantic.merge(nested) }
        return fields.unknown(besides: Self.names) + (ignored ?? [])
    }

    /// - Parameter isSparse: whether what has its default is left out, so that it follows later defaults.
    public func write(into writer: inout JSONWriter, isSparse: Bool) {
        func changed<Value: Equatable>(_ path: KeyPath<CacheSettings, Value>) -> Value? {
            isSparse && self[keyPath: path] == Self.usual[keyPath: path] ? nil : self[keyPath: path]
        }
        writer.beginObject()
        writer.optional("mode", changed(\.mode)?.rawValue)
        writer.optional("scope", changed(\.scope)?.rawValue)
        writer.optional("ttlMs", changed(\.lifetime))
        writer.optional("maxEntries", changed(\.maximumEntries))
        writer.optional("maxBytes", changed(\.maximumBytes))
        writer.optional("maxAnswerBytes", changed(\.maximumAnswerBytes))
        writer.optional("maxDiskBytes", changed(\.maximumDiskBytes))
        writer.optional("toolCalls", changed(\.keepsToolCalls))
        if let semantic = changed(\.semantic) {
            writer.key("semantic")
            semantic.write(into: &writer, isSparse: isSparse)
        }
        writer.endObject()
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: StaticString, in fields: JSONFields
    ) throws(FieldFault) -> Choice? {
        guard let text = try fields.string(name, maximum: 100) else { return nil }
        guard let choice = Choice(rawValue: text.lowercased()) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldFault(fields.path("\(name)"), "must be one of \(names)")
        }
        return choice
    }

    private static func read(
        _ name: StaticString, into target: inout Int, _ usual: Int, _ range: ClosedRange<Int>, _ fields: JSONFields
    ) throws(FieldFault) {
        try fields.read(name, into: &target, default: usual) { value throws(FieldFault) in
            try fields.read(name, into: &value, in: range)
        }
    }
}
