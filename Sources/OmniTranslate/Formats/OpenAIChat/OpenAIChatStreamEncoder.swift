import OmniJSON

/// Writes stream events as chat completion chunks.
struct OpenAIChatStreamEncoder: Sendable {
    private enum Open: Sendable { case nothing, text, reasoning, refusal, tool, foreign }

    /// What is open in one choice, and how many calls it has had.
    private struct Choice: Sendable {
        var index: Int
        var hasRole = false
        var open = Open.nothing
        var toolCount = 0
        var isCustom = false
        var hasArguments = false
        /// Characters of content so far, for the positions of citations.
        var characters = 0
        var blockStart = 0
        /// Of the text block that is open.
        var citations: [JSONValue] = []
        /// The elements of all blocks' annotations, with commas between them.
        var annotations: [UInt8] = []
        /// Of the reasoning block that is open: its text as escaped JSON, and its state.
        var thought: [UInt8] = []
        var states: [OpaqueState] = []
        /// Thoughts with state that no call has followed yet.
        var thoughts: [ReasoningPart] = []

        /// A block's text belongs to its first state.
        mutating func endThought() {
            for state in states {
                thoughts.append(ReasoningPart(text: JSONText(escaped: thought[...]), state: state))
                thought = []
            }
            thought = []
            states = []
        }
    }

    let context: TranslationContext
    private(set) var report = TranslationReport()
    private(set) var usage: Usage?
    /// Every chunk begins with the same bytes: event prefix, id, object, created, model.
    private var head: [UInt8] = []
    /// What every chunk ends with once it is known: the tier.
    private var tail: [UInt8] = []
    private var choices: [Choice] = []

    init(context: TranslationContext) {
        self.context = context
    }

    mutating func encode(_ event: StreamEvent, into output: inout [UInt8]) {
        switch event {
        case .start(let id, _, let created): start(id: id, created: created)
        case .blockStart(let choice, let block): startBlock(block, choice: choice, into: &output)
        case .text(let choice, let text): content(text, choice: choice, into: &output)
        case .reasoning(let choice, let text):
            choices[position(of: choice)].thought += text.escaped
            guard context.showsReasoning else { return }
            writeDelta(choice: choice, "\"reasoning_content\":", text, into: &output)
        case .refusal(let choice, let text): writeDelta(choice: choice, "\"refusal\":", text, into: &output)
        case .arguments(let choice, let text): arguments(text, choice: choice, into: &output)
        case .state(let choice, let state): choices[position(of: choice)].states.append(state)
        case .citation(let choice, let citation): choices[position(of: choice)].citations.append(citation)
        case .blockEnd(let choice): endBlock(choice: choice, into: &output)
        case .hostedCall(_, let call): report.addPieces(of: call)
        case .logprobs(let choice, let logprobs): write(logprobs: logprobs, choice: choice, into: &output)
        case .finish(let choice, let finish): write(finish, choice: choice, into: &output)
        case .usage(let usage): self.usage = usage
        case .serviceTier(let tier): take(tier)
        case .systemFingerprint, .ping: break
        case .end: end(into: &output)
        case .error(let fault): output += FaultCodec.encodeStreamError(fault, to: .openAIChat, requestID: nil)
        }
    }

    private mutating func take(_ tier: JSONText) {
        tail = []
        guard let name = OpenAIServiceTier.inChat(tier) else { return }
        tail.write(",\"service_tier\":")
        tail.writeString(name)
    }

    private mutating func start(id: JSONText?, created: Int?) {
        guard head.isEmpty else { return }
        head.write("data: {\"id\":")
        head.writeString(Self.id(from: id, context: context))
        head.write(",\"object\":\"chat.completion.chunk\",\"created\":")
        head.write(created ?? context.now)
        head.write(",\"model\":")
        head.writeString(JSONText(context.requestedModel))
        head.write(",\"choices\":[")
    }

