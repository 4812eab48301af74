import OmniJSON

/// Writes stream events as a Responses stream.
///
/// The grammar's state is what is open: an item, and in a message a part. Both are closed only when the next thing
/// begins or the answer ends, because the end decides the status of the last item. What was sent is gathered on the way,
/// for `done` events repeat it and the last event carries the whole response.
struct OpenAIResponsesStreamEncoder: Sendable {
    /// What blocks bring; their items are opened with their first content, for empty ones must not show.
    enum Block: Sendable { case nothing, text, refusal, reasoning, tool, foreign }

    /// The item that is open.
    enum Item: Sendable {
        case nothing, message, reasoning
        case tool(OpenAIResponsesItem.Call)
    }

    let context: TranslationContext
    var report = TranslationReport()
    private(set) var usage: Usage?
    /// The whole response as the last event told it, when the router keeps answers.
    private(set) var keptAnswer: [UInt8]?
    private var answer: OpenAIResponsesAnswer?
    private var sequence = 0
    private var block = Block.nothing
    private var finish: Finish?
    private var isOver = false

    var item = Item.nothing
    var itemID = JSONText.empty
    /// The position of the open item in the output, or of the next one.
    var index = 0
    /// The items that are finished, with commas between.
    var output: [UInt8] = []
    /// Whether a part of the open item is open: content of a message, the summary of a thought.
    var hasPart = false
    /// Which part of the open message is open or comes next.
    var partIndex = 0
    /// The finished parts of the open message, with commas between.
    var content: [UInt8] = []
    /// What was sent of the open part, thought or arguments.
    var text: [UInt8] = []
    var isRefusal = false
    var citations: [JSONValue] = []
    private var serviceTier: JSONText?
    var logprobs: [UInt8] = []
    /// The opaque state of the open thought.
    var state: OpaqueState?

    init(context: TranslationContext) {
        self.context = context
    }

    mutating func encode(_ event: StreamEvent, into output: inout [UInt8]) {
        switch event {
        case .start(let id, _, let created): start(id: id, created: created, into: &output)
        case .blockStart(let choice, let block): if isFirst(choice) { startBlock(block, into: &output) }
        case .text(let choice, let text):
            if isFirst(choice), block == .text { write(content: text, isRefusal: false, into: &output) }
        case .refusal(let choice, let text):
            if isFirst(choice), block == .refusal { write(content: text, isRefusal: true, into: &output) }
        case .reasoning(let choice, let text):
            guard isFirst(choice), block == .reasoning, context.showsReasoning else { return }
            write(thought: text, into: &output)
        case .arguments(let choice, let text):
            if isFirst(choice), block == .tool { write(arguments: text, into: &output) }
        case .state(let choice, let state):
            if isFirst(choice), block == .reasoning { take(state, into: &output) }
        case .citation(let choice, let citation):
            guard isFirst(choice) else { return }
            // A part that was closed takes no more.
            if block == .text || hasOpenText { citations.append(citation) } else { report.add("annotations") }
        case .blockEnd(let choice): if isFirst(choice) { block = .nothing }
        case .hostedCall(let choice, let call):
            guard isFirst(choice) else { return }
            if answer == nil { start(id: nil, created: nil, into: &output) }
            block = .nothing
            write(call, into: &output)
        case .logprobs(let choice, let logprobs): if isFirst(choice) { take(logprobs) }
        case .finish(let choice, let finish): if isFirst(choice) { self.finish = finish }
        case .usage(let usage): self.usage = usage
        case .serviceTier(let tier): serviceTier = OpenAIServiceTier.inResponses(tier)
        case .systemFingerprint, .ping: break
        case .end: end(into: &output)
        case .error(let fault): fail(fault, into: &output)
        }
    }

    /// Whether a text part is open, which it is until something else comes, also behind the end of its block.
    private var hasOpenText: Bool {
        if case .message = item { hasPart && !isRefusal } else { false }
    }

    /// A response has one choice; others are dropped and reported.
    private mutating func isFirst(_ choice: Int) -> Bool {
        if choice == 0 { return true }
        report.add("choices")
        return false
    }

