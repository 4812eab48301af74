import OmniCore
import OmniJSON
import OmniTranslate

/// Answers `GET` and `DELETE /v1/responses/{id}` and `GET /v1/responses/{id}/input_items` from what is kept here.
struct StoredResponseAnswer {
    let store: ResponseStore
    let clientKey: ClientKeyID?
    /// Milliseconds since 1970.
    let now: Int64

    func get(_ id: String) throws(UpstreamFault) -> [UInt8] {
        guard let response = store.response(id, for: clientKey, now: now) else { throw unknown(id) }
        return response
    }

    func delete(_ id: String) throws(UpstreamFault) -> [UInt8] {
        guard store.remove(id, for: clientKey, now: now) else { throw unknown(id) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("object")
        writer.value("response")
        writer.key("deleted")
        writer.value(true)
        writer.endObject()
        return writer.bytes
    }

    /// - Parameter query: what follows the `?`: `order` (`desc` unless `asc`), `limit` (1...100, default 20), `after` (an
    ///   item's id).
    func inputItems(_ id: String, query: Substring) throws(UpstreamFault) -> [UInt8] {
        guard let bytes = store.inputItems(of: id, for: clientKey, now: now),
            let list = try? JSONValue(parsing: [UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")])
        else { throw unknown(id) }
        var items = list.elements.enumerated().map { (id: itemID($1, at: $0, of: id), item: $1) }
        let fields = query.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        let value = { (name: String) in
            fields.first { $0.first.map(String.init) == name && $0.count == 2 }.map { String($0[1]).percentDecoded }
        }
        if value("order") != "asc" { items.reverse() }
        if let after = value("after"), let position = items.firstIndex(where: { $0.id == after }) {
            items.removeFirst(position + 1)
        }
        let limit = value("limit").map(Int.init) ?? 20
        guard let limit, (1...100).contains(limit) else {
            throw UpstreamFault(.invalidRequest, message: "limit: must be from 1 to 100", parameter: "limit")
        }
        return write(Array(items.prefix(limit)), hasMore: items.count > limit)
    }

    private func write(_ items: [(id: String, item: JSONValue)], hasMore: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("object")
        writer.value("list")
        writer.key("data")
        writer.beginArray()
        for (id, item) in items {
            writer.beginObject()
            writer.key("id")
            writer.string(id)
            for member in item.members where !member.name.equals("id") {
                writer.key(member.name)
                writer.value(member.value)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.key("first_id")
        if let first = items.first { writer.string(first.id) } else { writer.null() }
        writer.key("last_id")
        if let last = items.last { writer.string(last.id) } else { writer.null() }
        writer.key("has_more")
        writer.value(hasMore)
        writer.endObject()
        return writer.bytes
    }

    /// An item's own id, or one made of its place, which never changes.
    private func itemID(_ item: JSONValue, at index: Int, of response: String) -> String {
        if let id = item.present("id")?.string { return id }
        let isMessage = item.present("type")?.text?.equals("message") ?? true
        return "\(isMessage ? "msg" : "item")_\(response.drop { $0 != "_" }.dropFirst())_\(index)"
    }

    private func unknown(_ id: String) -> UpstreamFault {
        UpstreamFault(
            .notFound,
            message:
                "no response '\(id.prefix(100))' is kept here; those of OpenAI itself are kept there, and others for "
                + "a day at most, until a restart", code: "response_not_found", parameter: "response_id")
    }
}
