import OmniJSON

/// Writes stream events as an Anthropic message stream.
///
/// `message_start` goes out at once, with zeros where the upstream has not counted yet; the true numbers come in
/// `message_delta`, which waits for the end because usage may follow the finish.
struct AnthropicStreamEncoder: Sendable {
    private enum Open: Sendable {
        case nothing, text, reasoning, tool, customTool, foreign
        /// Text without words so far: its block begins with them, for an empty one is refused in the next request.
        case wordlessText
        /// Reasoning without words so far: whether it is thinking or redacted thinking shows with them or at its end.
        case wordlessReasoning
    }

    let context: TranslationContext
    private(set) var report = TranslationReport()
    private(set) var usage: Usage?
    private var hasStarted = false
    private var open = Open.nothing
    /// The position of the open block in `content`, or of the next one.
    private var index = 0
    /// The opaque state of the open reasoning block.
    private var state: OpaqueState?
    private var finish: Finish?
    private var serviceTier: JSONText?
    private var hosted: AnthropicHostedBlocks?

    init(context: TranslationContext) {
        self.context = context
    }

    mutating func encode(_ event: StreamEvent, into output: inout [UInt8]) {
        switch event {
        case .start(let id, _, _): start(id: id, into: &output)
        case .blockStart(let choice, let block): if isFirst(choice) { startBlock(block, into: &output) }
        case .text(let choice, let text), .refusal(let choice, let text):
            guard isFirst(choice), open == .text || open == .wordlessText, !text.isEmpty else { return }
            startText(into: &output)
            writeDelta("\"text_delta\",\"text\":", text, into: &output)
        case .reasoning(let choice, let text):
            guard isFirst(choice), isInReasoning, !text.isEmpty else { return }
            startThinking(into: &output)
            writeDelta("\"thinking_delta\",\"thinking\":", text, into: &output)
        case .arguments(let choice, let text): if isFirst(choice) { writeArguments(text, into: &output) }
        case .state(let choice, let state): if isFirst(choice) { take(state, into: &output) }
        // Foreign citations lack what Anthropic's kinds demand, such as encrypted indexes.
        case .citation(let choice, _): if isFirst(choice) { report.add("annotations") }
        case .hostedCall(let choice, let call): if isFirst(choice) { write(call, into: &output) }
        case .blockEnd(let choice): if isFirst(choice) { endBlock(into: &output) }
        case .logprobs: report.add("logprobs")
        case .finish(let choice, let finish): if isFirst(choice) { self.finish = finish }
        case .usage(let usage): self.usage = usage
        case .serviceTier(let tier): serviceTier = tier
        case .systemFingerprint, .ping: break
        case .end: end(into: &output)
        case .error(let fault):
            output += FaultCodec.encodeStreamError(fault, to: .anthropicMessages, requestID: nil)
        }
    }

    /// A message has one choice; others are dropped and reported.
    private mutating func isFirst(_ choice: Int) -> Bool {
        if choice == 0 { return true }
        report.add("choices")
        return false
    }

