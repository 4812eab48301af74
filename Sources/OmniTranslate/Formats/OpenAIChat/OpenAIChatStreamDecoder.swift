import OmniJSON

/// Reads a chat completion stream, of OpenAI or of the many servers that imitate it, into stream events.
///
/// A choice's finish is held until `[DONE]`: usage may still follow it, and some servers go on after it.
struct OpenAIChatStreamDecoder: Sendable {
    let context: TranslationContext
    private(set) var usage: Usage?
    private var id: JSONText?
    /// What ids that the upstream left out are derived from.
    private var seed: ArraySlice<UInt8> = []
    private var serviceTier: JSONText?
    private var systemFingerprint: JSONText?
    private var choices: [OpenAIChatChoiceState] = []
    private var hasStarted = false
    /// Whether `end` or `error` was sent; everything after it is ignored.
    private(set) var isOver = false

    init(context: TranslationContext) {
        self.context = context
    }

    /// Reads one event's data and appends what it means.
    mutating func decode(_ event: ServerSentEvent, into events: inout [StreamEvent]) {
        guard !isOver else { return }
        if event.data.isDoneMarker {
            end(into: &events)
            return
        }
        let chunk: JSONValue
        do throws(UnreadableEvent) {
            guard let object = try event.object() else { return }
            chunk = object
        } catch {
            fail(error.message, into: &events)
            return
        }
        var model: JSONText?
        var created: Int?
        var list: JSONValue?
        var counts: JSONValue?
        var isError = false
        for member in chunk.members {
            if member.isNamed("choices") {
                list = member.value
            } else if member.isNamed("usage") {
                counts = member.value
            } else if member.isNamed("error") {
                isError = isError || !member.value.isNull
            } else if member.isNamed("object") {
                isError = isError || member.value.isString("error")
            } else if member.isNamed("service_tier") {
                take(member.value.text, as: \.serviceTier, of: StreamEvent.serviceTier, into: &events)
            } else if member.isNamed("system_fingerprint") {
                take(member.value.text, as: \.systemFingerprint, of: StreamEvent.systemFingerprint, into: &events)
            } else if hasStarted {
                continue
            } else if member.isNamed("id") {
                id = member.value.text.flatMap { $0.isEmpty ? nil : $0 }
            } else if member.isNamed("model") {
                model = member.value.text.flatMap { $0.isEmpty ? nil : $0 }
            } else if member.isNamed("created") {
                created = member.value.int
            }
        }
        if isError, let fault = OpenAIChatErrors.decode(chunk, status: nil) {
            isOver = true
            events.append(.error(fault))
            return
        }
        // Some servers send what they found in the prompt first, in a chunk that is empty otherwise.
        if !hasStarted, id != nil || counts != nil || list?.hasElements ?? false {
            hasStarted = true
            seed = context.seed(of: id)
            events.append(.start(id: id, model: model, created: created.flatMap { $0 > 0 ? $0 : nil }))
        }
        if let list { for choice in list.elements { decodeChoice(choice, into: &events) } }
        if !isOver, let counts, let usage = OpenAIChatUsage.decode(counts) {
            self.usage = usage
            events.append(.usage(usage))
        }
    }

    /// Most servers repeat these in every chunk; only news are told.
    private mutating func take(
        _ text: JSONText?, as known: WritableKeyPath<Self, JSONText?>, of event: (JSONText) -> StreamEvent,
        into events: inout [StreamEvent]
    ) {
        guard let text, !text.isEmpty, text != self[keyPath: known] else { return }
        self[keyPath: known] = text
        events.append(event(text))
    }

    /// The upstream closed.
    mutating func finish(into events: inout [StreamEvent]) {
        guard !isOver else { return }
        // Many servers never send `[DONE]`; a finish of every choice proves as well that the answer is whole.
        if !context.capabilities.endsStreamsWithDone, !choices.isEmpty, choices.allSatisfy({ $0.finish != nil }) {
            end(into: &events)
        } else {
            isOver = true
            events.append(.error(.truncated))
        }
    }

    private mutating func end(into events: inout [StreamEvent]) {
        guard hasStarted else {
            fail("the upstream ended its answer before it began", into: &events)
            return
        }
        if choices.isEmpty { choices.append(OpenAIChatChoiceState(index: 0, context: context)) }
        for position in choices.indices {
            if let problem = choices[position].releaseTags(seed: seed, context: context, into: &events)
                ?? choices[position].closeAll(seed: seed, context: context, into: &events)
            {
                fail(problem, into: &events)
                return
            }
            choices[position].releaseAnnotations(into: &events)
            events.append(.finish(choice: choices[position].index, choices[position].finalFinish))
        }
        isOver = true
        events.append(.end)
    }

    private mutating func decodeChoice(_ choice: JSONValue, into events: inout [StreamEvent]) {
        guard !isOver, choice.kind == .object else { return }
        var index = 0
        var delta: JSONValue?
        var finish: JSONValue?
        var logprobs: JSONValue?
        for member in choice.members {
            if member.isNamed("delta") {
                delta = member.value
            } else if member.isNamed("finish_reason") {
                finish = member.value
            } else if member.isNamed("index") {
                index = member.value.int ?? 0
            } else if member.isNamed("logprobs") {
                logprobs = member.value
            }
        }
        guard let position = position(of: index) else {
            fail("the upstream sent a choice with an impossible index", into: &events)
            return
        }
        if let delta, delta.kind == .object,
            let problem = choices[position].decode(delta, seed: seed, context: context, into: &events)
        {
            fail(problem, into: &events)
            return
        }
        if let logprobs, logprobs.kind == .object { events.append(.logprobs(choice: index, logprobs)) }
        if let finish, !finish.isNull {
            if finish.isString("error") {
                isOver = true
                events.append(.error(.endedInError))
                return
            }
            choices[position].finish = OpenAIChatFinish.decode(finish) ?? choices[position].finish
        }
    }

    /// Where a choice's state is; made on first sight.
    ///
    /// The bound keeps hostile indexes from costing memory.
    private mutating func position(of index: Int) -> Int? {
        if let position = choices.firstIndex(where: { $0.index == index }) { return position }
        guard (0..<128).contains(index) else { return nil }
        choices.append(OpenAIChatChoiceState(index: index, context: context))
        return choices.count - 1
    }

    private mutating func fail(_ message: String, into events: inout [StreamEvent]) {
        isOver = true
        events.append(.error(.malformed(message)))
    }
}

extension [UInt8] {
    /// Whether an event's data is the terminator of a chat stream.
    var isDoneMarker: Bool {
        guard count >= 6, self[0] == UInt8(ascii: "[") else { return false }
        return elementsEqual("[DONE]".utf8) || String(decoding: self, as: UTF8.self).hasPrefix("[DONE]") && count < 16
    }
}

extension UpstreamFault {
    /// The upstream closed before its dialect's terminator.
    static var truncated: UpstreamFault {
        UpstreamFault(
            .upstream, message: "the upstream closed the stream before the answer was complete", code: "truncated")
    }

    /// `finish_reason: "error"`, as routers in front of other providers write it.
    static var endedInError: UpstreamFault {
        UpstreamFault(.upstream, message: "the upstream ended its answer with an error")
    }

    static func malformed(_ message: String) -> UpstreamFault {
        UpstreamFault(.upstream, message: message, code: "malformed_answer")
    }
}
