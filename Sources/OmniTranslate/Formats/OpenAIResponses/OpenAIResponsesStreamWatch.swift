import OmniJSON

/// What a Responses stream that is passed on shows of its progress, event by event.
struct OpenAIResponsesStreamWatch: Sendable {
    private(set) var usage: Usage?
    /// How many events there were; the number of one that is put in.
    private(set) var sequence = 0
    /// The whole response, as the last event told it.
    private(set) var answer: JSONValue?
    private(set) var tally = TextTally()

    /// Takes note of one event.
    /// - Returns: whether the upstream told an error.
    mutating func inspect(_ data: [UInt8], progress: inout StreamProgress) -> Bool {
        if data.isDoneMarker { return false }
        sequence += 1
        if progress.isMeaningful, !StreamHints.concernsResponses(data) {
            tally.add(event: data.count)
            return false
        }
        let body: JSONValue
        do throws(JSONError) {
            body = try JSONValue(parsing: data)
        } catch {
            // What is no JSON passes on like everything else, but before the commit point it is a reason to try elsewhere.
            if !progress.isMeaningful, error.code != .empty {
                fail(.malformed("the upstream sent an event that is not JSON: \(error)"), &progress)
            }
            return false
        }
        guard let type = body["type"]?.text else {
            guard let fault = OpenAIChatErrors.decode(body, status: nil) else { return false }
            fail(fault, &progress)
            return true
        }
        if type.equals("error") {
            fail(OpenAIResponsesErrors.fault(event: body), &progress)
            return true
        }
        let response = body.present("response")
        if type.equals("response.failed") || type.equals("response.cancelled") {
            let fault = response.flatMap(OpenAIResponsesErrors.fault(of:))
            usage = OpenAIResponsesUsage.decode(response?.present("usage")) ?? usage
            fail(fault ?? .malformed("the upstream sent an error"), &progress)
            return true
        }
        if type.equals("response.completed") || type.equals("response.incomplete") {
            usage = OpenAIResponsesUsage.decode(response?.present("usage")) ?? usage
            if type.equals("response.incomplete") || response?.holdsResponsesContent ?? false {
                progress.isMeaningful = true
            }
            progress.isComplete = progress.failure == nil
            answer = response
        } else if type.equals("response.output_item.added") {
            // Messages and thoughts begin empty; every other item is content from its start.
            let item = body.present("item")?["type"]?.text ?? .empty
            if !item.equals("message"), !item.equals("reasoning") { progress.isMeaningful = true }
        } else if type.equals("response.output_item.done") {
            if body.present("item")?.isResponsesContent ?? false { progress.isMeaningful = true }
        } else if type.equals("response.content_part.done") {
            if body.present("part")?.isResponsesPartContent ?? false { progress.isMeaningful = true }
        } else if !Self.openings.contains(where: { type.equals($0) }) {
            // A piece of nothing, and a text that is done without a word in it, say nothing.
            if (body["delta"] ?? body["text"])?.text?.isEmpty != true { progress.isMeaningful = true }
            if let delta = body.present("delta")?.text {
                tally.add(event: data.count, text: delta.escaped.count)
            }
        }
        return false
    }

    /// Events that come before there is anything to read.
    private static let openings: [StaticString] = [
        "response.created", "response.in_progress", "response.queued", "response.content_part.added",
        "response.reasoning_summary_part.added", "keepalive",
    ]

    private func fail(_ fault: UpstreamFault, _ progress: inout StreamProgress) {
        if progress.failure == nil { progress.failure = fault }
    }
}
