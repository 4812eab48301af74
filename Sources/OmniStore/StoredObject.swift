import OmniCore
import OmniJSON

/// Objects that are kept as JSON in a column.
enum StoredObject {
    static func text(_ writeMembers: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writeMembers(&writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func fields(_ text: String) throws -> JSONFields {
        do {
            return try JSONFields(JSONValue(parsing: Array(text.utf8)))
        } catch {
            throw StoreError(.database, "the database holds an object that cannot be read: \(error)")
        }
    }
}