    private mutating func start(id: JSONText?, created: Int?, into output: inout [UInt8]) {
        guard answer == nil else { return }
        answer = OpenAIResponsesAnswer(id: id, created: created, context: context)
        writeResponse("response.created", .inProgress, into: &output)
        writeResponse("response.in_progress", .inProgress, into: &output)
    }

    private mutating func startBlock(_ block: StreamEvent.Block, into output: inout [UInt8]) {
        if answer == nil { start(id: nil, created: nil, into: &output) }
        switch block {
        // A text of its own is a part of its own; the message goes on.
        case .text:
            closePart(into: &output)
            self.block = .text
        case .refusal:
            closePart(into: &output)
            self.block = .refusal
        case .reasoning:
            // Every thought has its own state, so it is an item of its own.
            if case .reasoning = item { closeItem("completed", into: &output) } else { closePart(into: &output) }
            self.block = .reasoning
        case .toolCall(let id, let name, let isCustom):
            closeItem("completed", into: &output)
            self.block = .tool
            let call = OpenAIResponsesItem.Call(
                itemID: newID(isCustom ? "ctc_" : "fc_"), id: id, name: name, isCustom: isCustom,
                context: context)
            open(.tool(call), id: call.itemID, into: &output)
        case .unknown(let part):
            self.block = .foreign
            report.add(part.type.string)
        }
    }

    // MARK: The end

    private mutating func end(into output: inout [UInt8]) {
        guard !isOver else { return }
        if answer == nil { start(id: nil, created: nil, into: &output) }
        isOver = true
        let reason = finish?.reason ?? .stop
        let status = OpenAIResponsesFinish.status(of: reason)
        closeItem(status.lastItem, into: &output)
        if reason == .pause { report.add("pause_turn") }
        if reason == .malformedTool { report.add("finish_reason", "malformed_tool") }
        // Strict clients demand counts; an upstream that gave none leaves zeros, and the report says so.
        if usage == nil { report.add("usage", "unknown") }
        usage = usage ?? Usage()
        writeResponse(status.event, .ended(status), into: &output)
    }

    /// Ends the stream with an error, wherever it is; the item that was open stays so, for it is not whole.
    ///
    /// Does nothing after an end or an error.
    mutating func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        guard !isOver else { return }
        if answer == nil { start(id: nil, created: nil, into: &output) }
        isOver = true
        OpenAIResponsesErrors.writeEvent(fault, sequence: sequence, into: &output)
        sequence += 1
        writeResponse("response.failed", .failed(fault), into: &output)
    }

    // MARK: Frames

    func newID(_ prefix: StaticString) -> JSONText { answer?.itemID(prefix, at: index) ?? .empty }

    /// Begins an event; its number is the next one, without gaps.
    mutating func begin(_ type: StaticString, into output: inout [UInt8]) {
        output.write("event: ")
        output.write(type)
        output.write("\ndata: {\"type\":\"")
        output.write(type)
        output.write("\",\"sequence_number\":")
        output.write(sequence)
        sequence += 1
    }

    /// Begins an event of the open item.
    mutating func beginOfItem(_ type: StaticString, into output: inout [UInt8]) {
        begin(type, into: &output)
        output.write(",\"item_id\":")
        output.writeString(itemID)
        output.write(",\"output_index\":")
        output.write(index)
    }

    func close(into output: inout [UInt8]) { output.write("}\n\n") }

    private mutating func writeResponse(
        _ type: StaticString, _ status: OpenAIResponsesAnswer.Status, into output: inout [UInt8]
    ) {
        guard let answer else { return }
        begin(type, into: &output)
        output.write(",\"response\":")
        let items = self.output
        let usage = if case .inProgress = status { nil as Usage? } else { usage }
        if case .ended = status, context.keepsAnswer {
            var writer = JSONWriter(reservingCapacity: items.count + 1024)
            answer.write(status, output: items, usage: usage, serviceTier: serviceTier, into: &writer)
            output += writer.bytes
            keptAnswer = writer.bytes
        } else {
            output.writeJSON { answer.write(status, output: items, usage: usage, serviceTier: serviceTier, into: &$0) }
        }
        close(into: &output)
    }
}
