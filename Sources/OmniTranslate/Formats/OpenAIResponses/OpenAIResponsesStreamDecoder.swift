import OmniJSON

/// Reads a Responses stream into stream events.
///
/// Items are told apart by `output_index`. One is live and its deltas pass at once; those of an item that began before
/// the live one was done wait, for blocks may not overlap. Whatever an upstream leaves out of its deltas is taken from
/// the `done` events or, at the end, from the whole response.
struct OpenAIResponsesStreamDecoder: Sendable {
    let context: TranslationContext
    private(set) var usage: Usage?
    private var id: JSONText?
    private var hasStarted = false
    private var items: [OpenAIResponsesItemState] = []
    /// The position of the first item that is not done; those before it have been told.
    private var live = 0
    private var heldBytes = 0
    /// Whether `end` or `error` was sent; everything after it is ignored.
    private(set) var isOver = false

    init(context: TranslationContext) {
        self.context = context
    }

    /// Reads one event's data and appends what it means.
    ///
    /// The event's name repeats the data's `type` and is not needed.
    mutating func decode(_ event: ServerSentEvent, into events: inout [StreamEvent]) {
        guard !isOver else { return }
        let body: JSONValue
        do throws(UnreadableEvent) {
            guard let object = try event.object() else { return }
            body = object
        } catch {
            fail(error.message, into: &events)
            return
        }
        let fields = OpenAIResponsesEventFields(body)
        guard let type = fields.type else {
            if let fault = OpenAIChatErrors.decode(body, status: nil) { fail(fault, into: &events) }
            return
        }
        if type.hasPrefix("response.") {
            decode(type, fields, into: &events)
        } else if type.equals("error") {
            fail(OpenAIResponsesErrors.fault(event: body), into: &events)
        }
        // Other types are new since this was written, and ignored.
    }

    /// The upstream closed: only a terminal event proves that the answer is whole.
    mutating func finish(into events: inout [StreamEvent]) {
        guard !isOver else { return }
        fail(.truncated, into: &events)
    }

    private mutating func decode(
        _ type: JSONText, _ fields: OpenAIResponsesEventFields, into events: inout [StreamEvent]
    ) {
        if let kind = OpenAIResponsesItemState.Delta(type) {
            withItem(fields, into: &events) { item, events in item.take(kind, fields, into: &events) }
        } else if type.equals("response.output_item.added") {
            guard let value = fields.item else { return }
            let seed = seed
            let context = context
            withItem(fields, isNew: true, into: &events) { item, events in
                item.begin(value, seed: seed, context: context, into: &events)
            }
        } else if type.equals("response.output_item.done") {
            if let value = fields.item { complete(value, at: fields.outputIndex, into: &events) }
        } else if type.equals("response.completed") || type.equals("response.incomplete") {
            end(fields.response, into: &events)
        } else if type.equals("response.failed") || type.equals("response.cancelled") {
            let fault = fields.response.flatMap(OpenAIResponsesErrors.fault)
            if let counts = fields.response?.present("usage") { update(counts, into: &events) }
            fail(fault ?? .malformed("the upstream sent an error"), into: &events)
        } else if type.equals("response.created") || type.equals("response.in_progress")
            || type.equals("response.queued")
        {
            start(fields.response, into: &events)
        }
    }

    private mutating func start(_ response: JSONValue?, into events: inout [StreamEvent]) {
        guard !hasStarted else { return }
        hasStarted = true
        id = response?["id"]?.text
        let created = response?["created_at"]?.int.flatMap { $0 > 0 ? $0 : nil }
        // Before it is served, a response only tells the tier that was asked for.
        if let tier = response?["service_tier"]?.text, !tier.equals("auto") { events.append(.serviceTier(tier)) }
        events.append(.start(id: id, model: response?["model"]?.text, created: created))
    }

    /// What ids that the upstream left out are derived from.
    private var seed: ArraySlice<UInt8> { id?.escaped ?? [] }

    // MARK: Items

    /// Lets an item take something in; what comes of it passes at once or waits for the item's turn.
    private mutating func withItem(
        _ fields: OpenAIResponsesEventFields, isNew: Bool = false, into events: inout [StreamEvent],
        _ body: (inout OpenAIResponsesItemState, inout [StreamEvent]) -> String?
    ) {
        guard let position = position(of: fields.outputIndex, isNew: isNew, into: &events) else { return }
        guard !items[position].isDone else { return }
        var problem: String?
        if position == live {
            problem = body(&items[position], &events)
        } else {
            var held = items[position].takeHeld()
            problem = body(&items[position], &held)
            items[position].held = held
            heldBytes += fields.text?.escaped.count ?? 0
            if heldBytes > Self.heldLimit { problem = "the upstream interleaved too many items" }
        }
        if let problem { fail(problem, into: &events) }
    }

