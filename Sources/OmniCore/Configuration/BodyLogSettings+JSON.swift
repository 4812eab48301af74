public import OmniJSON

/// The object `bodyLog` of the settings, as the management API and the store write it.
extension BodyLogSettings {
    public static let names: Set<String> = ["mode", "keys", "maxBodyBytes", "maxDiskBytes"]
    private static let usual = BodyLogSettings()
    private static let maximumKeys = 1000

    /// Takes over the members that are there; `null` takes one back to its default.
    /// - Returns: the ways to members nobody reads.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        if fields.has("mode") {
            let text = try fields.string("mode", maximum: 100)?.lowercased()
            guard let mode = text.map({ Mode(rawValue: $0) }) ?? Self.usual.mode else {
                let names = Mode.allCases.map(\.rawValue).joined(separator: ", ")
                throw FieldFault(fields.path("mode"), "must be one of \(names)")
            }
            self.mode = mode
        }
        if fields.has("keys") {
            keys = try fields.strings("keys", maximum: 100, count: Self.maximumKeys)?.map { ClientKeyID($0) } ?? []
        }
        try fields.read("maxBodyBytes", into: &maximumBodyBytes, default: Self.usual.maximumBodyBytes) {
            value throws(FieldFault) in
            try fields.read("maxBodyBytes", into: &value, in: 1024...(16 << 20))
        }
        try fields.read("maxDiskBytes", into: &maximumDiskBytes, default: Self.usual.maximumDiskBytes) {
            value throws(FieldFault) in
            try fields.read("maxDiskBytes", into: &value, in: (1 << 20)...(1 << 40))
        }
        return fields.unknown(besides: Self.names)
    }

    /// - Parameter isSparse: whether what has its default is left out, so that it follows later defaults.
    public func write(into writer: inout JSONWriter, isSparse: Bool) {
        func changed<Value: Equatable>(_ path: KeyPath<BodyLogSettings, Value>) -> Value? {
            isSparse && self[keyPath: path] == Self.usual[keyPath: path] ? nil : self[keyPath: path]
        }
        writer.beginObject()
        if let mode = changed(\.mode) {
            writer.key("mode")
            writer.string(mode.rawValue)
        }
        if let keys = changed(\.keys) { writer.strings("keys", keys.map(\.rawValue)) }
        writer.optional("maxBodyBytes", changed(\.maximumBodyBytes))
        writer.optional("maxDiskBytes", changed(\.maximumDiskBytes))
        writer.endObject()
    }
}
