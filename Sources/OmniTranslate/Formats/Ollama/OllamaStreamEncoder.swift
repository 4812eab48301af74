import OmniJSON

/// Writes stream events as lines of `/api/chat`, or of `/api/generate` when that was called.
///
/// A tool call goes out whole when its block ends, for arguments are an object here; the last line holds the finish and
/// the counts, so it waits for the end.
struct OllamaStreamEncoder: Sendable {
    private enum Open: Sendable {
        case nothing, content, foreign
        case tool(id: JSONText, name: JSONText, isCustom: Bool)
    }

    let context: TranslationContext
    private(set) var report = TranslationReport()
    private(set) var usage: Usage?
    /// Every line begins with the same bytes: brace, model, time.
    private var head: [UInt8] = []
    private var open = Open.nothing
    private var toolCount = 0
    /// The open call's arguments so far, in escaped form.
    private var arguments: [UInt8] = []
    private var finish: Finish?

    /// What the arguments of one call may hold, as any event.
    private static var argumentsLimit: Int { 16 << 20 }

    init(context: TranslationContext) {
        self.context = context
    }

    mutating func encode(_ event: StreamEvent, into output: inout [UInt8]) {
        switch event {
        case .start(_, _, let created): if head.isEmpty { head = OllamaLine.head(created: created, context: context) }
        case .blockStart(let choice, let block): if isFirst(choice) { startBlock(block, into: &output) }
        case .text(let choice, let text), .refusal(let choice, let text):
            guard isFirst(choice), !text.isEmpty else { return }
            begin(into: &output)
            output.writeString(text)
            end(into: &output)
        case .reasoning(let choice, let text):
            guard isFirst(choice), !text.isEmpty else { return }
            begin(into: &output)
            output.write("\"\",\"thinking\":")
            output.writeString(text)
            end(into: &output)
        case .arguments(let choice, let text): if isFirst(choice) { take(text) }
        // There is no place for opaque state.
        case .state(let choice, _): if isFirst(choice) { report.add("signature") }
        case .citation(let choice, _): if isFirst(choice) { report.add("annotations") }
        case .hostedCall(let choice, let call): if isFirst(choice) { report.addPieces(of: call) }
        case .blockEnd(let choice): if isFirst(choice) { endBlock(into: &output) }
        case .logprobs(let choice, let logprobs): if isFirst(choice) { write(logprobs, into: &output) }
        case .finish(let choice, let finish): if isFirst(choice) { self.finish = finish }
        case .usage(let usage): self.usage = usage
        case .ping, .serviceTier, .systemFingerprint: break
        case .end: writeLastLine(into: &output)
        case .error(let fault): output += FaultCodec.encodeStreamError(fault, to: .ollama, requestID: nil)
        }
    }

    /// A message has one choice; others are dropped and reported.
    private mutating func isFirst(_ choice: Int) -> Bool {
        if choice == 0 { return true }
        report.add("choices")
        return false
    }

    private mutating func startBlock(_ block: StreamEvent.Block, into output: inout [UInt8]) {
        endBlock(into: &output)
        switch block {
        case .text, .reasoning, .refusal: open = .content
        case .toolCall(let id, let name, let isCustom): open = .tool(id: id, name: name, isCustom: isCustom)
        case .unknown(let part):
            open = .foreign
            report.add(part.type.string)
        }
    }

    private mutating func take(_ text: JSONText) {
        guard case .tool = open else { return }
        guard arguments.count + text.escaped.count <= Self.argumentsLimit else {
            // What is there already is no JSON without its end and will be told as such.
            report.add("arguments", "limit")
            return
        }
        arguments.append(contentsOf: text.escaped)
    }

    private mutating func endBlock(into output: inout [UInt8]) {
        defer { open = .nothing }
        guard case .tool(let id, let name, let isCustom) = open else { return }
        var taken: [UInt8] = []
        swap(&taken, &arguments)
        guard !context.answersAsGenerate else { return report.add("tool_calls") }
        begin(into: &output)
        output.write("\"\",\"tool_calls\":[")
        OllamaLine.write(
            id: id, index: toolCount, name: name, isCustom: isCustom,
            arguments: .string(JSONText(escaped: taken[...])), into: &output, report: &report)
        output.write("]")
        end(into: &output)
        toolCount += 1
    }

    private func write(_ logprobs: JSONValue, into output: inout [UInt8]) {
        guard let tokens = OllamaLogprobs.tokens(in: logprobs) else { return }
        begin(into: &output)
        output.write("\"\"")
        close(into: &output)
        output.write(",\"done\":false,\"logprobs\":")
        output.writeOnOneLine { $0.append(contentsOf: tokens.raw) }
        output.write("}\n")
    }

    private mutating func writeLastLine(into output: inout [UInt8]) {
        endBlock(into: &output)
        let reason = OllamaFinish.name(of: finish?.reason ?? .stop, report: &report)
        begin(into: &output)
        output.write("\"\"")
        close(into: &output)
        output.write(",\"done\":true,\"done_reason\":\"")
        output.write(reason)
        output.write("\"")
        OllamaUsage.write(usage, into: &output)
        output.write("}\n")
    }

    /// Up to the place of the text.
    private func begin(into output: inout [UInt8]) {
        output.append(contentsOf: head)
        output.write(
            context.answersAsGenerate ? "\"response\":" : "\"message\":{\"role\":\"assistant\",\"content\":")
    }

    private func close(into output: inout [UInt8]) {
        if !context.answersAsGenerate { output.write("}") }
    }

    private func end(into output: inout [UInt8]) {
        close(into: &output)
        output.write(",\"done\":false}\n")
    }
}
