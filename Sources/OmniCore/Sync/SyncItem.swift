import Crypto
public import OmniJSON

/// One synchronised thing: its fields by name, each as JSON in its one form.
public struct SyncItem: Sendable, Hashable {
    public var fields: [String: [UInt8]]

    public init(fields: [String: [UInt8]] = [:]) { self.fields = fields }

    /// - Parameter object: a JSON object; members that are `null` count as missing.
    public init(_ object: JSONValue) { fields = CanonicalJSON.members(object) }

    /// - Parameter writeMembers: writes the members of an object that was begun.
    init(_ writeMembers: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.beginObject()
        writeMembers(&writer)
        writer.endObject()
        do {
            self.init(try JSONValue(parsing: writer.bytes))
        } catch {
            preconditionFailure("a writer makes JSON that can be read: \(error)")
        }
    }

    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            writer.key(JSONText(name))
            writer.raw(value[...])
        }
        writer.endObject()
    }

    /// The fields as an object that entities read themselves from.
    func object() throws(FieldFault) -> JSONFields {
        var writer = JSONWriter()
        write(into: &writer)
        do {
            return try JSONFields(JSONValue(parsing: writer.bytes))
        } catch {
            throw FieldFault("", "cannot be read")
        }
    }

    /// The text of a field; nil when it is missing or no string.
    func text(_ name: String) -> String? {
        guard let bytes = fields[name] else { return nil }
        // What is no JSON is no text either.
        return (try? JSONValue(parsing: bytes))?.string
    }

    mutating func set(_ name: String, _ text: String) {
        var writer = JSONWriter()
        writer.string(text)
        fields[name] = writer.bytes
    }

    /// Tells two states apart without showing them.
    public var digest: String {
        var writer = JSONWriter()
        write(into: &writer)
        return Array(SHA256.hash(data: writer.bytes)).hexadecimal
    }
}
