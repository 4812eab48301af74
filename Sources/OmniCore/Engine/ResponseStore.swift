import OmniJSON
import OmniTranslate
import Synchronization

/// Keeps answers given to Responses clients, so that `previous_response_id`, `item_reference` and `GET /v1/responses/{id}`
/// work whatever upstream answered.
///
/// In memory and bounded; a restart forgets. Shared by all event loops; each call holds the lock for a look-up, never
/// across a suspension.
public final class ResponseStore: Sendable {
    /// How much is kept for how long.
    public struct Limits: Sendable {
        /// Default: 64 MiB.
        public var maximumBytes = 64 << 20
        /// Default: 24 hours.
        public var maximumAge: Duration = .seconds(24 * 3600)

        public init() {}
    }

    private let history: Mutex<ResponseHistory>
    private let answers = Atomic<UInt64>(0)
    /// Sets this process's answers apart from those of one before.
    private let start = UInt64.random(in: .min ... .max)

    public init(limits: Limits = Limits()) {
        history = Mutex(
            ResponseHistory(
                maximumBytes: limits.maximumBytes, maximumAge: limits.maximumAge.components.seconds * 1000))
    }

    // MARK: For clients

    /// The response object as the client got it; nil when it is not here or belongs to another client key.
    /// - Parameter now: milliseconds since 1970.
    public func response(_ id: String, for clientKey: ClientKeyID?, now: Int64) -> [UInt8]? {
        history.withLock { $0.entry(id, for: clientKey, now: now)?.answer }
    }

    /// What led to a response, earlier turns included: items with commas between.
    public func inputItems(of id: String, for clientKey: ClientKeyID?, now: Int64) -> [UInt8]? {
        history.withLock { history in
            guard let entry = history.entry(id, for: clientKey, now: now) else { return nil }
            let own = Array(entry.items[..<entry.inputLength])
            guard let previous = entry.previous else { return own }
            guard let earlier = history.conversation(upTo: previous, for: clientKey, now: now) else { return nil }
            return Array([earlier, own].filter { !$0.isEmpty }.joined(separator: [UInt8(ascii: ",")]))
        }
    }

    /// - Returns: false when it was not here.
    public func remove(_ id: String, for clientKey: ClientKeyID?, now: Int64) -> Bool {
        history.withLock { history in
            guard history.entry(id, for: clientKey, now: now) != nil else { return false }
            history.remove(id)
            return true
        }
    }

    // MARK: For the engine

    /// What the id of the next answer is made of; never the same twice.
    func newSeed() -> String {
        "\(start) \(answers.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    /// A request seen together with what it refers to.
    struct Recalled: Sendable {
        /// The body with everything it referred to put in; nil when it stays as it is.
        var body: [UInt8]?
        /// The request's own items, with commas between.
        var items: [UInt8]
        var previous: String?
    }

    /// Puts the stored conversation and referenced items into a request.
    ///
    /// What is not here stays as it is: the upstream may know it.
    func recall(_ body: JSONValue, for clientKey: ClientKeyID?, now: Int64) -> Recalled {
        let previous = body.present("previous_response_id")?.string
        var own = Self.items(of: body.present("input"))
        let resolved = resolveReferences(in: body.present("input"), for: clientKey, now: now)
        if let resolved { own = resolved }
        var recalled = Recalled(items: own, previous: previous)
        let earlier = previous.flatMap { id in
            history.withLock { $0.conversation(upTo: id, for: clientKey, now: now) }
        }
        guard earlier != nil || resolved != nil else { return recalled }
        var patch = JSONPatch(body)
        let all = Array([earlier ?? [], own].filter { !$0.isEmpty }.joined(separator: [UInt8(ascii: ",")]))
        patch.set("input", to: [UInt8(ascii: "[")] + all + [UInt8(ascii: "]")], in: body)
        if earlier != nil { patch.set("previous_response_id", to: Array("null".utf8), in: body) }
        recalled.body = patch.applied()
        return recalled
    }

    /// - Parameter answer: the response object as the client got it; one that failed or has no id is not kept.
    func keep(_ answer: [UInt8], of recalled: Recalled, for clientKey: ClientKeyID?, now: Int64) {
        // What this module wrote or an upstream's valid answer: unreadable ones are nobody's to refer to.
        guard let response = try? JSONValue(parsing: answer), let id = response.present("id")?.string,
            response.present("status")?.string != "failed", let output = response.present("output")
        else { return }
        var items = recalled.items
        var ids: [String] = []
        for item in output.elements {
            if !items.isEmpty { items.append(UInt8(ascii: ",")) }
            items += Self.inputForm(of: item)
            ids.append(item.present("id")?.string ?? "")
        }
        let entry = ResponseHistory.Entry(
            clientKey: clientKey, previous: recalled.previous, items: items, inputLength: recalled.items.count,
            answer: answer, outputIDs: ids)
        history.withLock { $0.keep(entry, as: id, now: now) }
    }

    // MARK: Items

    /// The input as items: a plain text is a message of the user.
    private static func items(of input: JSONValue?) -> [UInt8] {
        guard let input else { return [] }
        guard input.kind == .array else {
            guard let text = input.text else { return [] }
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("type")
            writer.value("message")
            writer.key("role")
            writer.value("user")
            writer.key("content")
            writer.value(text)
            writer.endObject()
            return writer.bytes
        }
        return joined(input.elements.map { Array($0.raw) })
    }

    private func resolveReferences(in input: JSONValue?, for clientKey: ClientKeyID?, now: Int64) -> [UInt8]? {
        guard let input, input.kind == .array, input.elements.contains(where: Self.isReference) else { return nil }
        var isChanged = false
        let items = input.elements.map { item -> [UInt8] in
            guard Self.isReference(item), let id = item.present("id")?.string,
                let known = history.withLock({ $0.item(id, for: clientKey, now: now) })
            else { return Array(item.raw) }
            isChanged = true
            return known
        }
        return isChanged ? Self.joined(items) : nil
    }

    /// Type may be left out of a reference; what else has an id and nothing to say is none.
    private static func isReference(_ item: JSONValue) -> Bool {
        if let type = item.present("type")?.text { return type.equals("item_reference") }
        return item.present("id") != nil && item["role"] == nil && item["content"] == nil
    }

    /// An item of an answer without the id we made for it, which no other upstream knows.
    ///
    /// Thoughts and hosted calls keep theirs: their interface demands it.
    private static func inputForm(of item: JSONValue) -> [UInt8] {
        guard let type = item.present("type")?.text,
            type.equals("message") || type.equals("function_call") || type.equals("custom_tool_call")
        else { return Array(item.raw) }
        var writer = JSONWriter()
        writer.beginObject()
        for member in item.members where !member.name.equals("id") && !member.name.equals("status") {
            writer.key(member.name)
            writer.value(member.value)
        }
        writer.endObject()
        return writer.bytes
    }

    private static func joined(_ items: [[UInt8]]) -> [UInt8] {
        Array(items.joined(separator: [UInt8(ascii: ",")]))
    }
}
