import OmniJSON

/// Reads a client's own stream for ``ProgressInserter``: how much was generated, and what a legal event must repeat.
struct ProgressReader: Sendable {
    /// What an event is for the stream.
    enum Role { case content, totals, terminator, failure }

    let format: WireFormat
    /// What the events of the stream said themselves.
    private(set) var countedTokens: Int?
    private var textLength = 0
    /// Members of a chat chunk that are the same in every one, as they came.
    private var frame: [(name: JSONText, value: [UInt8])] = []
    /// Chat's accumulators keep what the last chunk said of these, also when it said nothing.
    private var fingerprint: [UInt8]?
    private var usage: [UInt8]?

    init(format: WireFormat) { self.format = format }

    /// Four bytes a token is the usual rough figure.
    var estimatedTokens: Int { (textLength + 3) / 4 }

    mutating func read(_ data: [UInt8]) -> Role {
        if format == .openAIChat, data.isDoneMarker { return .terminator }
        // What is no JSON is passed on all the same, and says nothing of progress.
        guard let event = try? JSONValue(parsing: data) else { return .content }
        return switch format {
        case .openAIChat: readChat(event)
        case .openAIResponses: readResponses(event)
        case .anthropicMessages: readAnthropic(event)
        case .gemini: readGemini(event)
        case .ollama: .content
        }
    }

    /// The members that make progress a legal event of the dialect, in an object that was begun.
    func writeFrame(into writer: inout JSONWriter) {
        switch format {
        case .openAIChat:
            for member in frame {
                writer.key(member.name)
                writer.raw(member.value[...])
            }
            writer.key("choices")
            writer.beginArray()
            writer.endArray()
            if let fingerprint {
                writer.key("system_fingerprint")
                writer.raw(fingerprint[...])
            }
            if let usage {
                writer.key("usage")
                writer.raw(usage[...])
            }
        case .openAIResponses, .anthropicMessages:
            writer.key("type")
            writer.value("progress")
        case .gemini, .ollama: break
        }
    }

    private mutating func add(_ text: JSONText?) { textLength += text?.escaped.count ?? 0 }

    private static let repeated: [StaticString] = ["id", "object", "created", "model"]

    private func list(_ name: StaticString, in value: JSONValue?) -> [JSONValue] {
        value?.present(name).map { Array($0.elements) } ?? []
    }

    private mutating func readChat(_ chunk: JSONValue) -> Role {
        if chunk.present("error") != nil { return .failure }
        if frame.isEmpty {
            for member in chunk.members
            where Self.repeated.contains(where: { member.isNamed($0) }) {
                frame.append((member.name, Array(member.value.raw)))
            }
        }
        fingerprint = chunk.present("system_fingerprint").map { Array($0.raw) }
        usage = chunk.present("usage").map { Array($0.raw) }
        var isEmpty = true
        for choice in list("choices", in: chunk) {
            isEmpty = false
            add(choice.present("text")?.text)
            guard let delta = choice.present("delta") else { continue }
            add(delta.present("content")?.text)
            add((delta.present("reasoning_content") ?? delta.present("reasoning"))?.text)
            add(delta.present("refusal")?.text)
            for call in list("tool_calls", in: delta) {
                add(call.present("function")?.present("arguments")?.text)
            }
        }
        guard let counts = OpenAIChatUsage.decode(chunk.present("usage")) else { return .content }
        countedTokens = counts.totalOutput
        return isEmpty ? .totals : .content
    }

    private mutating func readResponses(_ event: JSONValue) -> Role {
        guard let type = event["type"]?.text else { return .content }
        if type.equals("response.completed") || type.equals("response.incomplete") {
            if let tokens = event.present("response")?.present("usage")?.present("output_tokens")?.int {
                countedTokens = tokens
            }
            return .terminator
        }
        if type.equals("response.failed") || type.equals("error") { return .failure }
        add(event.present("delta")?.text)
        return .content
    }

    private mutating func readAnthropic(_ event: JSONValue) -> Role {
        guard let type = event["type"]?.text else { return .content }
        if type.equals("content_block_delta"), let delta = event.present("delta") {
            add((delta.present("text") ?? delta.present("thinking") ?? delta.present("partial_json"))?.text)
        } else if type.equals("message_delta") {
            // The count of `message_start` is of its own opening only.
            if let tokens = event.present("usage")?.present("output_tokens")?.int { countedTokens = tokens }
        } else if type.equals("message_stop") {
            return .terminator
        } else if type.equals("error") {
            return .failure
        }
        return .content
    }

    private mutating func readGemini(_ chunk: JSONValue) -> Role {
        if chunk.present("error") != nil { return .failure }
        for candidate in list("candidates", in: chunk) {
            for part in list("parts", in: candidate.present("content")) {
                add(part.present("text")?.text)
                if let call = part.present("functionCall") { textLength += call.raw.count }
            }
        }
        if let counts = chunk.present("usageMetadata") {
            let thoughts = counts.present("thoughtsTokenCount")?.int
            let words = counts.present("candidatesTokenCount")?.int
            if thoughts != nil || words != nil { countedTokens = (thoughts ?? 0) + (words ?? 0) }
        }
        return .content
    }
}
