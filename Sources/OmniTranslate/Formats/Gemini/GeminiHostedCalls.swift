import OmniJSON

/// Calls of the tools Google runs: code and its result are parts that follow each other, of searches and pages only
/// the metadata beside the content tells.
struct GeminiHostedCalls: Sendable {
    /// The code whose result has not come.
    private var waiting: HostedCall?
    private var count = 0

    /// - Parameter name: of the part's data field.
    /// - Returns: what is whole with this part; nothing while a result is awaited; nil for any other part, such as a
    ///   result without its code.
    mutating func add(_ part: JSONValue, named name: JSONText, seed: JSONText?) -> [HostedCall]? {
        let piece = UnknownPart(type: name, origin: .gemini, raw: part)
        if GeminiField.matches(name, "executableCode"),
            let value = GeminiField.value("executableCode", in: part), let code = value["code"]?.text
        {
            let before = takeWaiting()
            count += 1
            let id = value["id"]?.text ?? StableID.text("code_", seed?.escaped ?? [], salt: count)
            waiting = HostedCall(id: id, action: .run(code: code, .python), pieces: [piece])
            return before
        }
        guard GeminiField.matches(name, "codeExecutionResult"),
            let value = GeminiField.value("codeExecutionResult", in: part), var call = waiting
        else { return nil }
        waiting = nil
        var outcome = HostedCall.Outcome()
        outcome.text = value["output"]?.text ?? .empty
        outcome.hasFailed = !(value["outcome"]?.text?.equals("OUTCOME_OK") ?? true)
        call.outcome = outcome
        call.pieces.append(piece)
        return [call]
    }

    /// The code that got no result, because the answer ended before.
    mutating func takeWaiting() -> [HostedCall] {
        defer { waiting = nil }
        return waiting.map { [$0] } ?? []
    }

    /// The same parts with code and results put together.
    static func paired(_ parts: [Part]) -> [Part] {
        var calls = GeminiHostedCalls()
        var paired: [Part] = []
        for part in parts {
            if case .unknown(let piece) = part, let whole = calls.add(piece.raw, named: piece.type, seed: nil) {
                paired += whole.map(Part.hostedCall)
            } else {
                paired.append(part)
            }
        }
        return paired + calls.takeWaiting().map(Part.hostedCall)
    }

    // MARK: Metadata

    /// The searches and the pages a candidate's metadata tells of, as one call and one call each.
    static func decode(grounding: JSONValue?, pages: JSONValue?, seed: JSONText?) -> [HostedCall] {
        var calls: [HostedCall] = []
        let queries = grounding?.present("webSearchQueries")?.elements.compactMap(\.text) ?? []
        if !queries.isEmpty {
            var outcome = HostedCall.Outcome()
            for chunk in grounding?.present("groundingChunks")?.elements.map({ $0 }) ?? [] {
                guard let page = chunk.present("web"), let url = page["uri"]?.text else { continue }
                outcome.sources.append(.init(url: url, title: page["title"]?.text))
            }
            let id = StableID.text("search_", seed?.escaped ?? [])
            calls.append(HostedCall(id: id, action: .search(queries: queries), outcome: outcome))
        }
        for (index, page) in (pages?.present("urlMetadata")?.elements.map { $0 } ?? []).enumerated() {
            guard let url = page["retrievedUrl"]?.text else { continue }
            var outcome = HostedCall.Outcome()
            outcome.isFailure =
                !(page["urlRetrievalStatus"]?.text?.equals("URL_RETRIEVAL_STATUS_SUCCESS") ?? true)
            let id = StableID.text("page_", seed?.escaped ?? [], salt: index + 1)
            calls.append(HostedCall(id: id, action: .open(url: url), outcome: outcome))
        }
        return calls
    }

    /// Whether a call is told in the metadata and not among the parts.
    static func isMetadata(_ call: HostedCall) -> Bool {
        switch call.action {
        case .search, .open: true
        case .run, .server: false
        }
    }

    /// Writes a call as parts, with commas as the writer puts them.
    /// - Returns: false, with nothing written, for a call that is not told among the parts.
    static func writeParts(_ call: HostedCall, into writer: inout JSONWriter) -> Bool {
        if call.isNative(to: .gemini) {
            for piece in call.pieces { writer.value(piece.raw) }
            return true
        }
        guard case .run(let code, let language) = call.action else { return false }
        writer.beginObject()
        writer.key("executableCode")
        writer.beginObject()
        writer.key("language")
        // There is no word for any other language.
        writer.value(language == .python ? "PYTHON" : "LANGUAGE_UNSPECIFIED")
        writer.key("code")
        writer.value(code)
        writer.endObject()
        writer.endObject()
        guard let outcome = call.outcome else { return true }
        writer.beginObject()
        writer.key("codeExecutionResult")
        writer.beginObject()
        writer.key("outcome")
        writer.value(outcome.hasFailed || outcome.isFailure ? "OUTCOME_FAILED" : "OUTCOME_OK")
        writer.key("output")
        writer.value(outcome.text)
        writer.endObject()
        writer.endObject()
        return true
    }

    /// Writes `urlContextMetadata` as the next members of a candidate, if there were pages.
    static func writePages(_ calls: [HostedCall], into writer: inout JSONWriter) {
        let pages = calls.filter { if case .open = $0.action { true } else { false } }
        guard !pages.isEmpty else { return }
        writer.key("urlContextMetadata")
        writer.beginObject()
        writer.key("urlMetadata")
        writer.beginArray()
        for page in pages {
            guard case .open(let url) = page.action else { continue }
            writer.beginObject()
            writer.key("retrievedUrl")
            writer.value(url)
            writer.key("urlRetrievalStatus")
            let hasFailed = page.outcome?.isFailure ?? true
            writer.value(hasFailed ? "URL_RETRIEVAL_STATUS_ERROR" : "URL_RETRIEVAL_STATUS_SUCCESS")
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    /// What was searched for, in the order of the calls.
    static func queries(of calls: [HostedCall]) -> [JSONText] {
        calls.flatMap { if case .search(let queries) = $0.action { queries } else { [JSONText]() } }
    }

    /// What searches found, each address once, in the order of the calls.
    static func pages(of calls: [HostedCall]) -> [HostedCall.Source] {
        var pages: [HostedCall.Source] = []
        for call in calls {
            guard case .search = call.action else { continue }
            for page in call.outcome?.sources ?? [] where !pages.contains(where: { $0.url == page.url }) {
                pages.append(page)
            }
        }
        return pages
    }
}
