import OmniJSON

/// What lies at the endpoint once it is opened: one state, and which ones it was made of.
public struct SyncBundle: Sendable, Hashable {
    /// Random; another one for each state that was sent.
    public var id: String
    /// Of the states before, the newest first.
    public var history: [String]
    /// Whoever sent it, for people.
    public var machine: String
    /// Milliseconds since 1970.
    public var writtenAt: Int64
    public var state: SyncState

    /// More are forgotten; a machine that is so far behind is asked where it might have been told.
    static let maximumHistory = 500
    /// Sealed.
    public static let maximumBytes = 16 << 20
    private static let format = "omniroute-sync"
    private static let version = 1
    /// What is sealed has no length that tells how much there is.
    private static let paddingBlock = 4096

    public init(id: String, history: [String], machine: String, writtenAt: Int64, state: SyncState) {
        self.id = id
        self.history = Array(history.prefix(Self.maximumHistory))
        self.machine = machine
        self.writtenAt = writtenAt
        self.state = state
    }

    /// Whether this was made of a state, with other changes or none.
    public func includes(_ id: String) -> Bool { self.id == id || history.contains(id) }

    /// - Parameter filler: some bytes more, for servers that tell states of the same second apart by their length.
    public func text(filler: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.optional("format", Self.format)
        writer.optional("version", Self.version)
        writer.optional("id", id)
        writer.strings("history", history)
        writer.optional("machine", machine)
        writer.optional("writtenAt", Int(writtenAt))
        state.writeMembers(into: &writer)
        writer.endObject()
        let text = writer.bytes
        let room = (Self.paddingBlock - text.count % Self.paddingBlock) % Self.paddingBlock
        return text + [UInt8](repeating: UInt8(ascii: " "), count: room + filler)
    }

    public init(text: [UInt8]) throws(SyncFault) {
        do {
            let fields = try JSONFields(
                JSONValue(parsing: text, limits: JSONLimits(maximumDepth: 64)))
            guard fields.value("format")?.string == Self.format else {
                throw SyncFault(.damaged, "what lies at the endpoint is no synchronised configuration")
            }
            guard let version = fields.value("version")?.int, version == Self.version else {
                throw SyncFault(.newer, "what lies at the endpoint was written by a later version; update this one")
            }
            self.init(
                id: try fields.required("id"),
                history: try fields.strings("history", maximum: 100, count: Self.maximumHistory) ?? [],
                machine: try fields.string("machine", maximum: 200) ?? "",
                writtenAt: fields.milliseconds("writtenAt") ?? 0,
                state: try SyncState(fields))
        } catch let fault as SyncFault {
            throw fault
        } catch {
            throw SyncFault(.damaged, "what lies at the endpoint cannot be read")
        }
    }
}

extension SyncState {
    func writeMembers(into writer: inout JSONWriter) {
        writer.key("items")
        writer.items(items)
        writer.key("deleted")
        writer.beginArray()
        for (key, tombstone) in tombstones.sorted(by: { $0.key < $1.key }) {
            writer.beginObject()
            writer.optional("kind", key.kind.rawValue)
            writer.optional("id", key.id)
            writer.optional("at", Int(tombstone.deletedAt))
            writer.optional("digest", tombstone.digest)
            writer.endObject()
        }
        writer.endArray()
    }

    init(_ fields: JSONFields) throws(FieldFault) {
        items = try SyncItem.items(fields.value("items"))
        tombstones = [:]
        for value in fields.value("deleted").map({ Array($0.elements) }) ?? [] {
            let entry = try JSONFields(value, path: "deleted")
            guard let key = try SyncKey(entry) else { continue }
            tombstones[key] = SyncTombstone(
                deletedAt: entry.milliseconds("at") ?? 0, digest: try entry.required("digest"))
        }
    }
}

extension SyncKey {
    /// - Returns: nil for a kind that is not known here.
    init?(_ fields: JSONFields) throws(FieldFault) {
        guard let id = fields.value("id")?.string, let name = fields.value("kind")?.string else {
            throw FieldFault(fields.path("id"), "required")
        }
        guard let kind = SyncKind(rawValue: name) else { return nil }
        self.init(kind, id)
    }
}

extension SyncItem {
    static func items(_ list: JSONValue?) throws(FieldFault) -> [SyncKey: SyncItem] {
        var items: [SyncKey: SyncItem] = [:]
        for value in list.map({ Array($0.elements) }) ?? [] {
            let entry = try JSONFields(value, path: "items")
            guard let object = entry.value("value"), object.kind == .object else {
                throw FieldFault(entry.path("value"), "must be an object")
            }
            guard let key = try SyncKey(entry) else {
                throw FieldFault(entry.path("kind"), "is not known here")
            }
            items[key] = SyncItem(object)
        }
        return items
    }
}

extension JSONWriter {
    mutating func items(_ items: [SyncKey: SyncItem]) {
        beginArray()
        for (key, item) in items.sorted(by: { $0.key < $1.key }) {
            beginObject()
            optional("kind", key.kind.rawValue)
            optional("id", key.id)
            self.key("value")
            item.write(into: &self)
            endObject()
        }
        endArray()
    }
}
