import OmniJSON

/// Writes stream events as Gemini's response objects, as server-sent events or as one JSON array.
///
/// The last object carries the finish reasons, the usage and the sources, and waits for the end because usage may follow
/// the finish. A call is one part and goes out when it is whole.
struct GeminiStreamEncoder: Sendable {
    private enum Open: Sendable { case nothing, text, reasoning, tool, foreign }

    private struct Choice: Sendable {
        let index: Int
        var open = Open.nothing
        var id: JSONText = .empty
        var name: JSONText = .empty
        var isCustom = false
        var arguments: [JSONText] = []
        /// The state of the reasoning block that is open, and whether the block has had words.
        var state: OpaqueState?
        var hasWords = false
        /// A wordless thought's state on its way to the call behind it.
        var waiting: OpaqueState?
        var finish: Finish?
        /// The visible text so far, decoded, for the positions of sources.
        var text: [UInt8] = []
        var blockStart = 0
        var sources: [GeminiCitations.Source] = []
        var logprobs: [JSONValue] = []
        /// Searches and pages, which the last object tells.
        var calls: [HostedCall] = []
    }

    let context: TranslationContext
    private(set) var report = TranslationReport()
    private(set) var usage: Usage?
    /// Every object ends with the same bytes: model, id.
    private var tail: [UInt8] = []
    private var hasWritten = false
    private var choices: [Choice] = []

    init(context: TranslationContext) {
        self.context = context
    }

    mutating func encode(_ event: StreamEvent, into output: inout [UInt8]) {
        switch event {
        case .start(let id, _, _): start(id: id)
        case .blockStart(let choice, let block): startBlock(block, at: slot(of: choice), into: &output)
        case .text(let choice, let text), .refusal(let choice, let text):
            let slot = slot(of: choice)
            guard choices[slot].open == .text, !text.isEmpty else { return }
            choices[slot].text += text.decodedBytes
            writeText(text, isThought: false, state: nil, at: slot, into: &output)
        case .reasoning(let choice, let text):
            let slot = slot(of: choice)
            guard choices[slot].open == .reasoning, !text.isEmpty else { return }
            choices[slot].hasWords = true
            writeText(text, isThought: true, state: nil, at: slot, into: &output)
        case .arguments(let choice, let text):
            let slot = slot(of: choice)
            if choices[slot].open == .tool, !text.isEmpty { choices[slot].arguments.append(text) }
        case .state(let choice, let state):
            let slot = slot(of: choice)
            guard choices[slot].open == .reasoning else { return }
            // A part carries one state; a second one gets a part of its own.
            if choices[slot].state != nil { startBlock(.reasoning, at: slot, into: &output) }
            choices[slot].state = state
        case .citation(let choice, let citation):
            let slot = slot(of: choice)
            // Where its block ends is known when it ends.
            let end = choices[slot].open == .text ? Int.max : choices[slot].text.count
            choices[slot].sources.append(.init(citation: citation, block: choices[slot].blockStart..<end))
        case .blockEnd(let choice): endBlock(at: slot(of: choice), into: &output)
        case .hostedCall(let choice, let call):
            let slot = slot(of: choice)
            endBlock(at: slot, into: &output)
            tell(call, at: slot, into: &output)
        case .logprobs(let choice, let logprobs): choices[slot(of: choice)].logprobs.append(logprobs)
        case .finish(let choice, let finish): choices[slot(of: choice)].finish = finish
        case .usage(let usage): self.usage = usage
        case .ping, .serviceTier, .systemFingerprint: break
        case .end: end(into: &output)
        case .error(let fault): writeError(fault, into: &output)
        }
    }

    /// Writes an error in this stream's framing; nothing may follow it.
    mutating func writeError(_ fault: UpstreamFault, into output: inout [UInt8]) {
        beginObject(into: &output)
        output += FaultCodec.encode(fault, to: .gemini, requestID: nil).body
        output.write(context.usesArrayFraming ? "]" : "\n\n")
    }

    private mutating func start(id: JSONText?) {
        guard tail.isEmpty else { return }
        tail.write(",\"modelVersion\":")
        tail.writeString(JSONText(context.requestedModel))
        tail.write(",\"responseId\":")
        tail.writeString(Self.id(from: id, context: context))
        tail.write("}")
    }

    static func id(from id: JSONText?, context: TranslationContext) -> JSONText {
        if let id, !id.isEmpty { return id }
        return StableID.text("resp-", context.seed(of: nil))
    }

    private mutating func slot(of index: Int) -> Int {
        if let slot = choices.firstIndex(where: { $0.index == index }) { return slot }
        choices.append(Choice(index: index))
        return choices.count - 1
    }

    // MARK: Blocks

    private mutating func startBlock(_ block: StreamEvent.Block, at slot: Int, into output: inout [UInt8]) {
        endBlock(at: slot, into: &output)
        switch block {
        case .text, .refusal:
            flushWaiting(at: slot, into: &output)
            choices[slot].open = .text
            choices[slot].blockStart = choices[slot].text.count
        case .reasoning:
            flushWaiting(at: slot, into: &output)
            choices[slot].open = .reasoning
            choices[slot].state = nil
            choices[slot].hasWords = false
        case .toolCall(let id, let name, let isCustom):
            choices[slot].open = .tool
            choices[slot].id = id
            choices[slot].name = name
            choices[slot].isCustom = isCustom
            choices[slot].arguments = []
        case .unknown(let part):
            flushWaiting(at: slot, into: &output)
            choices[slot].open = .foreign
            guard part.origin == .gemini else { return report.add(part.type.string) }
            begin(into: &output)
            output.writeOnOneLine { $0.append(contentsOf: part.raw.raw) }
            close(at: slot, into: &output)
        }
    }