    /// A chat id derived from the upstream's, so that equal answers have equal ids.
    static func id(from id: JSONText?, context: TranslationContext) -> JSONText {
        if let id, id.starts(with: "chatcmpl-") { return id }
        return StableID.text("chatcmpl-", context.seed(of: id))
    }

    private mutating func position(of choice: Int) -> Int {
        if let position = choices.firstIndex(where: { $0.index == choice }) { return position }
        choices.append(Choice(index: choice))
        return choices.count - 1
    }

    private mutating func startBlock(_ block: StreamEvent.Block, choice: Int, into output: inout [UInt8]) {
        let position = position(of: choice)
        switch block {
        case .text:
            choices[position].open = .text
            choices[position].blockStart = choices[position].characters
        case .reasoning: choices[position].open = .reasoning
        case .refusal: choices[position].open = .refusal
        case .unknown(let part):
            choices[position].open = .foreign
            report.add(part.type.string)
        case .toolCall(let id, let name, let isCustom):
            let ordinal = choices[position].toolCount
            choices[position].toolCount += 1
            choices[position].open = .tool
            choices[position].isCustom = isCustom
            choices[position].hasArguments = false
            begin(choice: choice, into: &output)
            output.write("\"tool_calls\":[{\"index\":")
            output.write(ordinal)
            output.write(",\"id\":")
            output.writeString(id)
            output.write(
                isCustom
                    ? ",\"type\":\"custom\",\"custom\":{\"name\":" : ",\"type\":\"function\",\"function\":{\"name\":")
            output.writeString(name)
            output.write(isCustom ? ",\"input\":\"\"}" : ",\"arguments\":\"\"}")
            writeThoughts(at: position, into: &output)
            output.write("}]")
            close(into: &output)
        }
    }

    /// What was thought before a call, for the client to give back with it.
    private mutating func writeThoughts(at position: Int, into output: inout [UInt8]) {
        guard !choices[position].thoughts.isEmpty else { return }
        var writer = JSONWriter()
        writer.beginObject()
        OpenAIChatThoughts.write(choices[position].thoughts, into: &writer)
        writer.endObject()
        output.write(",")
        output += writer.bytes.dropFirst().dropLast()
        choices[position].thoughts = []
    }

    private mutating func content(_ text: JSONText, choice: Int, into output: inout [UInt8]) {
        choices[position(of: choice)].characters += text.characterCount
        writeDelta(choice: choice, "\"content\":", text, into: &output)
    }

    private mutating func arguments(_ text: JSONText, choice: Int, into output: inout [UInt8]) {
        let position = position(of: choice)
        guard choices[position].open == .tool, !text.isEmpty else { return }
        choices[position].hasArguments = true
        begin(choice: choice, into: &output)
        output.write("\"tool_calls\":[{\"index\":")
        output.write(choices[position].toolCount - 1)
        output.write(choices[position].isCustom ? ",\"custom\":{\"input\":" : ",\"function\":{\"arguments\":")
        output.writeString(text)
        output.write("}}]")
        close(into: &output)
    }

    private mutating func endBlock(choice: Int, into output: inout [UInt8]) {
        let position = position(of: choice)
        if choices[position].open == .tool, !choices[position].hasArguments, !choices[position].isCustom {
            // A tool without arguments has no delta in other dialects; here the pieces must add up to an object.
            arguments(JSONText("{}"), choice: choice, into: &output)
        }
        choices[position].open = .nothing
        choices[position].endThought()
        endCitations(at: position)
    }

    /// Adds the last text's citations to the answer's.
    private mutating func endCitations(at position: Int) {
        guard !choices[position].citations.isEmpty else { return }
        var citations: [JSONValue] = []
        swap(&citations, &choices[position].citations)
        let range = choices[position].blockStart..<choices[position].characters
        let annotations = OpenAIChatAnnotations.write(citations, range: range, report: &report)
        guard !annotations.isEmpty else { return }
        if !choices[position].annotations.isEmpty { choices[position].annotations.append(UInt8(ascii: ",")) }
        choices[position].annotations.writeOnOneLine { $0 += annotations.dropFirst().dropLast() }
    }

