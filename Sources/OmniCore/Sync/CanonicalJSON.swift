import OmniJSON

/// JSON in one form for each value, so that values can be compared by their bytes.
///
/// Members are sorted by name, those that are `null` left out; of two with one name the last counts. Whole numbers are written
/// without fraction.
enum CanonicalJSON {
    static func bytes(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        write(value, into: &writer)
        return writer.bytes
    }

    /// The members of an object, each in its one form.
    static func members(_ object: JSONValue) -> [String: [UInt8]] {
        var members: [String: [UInt8]] = [:]
        for member in object.members {
            members[member.name.string] = member.value.isNull ? nil : bytes(member.value)
        }
        return members
    }

    private static func write(_ value: JSONValue, into writer: inout JSONWriter) {
        switch value.kind {
        case .null: writer.null()
        case .bool: writer.value(value.bool ?? false)
        case .string: writer.string(value.string ?? "")
        case .number: writer.value(number(value))
        case .array:
            writer.beginArray()
            for element in value.elements { write(element, into: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            for (name, text) in members(value).sorted(by: { $0.key < $1.key }) {
                writer.key(JSONText(name))
                writer.raw(text[...])
            }
            writer.endObject()
        }
    }

    private static func number(_ value: JSONValue) -> JSONNumber {
        if let whole = value.int { return JSONNumber(whole) }
        return value.double.map { JSONNumber($0) } ?? JSONNumber(text: value.raw)
    }
}