    private mutating func endBlock(at slot: Int, into output: inout [UInt8]) {
        let open = choices[slot].open
        choices[slot].open = .nothing
        switch open {
        case .nothing, .foreign: break
        case .text:
            let end = choices[slot].text.count
            for index in choices[slot].sources.indices where choices[slot].sources[index].block.upperBound == .max {
                choices[slot].sources[index].block = choices[slot].sources[index].block.lowerBound..<end
            }
        case .reasoning:
            guard let state = choices[slot].state else { return }
            choices[slot].state = nil
            if choices[slot].hasWords {
                writeText(.empty, isThought: true, state: state, at: slot, into: &output)
            } else {
                choices[slot].waiting = state
            }
        case .tool: writeCall(at: slot, into: &output)
        }
    }

    /// A wordless thought that no call follows is a part of its own.
    private mutating func flushWaiting(at slot: Int, into output: inout [UInt8]) {
        guard let state = choices[slot].waiting else { return }
        choices[slot].waiting = nil
        writeText(.empty, isThought: !state.isOnText, state: state, at: slot, into: &output)
    }

    private mutating func writeCall(at slot: Int, into output: inout [UInt8]) {
        let text = choices[slot].arguments.reduce(into: JSONText.empty) { $0 += $1 }
        choices[slot].arguments = []
        let call = ToolCall(
            id: choices[slot].id, name: choices[slot].name, arguments: .string(text), isCustom: choices[slot].isCustom)
        let state = choices[slot].waiting
        choices[slot].waiting = nil
        begin(into: &output)
        var losses = report
        output.writeOnOneLine { output in
            output.writeJSON { GeminiResponseEncoder.write(call, state: state, into: &$0, report: &losses) }
        }
        report = losses
        close(at: slot, into: &output)
    }

    private mutating func tell(_ call: HostedCall, at slot: Int, into output: inout [UInt8]) {
        for name in call.leftOut { report.add(name) }
        if GeminiHostedCalls.isMetadata(call) { return choices[slot].calls.append(call) }
        var parts = JSONWriter()
        guard GeminiHostedCalls.writeParts(call, into: &parts) else { return report.addPieces(of: call) }
        flushWaiting(at: slot, into: &output)
        begin(into: &output)
        output.writeOnOneLine { $0 += parts.bytes }
        close(at: slot, into: &output)
    }

    // MARK: Objects

    private mutating func writeText(
        _ text: JSONText, isThought: Bool, state: OpaqueState?, at slot: Int, into output: inout [UInt8]
    ) {
        begin(into: &output)
        output.write("{\"text\":")
        output.writeString(text)
        if isThought { output.write(",\"thought\":true") }
        if let state {
            output.write(",\"thoughtSignature\":")
            output.writeString(state.geminiToken)
        }
        output.write("}")
        close(at: slot, into: &output)
    }

    private mutating func beginObject(into output: inout [UInt8]) {
        if context.usesArrayFraming {
            output.write(hasWritten ? ",\n" : "[")
        } else {
            output.write("data: ")
        }
        hasWritten = true
    }

    private mutating func begin(into output: inout [UInt8]) {
        start(id: nil)
        beginObject(into: &output)
        output.write("{\"candidates\":[{\"content\":{\"parts\":[")
    }

    private func close(at slot: Int, into output: inout [UInt8]) {
        output.write("],\"role\":\"model\"},\"index\":")
        output.write(choices[slot].index)
        output.write("}]")
        closeObject(into: &output)
    }

    private func closeObject(into output: inout [UInt8]) {
        output += tail
        if !context.usesArrayFraming { output.write("\n\n") }
    }

    private mutating func end(into output: inout [UInt8]) {
        for slot in choices.indices {
            endBlock(at: slot, into: &output)
            flushWaiting(at: slot, into: &output)
        }
        start(id: nil)
        beginObject(into: &output)
        var losses = report
        let choices = choices
        output.writeJSON { writer in
            writer.beginObject()
            writer.key("candidates")
            writer.beginArray()
            for choice in choices { Self.writeLast(choice, into: &writer, report: &losses) }
            writer.endArray()
            if let usage {
                writer.key("usageMetadata")
                GeminiUsage.write(usage, into: &writer)
            }
        }
        report = losses
        closeObject(into: &output)
        if context.usesArrayFraming { output.write("]") }
    }

    /// A content of one empty text: clients take a candidate without any for a broken answer.
    private static func writeLast(_ choice: Choice, into writer: inout JSONWriter, report: inout TranslationReport) {
        writer.beginObject()
        writer.key("content")
        writer.raw(Array(#"{"parts":[{"text":""}],"role":"model"}"#.utf8)[...])
        writer.key("finishReason")
        writer.value(GeminiFinish.name(of: choice.finish?.reason ?? .stop))
        writer.key("index")
        writer.value(choice.index)
        GeminiCitations.write(
            choice.sources, text: choice.text, calls: choice.calls, into: &writer,
            report: &report)
        GeminiHostedCalls.writePages(choice.calls, into: &writer)
        if !choice.logprobs.isEmpty {
            writer.key("logprobsResult")
            GeminiLogprobs.write(choice.logprobs, into: &writer)
        }
        writer.endObject()
    }
}

extension OpaqueState {
    /// What stands in Gemini's opaque slot, which is base64: its own signature as it was, any other in an envelope.
    var geminiToken: JSONText {
        guard origin != .gemini else { return payload }
        return JSONText(escaped: Base64.encode(OpaqueStateEnvelope.wrap(self).decodedBytes)[...])
    }

    /// Whether it is a Gemini signature that stood on a visible text.
    var isOnText: Bool { origin == .gemini && itemID?.equals(Self.textPlace) ?? false }
}