    private mutating func start(id: JSONText?, into output: inout [UInt8]) {
        guard !hasStarted else { return }
        hasStarted = true
        output.write("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":")
        let id = Self.id(from: id, context: context)
        hosted = AnthropicHostedBlocks(seed: id.escaped, isForClient: true)
        output.writeString(id)
        output.write(",\"type\":\"message\",\"role\":\"assistant\",\"model\":")
        output.writeString(JSONText(context.requestedModel))
        output.write(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":")
        output.writeJSON { AnthropicUsage.write(Usage(), tier: serviceTier, into: &$0) }
        output.write("}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n")
    }

    /// A message id derived from the upstream's, so that equal answers have equal ids.
    static func id(from id: JSONText?, context: TranslationContext) -> JSONText {
        if let id, id.starts(with: "msg_") { return id }
        return StableID.text("msg_", context.seed(of: id))
    }

    private mutating func startBlock(_ block: StreamEvent.Block, into output: inout [UInt8]) {
        endBlock(into: &output)
        if case .unknown(let part) = block {
            open = .foreign
            report.add(part.type.string)
            return
        }
        if case .reasoning = block {
            open = .wordlessReasoning
            return
        }
        switch block {
        case .text, .refusal, .reasoning, .unknown: open = .wordlessText
        case .toolCall(let id, let name, let isCustom):
            writeBlockStart(into: &output)
            open = isCustom ? .customTool : .tool
            output.write(",\"content_block\":{\"type\":\"tool_use\",\"id\":")
            output.writeString(id)
            output.write(",\"name\":")
            output.writeString(name)
            output.write(",\"input\":{}}}\n\n")
            if isCustom {
                writeDelta("\"input_json_delta\",\"partial_json\":", #"{\"input\":\""#.escapedText, into: &output)
            }
        }
    }

    /// A call and its result, each a whole block.
    private mutating func write(_ call: HostedCall, into output: inout [UInt8]) {
        endBlock(into: &output)
        start(id: nil, into: &output)
        for block in hosted?.blocks(of: call) ?? [] {
            writeBlockStart(into: &output)
            output.write(",\"content_block\":")
            output.writeOnOneLine { output in output.writeJSON { block.write(withInput: false, into: &$0) } }
            output.write("}\n\n")
            open = .tool
            if let input = block.input { writeArguments(JSONText(escaping: input), into: &output) }
            endBlock(into: &output)
        }
        if let losses = hosted?.report { report.merge(losses) }
    }

    private mutating func writeArguments(_ text: JSONText, into output: inout [UInt8]) {
        if open == .tool {
            writeDelta("\"input_json_delta\",\"partial_json\":", text, into: &output)
        } else if open == .customTool {
            // Free text inside a JSON string inside a JSON string: what is escaped once is escaped again.
            writeDelta("\"input_json_delta\",\"partial_json\":", JSONText(escaping: text.escaped), into: &output)
        }
    }

    private mutating func endBlock(into output: inout [UInt8]) {
        switch open {
        case .nothing: return
        case .foreign, .wordlessText:
            open = .nothing
            return
        case .reasoning, .wordlessReasoning: endReasoning(into: &output)
        case .customTool:
            writeDelta("\"input_json_delta\",\"partial_json\":", #"\"}"#.escapedText, into: &output)
        case .text, .tool: break
        }
        output.write("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
        output.write(index)
        output.write("}\n\n")
        index += 1
        open = .nothing
        state = nil
    }

    private var isInReasoning: Bool { open == .reasoning || open == .wordlessReasoning }

    /// A block carries one state; a second one gets a block of its own.
    private mutating func take(_ state: OpaqueState, into output: inout [UInt8]) {
        guard isInReasoning else { return }
        if self.state != nil {
            endBlock(into: &output)
            open = .wordlessReasoning
        }
        self.state = state
    }

    private func writeBlockStart(into output: inout [UInt8]) {
        output.write("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
        output.write(index)
    }

    private mutating func startText(into output: inout [UInt8]) {
        guard open == .wordlessText else { return }
        open = .text
        writeBlockStart(into: &output)
        output.write(",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n")
    }

    private mutating func startThinking(into output: inout [UInt8]) {
        guard open == .wordlessReasoning else { return }
        open = .reasoning
        writeBlockStart(into: &output)
        output.write(",\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n")
    }

    private mutating func endReasoning(into output: inout [UInt8]) {
        let state = state ?? .absent(context: context)
        if open == .wordlessReasoning, state.kind == .redacted || state.kind == .encrypted {
            writeBlockStart(into: &output)
            output.write(",\"content_block\":{\"type\":\"redacted_thinking\",\"data\":")
            output.writeString(state.anthropicToken)
            output.write("}}\n\n")
        } else {
            startThinking(into: &output)
            writeDelta("\"signature_delta\",\"signature\":", state.anthropicToken, into: &output)
        }
    }

    private mutating func end(into output: inout [UInt8]) {
        start(id: nil, into: &output)
        endBlock(into: &output)
        let finish = finish ?? Finish(.stop)
        if finish.reason == .malformedTool { report.add("finish_reason", "malformed_tool") }
        output.write("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"")
        output.write(AnthropicFinish.name(of: finish.reason))
        output.write("\",\"stop_sequence\":")
        if let sequence = finish.stopSequence, !sequence.isEmpty {
            output.writeString(sequence)
        } else {
            output.write("null")
        }
        output.write("},\"usage\":")
        // The schema demands counts; an upstream that gave none leaves zeros, and the report says so.
        if usage == nil { report.add("usage", "unknown") }
        let usage = usage ?? Usage()
        output.writeJSON { AnthropicUsage.write(usage, tier: serviceTier, into: &$0) }
        output.write("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }

    private func writeDelta(_ start: StaticString, _ text: JSONText, into output: inout [UInt8]) {
        guard !text.isEmpty else { return }
        output.write("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        output.write(index)
        output.write(",\"delta\":{\"type\":")
        output.write(start)
        output.writeString(text)
        output.write("}}\n\n")
    }
}

extension String {
    /// Text that is written escaped already.
    fileprivate var escapedText: JSONText { JSONText(escaped: Array(utf8)[...]) }
}
