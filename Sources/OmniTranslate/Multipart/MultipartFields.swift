public import OmniJSON

/// The plain fields of a form, collected into one JSON object of strings.
///
/// What comes more than once, or is named like `include[]`, becomes an array. The names stay as they are, so that the form can
/// be written again.
public struct MultipartFields: Sendable {
    /// The longest value of one field, in bytes.
    public static let maximumFieldBytes = 1 << 20
    /// The most all fields may have together, in bytes.
    public static let maximumTotalBytes = 4 << 20

    private var fields: [(name: String, values: [String])] = []
    private var total = 0
    private var current: (name: String, value: [UInt8])?

    public init() {}

    /// Begins a field; what follows belongs to it.
    public mutating func begin(_ name: String) { current = (name, []) }

    public mutating func append(_ bytes: [UInt8]) throws(MultipartError) {
        total += bytes.count
        guard total <= Self.maximumTotalBytes else {
            throw MultipartError("the fields of the form are larger than \(Self.maximumTotalBytes) bytes")
        }
        current?.value += bytes
        guard let current, current.value.count > Self.maximumFieldBytes else { return }
        throw MultipartError("a field of the form is larger than \(Self.maximumFieldBytes) bytes")
    }

    public mutating func end() throws(MultipartError) {
        guard let (name, bytes) = current else { return }
        current = nil
        guard let value = String(validating: bytes, as: UTF8.self) else {
            throw MultipartError("a field of the form is not UTF-8")
        }
        if let known = fields.firstIndex(where: { $0.name == name }) {
            fields[known].values.append(value)
        } else {
            fields.append((name, [value]))
        }
    }

    /// One object, in the order of the form.
    public var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: total * 2 + 64)
        writer.beginObject()
        for (name, values) in fields {
            writer.key(JSONText(name))
            guard values.count > 1 || name.hasSuffix("[]") else {
                writer.string(values[0])
                continue
            }
            writer.beginArray()
            for value in values { writer.string(value) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    /// The fields of an object that ``json`` made, one for each value.
    public static func list(_ body: JSONValue) -> [(name: String, value: String)] {
        body.members.flatMap { member in
            let name = member.name.string
            if let text = member.value.string { return [(name, text)] }
            return member.value.elements.compactMap(\.string).map { (name, $0) }
        }
    }
}