    /// One list for the whole answer: OpenAI's SDKs cannot put a second one together with the first.
    private mutating func writeAnnotations(choice: Int, into output: inout [UInt8]) {
        let position = position(of: choice)
        endCitations(at: position)
        guard !choices[position].annotations.isEmpty else { return }
        begin(choice: choice, into: &output)
        output.write("\"annotations\":[")
        output += choices[position].annotations
        output.write("]")
        close(into: &output)
        choices[position].annotations = []
    }

    private mutating func write(_ finish: Finish, choice: Int, into output: inout [UInt8]) {
        if finish.reason == .pause { report.add("pause_turn") }
        if finish.reason == .malformedTool { report.add("finish_reason", "malformed_tool") }
        if !choices[position(of: choice)].thoughts.isEmpty { report.add("signature") }
        writeAnnotations(choice: choice, into: &output)
        begin(choice: choice, into: &output)
        output.write("},\"logprobs\":null,\"finish_reason\":\"")
        output.write(OpenAIChatFinish.name(of: finish.reason))
        output.write("\"}]")
        closeChunk(into: &output)
    }

    private mutating func write(logprobs: JSONValue, choice: Int, into output: inout [UInt8]) {
        begin(choice: choice, into: &output)
        output.write("},\"logprobs\":")
        output.writeOnOneLine { $0.append(contentsOf: logprobs.raw) }
        output.write(",\"finish_reason\":null}]")
        closeChunk(into: &output)
    }

    private func end(into output: inout [UInt8]) {
        if context.includesStreamUsage, let usage {
            output += head
            output.write("],\"usage\":")
            output.writeJSON { OpenAIChatUsage.write(usage, into: &$0) }
            output += tail
            output.write("}\n\n")
        }
        output.write("data: [DONE]\n\n")
    }

    private mutating func writeDelta(choice: Int, _ name: StaticString, _ text: JSONText, into output: inout [UInt8]) {
        guard !text.isEmpty else { return }
        begin(choice: choice, into: &output)
        output.write(name)
        output.writeString(text)
        close(into: &output)
    }

    /// Begins a chunk; a choice's first one says who speaks.
    private mutating func begin(choice: Int, into output: inout [UInt8]) {
        let position = position(of: choice)
        if !choices[position].hasRole {
            choices[position].hasRole = true
            begin(choice: choice, into: &output)
            output.write("\"role\":\"assistant\",\"content\":\"\"")
            close(into: &output)
        }
        output.append(contentsOf: head)
        output.write("{\"index\":")
        output.write(choice)
        output.write(",\"delta\":{")
    }

    private func close(into output: inout [UInt8]) {
        output.write("},\"logprobs\":null,\"finish_reason\":null}]")
        closeChunk(into: &output)
    }

    private func closeChunk(into output: inout [UInt8]) {
        if context.includesStreamUsage { output.write(",\"usage\":null") }
        output += tail
        output.write("}\n\n")
    }
}

extension JSONText {
    /// How many Unicode scalars it holds when decoded; a surrogate pair counts as one.
    var characterCount: Int {
        var count = 0
        var index = escaped.startIndex
        while index < escaped.endIndex {
            let byte = escaped[index]
            if byte == UInt8(ascii: "\\"), index + 1 < escaped.endIndex {
                let isUnicode = escaped[index + 1] == UInt8(ascii: "u")
                // The second half of a pair: \uDC00 to \uDFFF.
                let isLow =
                    isUnicode && index + 3 < escaped.endIndex && escaped[index + 2] | 0x20 == UInt8(ascii: "d")
                    && escaped[index + 3] | 0x20 >= UInt8(ascii: "c")
                if !isLow { count += 1 }
                index += isUnicode ? 6 : 2
                continue
            }
            if byte & 0xC0 != 0x80 { count += 1 }
            index += 1
        }
        return count
    }
}