    /// What may wait of items that are not live, in bytes.
    private static var heldLimit: Int { 16 << 20 }

    /// Where an item's state is; made on first sight, and anew for an index that is used again.
    ///
    /// The bound keeps hostile indexes from costing memory.
    private mutating func position(of index: Int, isNew: Bool = false, into events: inout [StreamEvent]) -> Int? {
        start(nil, into: &events)
        if let position = items.lastIndex(where: { $0.index == index }), !(isNew && items[position].isDone) {
            return position
        }
        guard (0..<4096).contains(index), items.count < 4096 else {
            fail("the upstream sent an item with an impossible index", into: &events)
            return nil
        }
        items.append(OpenAIResponsesItemState(index: index))
        return items.count - 1
    }

    private mutating func complete(_ value: JSONValue, at index: Int, into events: inout [StreamEvent]) {
        guard let position = position(of: index, into: &events), !items[position].isDone else { return }
        let seed = seed
        let context = context
        var problem: String?
        if position == live {
            problem = items[position].complete(value, seed: seed, context: context, into: &events)
        } else {
            var held = items[position].takeHeld()
            problem = items[position].complete(value, seed: seed, context: context, into: &held)
            items[position].held = held
        }
        if let problem { return fail(problem, into: &events) }
        advance(into: &events)
    }

    /// Tells what waited for the live item, which is done.
    private mutating func advance(into events: inout [StreamEvent]) {
        while live < items.count, items[live].isDone {
            live += 1
            if live < items.count { events += items[live].takeHeld() }
        }
    }

    // MARK: The end

    private mutating func end(_ response: JSONValue?, into events: inout [StreamEvent]) {
        start(response, into: &events)
        let output = response?.present("output").map { Array($0.elements) } ?? []
        // Servers that give every item the same index leave only the count to tell what was missed.
        let areDistinct = Set(items.map(\.index)).count == items.count
        for (index, item) in output.enumerated() where !isOver && (areDistinct || index >= items.count) {
            complete(item, at: index, into: &events)
        }
        // Items the upstream never closed and its response does not list.
        while !isOver, live < items.count {
            items[live].close(into: &events)
            advance(into: &events)
        }
        guard !isOver else { return }
        if let counts = response?.present("usage") { update(counts, into: &events) }
        if let tier = response?["service_tier"]?.text { events.append(.serviceTier(tier)) }
        let finish = response.map {
            OpenAIResponsesFinish.decode(
                $0, hasToolCalls: items.contains { $0.isCall }, hasRefusal: items.contains { $0.hasRefusal })
        }
        events.append(.finish(choice: 0, finish ?? Finish(.stop)))
        isOver = true
        events.append(.end)
    }

    private mutating func update(_ counts: JSONValue, into events: inout [StreamEvent]) {
        guard let usage = OpenAIResponsesUsage.decode(counts) else { return }
        self.usage = usage
        events.append(.usage(usage))
    }

    private mutating func fail(_ message: String, into events: inout [StreamEvent]) {
        fail(.malformed(message), into: &events)
    }

    private mutating func fail(_ fault: UpstreamFault, into events: inout [StreamEvent]) {
        guard !isOver else { return }
        isOver = true
        events.append(.error(fault))
    }
}

/// The members of an event that say something, found in one pass.
struct OpenAIResponsesEventFields {
    private(set) var type: JSONText?
    private(set) var outputIndex = 0
    /// `content_index` or `summary_index`.
    private(set) var partIndex = 0
    /// A delta, or the whole where an event ends something.
    private(set) var text: JSONText?
    private(set) var item: JSONValue?
    private(set) var part: JSONValue?
    private(set) var annotation: JSONValue?
    private(set) var logprobs: JSONValue?
    private(set) var response: JSONValue?

    init(_ body: JSONValue) {
        for member in body.members {
            if member.isNamed("type") {
                type = member.value.text
            } else if member.isNamed("output_index") {
                outputIndex = member.value.int ?? 0
            } else if member.isNamed("content_index") || member.isNamed("summary_index") {
                partIndex = member.value.int ?? 0
            } else if member.isNamed("delta") || member.isNamed("text") || member.isNamed("arguments")
                || member.isNamed("input")
                || member.isNamed("refusal")
            {
                text = member.value.text
            } else if member.isNamed("logprobs") {
                logprobs = member.value
            } else if member.isNamed("item") {
                item = member.value.kind == .object ? member.value : nil
            } else if member.isNamed("part") {
                part = member.value
            } else if member.isNamed("annotation") {
                annotation = member.value
            } else if member.isNamed("response") {
                response = member.value.kind == .object ? member.value : nil
            }
        }
    }
}

extension JSONText {
    fileprivate func hasPrefix(_ prefix: StaticString) -> Bool {
        escaped.starts(with: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
    }
}
