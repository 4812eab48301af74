import OmniJSON

/// The thoughts that led to each call of an answer, with their opaque state.
///
/// Ollama clients have no place for it, and many Chat clients drop members they do not know; whoever remembers the trail
/// can put the thoughts back when the call returns in the history.
public struct ThoughtTrail: Sendable {
    /// One call and the thoughts right before it.
    public struct Entry: Sendable {
        public var call: ToolCall
        public var thoughts: [ReasoningPart]
    }

    public private(set) var entries: [Entry] = []
    private var pending: [ReasoningPart] = []
    private var words: [UInt8] = []
    private var state: OpaqueState?
    private var call: ToolCall?
    private var arguments: [UInt8] = []

    public init() {}

    /// Takes in an event of the first choice; those of others lead nowhere a client could return to.
    mutating func add(_ event: StreamEvent) {
        switch event {
        case .reasoning(0, let text): words.append(contentsOf: text.escaped)
        case .state(0, let state): self.state = state
        case .blockStart(0, .toolCall(let id, let name, let isCustom)):
            call = ToolCall(id: id, name: name, arguments: .string(.empty), isCustom: isCustom)
        case .arguments(0, let text) where !pending.isEmpty: arguments.append(contentsOf: text.escaped)
        case .blockEnd(0): endBlock()
        default: break
        }
    }

    /// Takes in a part of a whole answer.
    mutating func add(_ part: Part) {
        switch part {
        case .reasoning(let thought): if thought.state != nil { pending.append(thought.copied) }
        case .toolCall(let call):
            guard !pending.isEmpty else { return }
            entries.append(Entry(call: call, thoughts: pending))
            pending = []
        default: break
        }
    }

    private mutating func endBlock() {
        if let state {
            let thought = ReasoningPart(text: JSONText(escaped: words[...]), state: state)
            pending.append(thought.copied)
        }
        state = nil
        words = []
        guard var call else { return }
        self.call = nil
        call.arguments = .string(JSONText(escaped: arguments[...]))
        arguments = []
        add(.toolCall(call))
    }
}

extension ToolCall {
    /// What a call is known by where clients keep no ids: its name and arguments, however these were spaced and escaped.
    public var fingerprint: [UInt8] {
        var writer = JSONWriter()
        writer.string(name.string)
        let value: JSONValue? =
            switch arguments {
            case .value(let value): value
            // What is no JSON is known by its bytes.
            case .string(let text): try? JSONValue(parsing: text.decodedBytes)
            }
        var bytes = writer.bytes
        if let value {
            var writer = JSONWriter()
            value.writePlainly(into: &writer)
            bytes += writer.bytes
        } else if case .string(let text) = arguments {
            bytes += text.decodedBytes
        }
        return StableHash.hex24(bytes)
    }
}

extension CanonicalRequest {
    /// Puts remembered thoughts before the calls they led to, where the client sent none.
    /// - Parameter recall: the thoughts of a call; empty when none are known.
    public mutating func restoreThoughts(_ recall: (ToolCall) -> [ReasoningPart]) {
        for index in messages.indices where messages[index].role == .assistant {
            messages[index].restoreThoughts(recall)
        }
    }
}

extension Message {
    fileprivate mutating func restoreThoughts(_ recall: (ToolCall) -> [ReasoningPart]) {
        let hasState = parts.contains { part in
            if case .reasoning(let thought) = part { return thought.state != nil }
            return false
        }
        guard !hasState else { return }
        var restored: [Part] = []
        var leading: [Part] = []
        var isFirst = true
        for part in parts {
            if case .toolCall(let call) = part {
                let thoughts = recall(call).map(Part.reasoning)
                // A turn begins with its thoughts; those of later calls stay before their call.
                if isFirst { leading = thoughts } else { restored += thoughts }
                isFirst = false
            }
            restored.append(part)
        }
        guard leading.count + restored.count > parts.count else { return }
        // The words without state are those of the thoughts once more.
        parts =
            leading
            + restored.filter { part in
                if case .reasoning(let thought) = part { return thought.state != nil }
                return true
            }
    }
}

extension ReasoningPart {
    /// With its texts in memory of their own: slices would keep the upstream's whole answer alive.
    fileprivate var copied: ReasoningPart {
        var copy = self
        copy.text = text.copied
        copy.state?.payload = state?.payload.copied ?? .empty
        copy.state?.itemID = state?.itemID?.copied
        return copy
    }
}

extension JSONText {
    fileprivate var copied: JSONText { JSONText(escaped: Array(escaped)[...]) }
}

extension JSONValue {
    /// The value without white space and with the fewest escapes; numbers as they are.
    fileprivate func writePlainly(into writer: inout JSONWriter) {
        switch kind {
        case .object:
            writer.beginObject()
            for member in members {
                writer.key(JSONText(member.name.string))
                member.value.writePlainly(into: &writer)
            }
            writer.endObject()
        case .array:
            writer.beginArray()
            for element in elements { element.writePlainly(into: &writer) }
            writer.endArray()
        case .string: writer.string(string ?? "")
        case .null, .bool, .number: writer.value(self)
        }
    }
}
