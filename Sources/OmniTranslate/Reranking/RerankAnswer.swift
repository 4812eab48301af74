public import OmniJSON

/// The ranking of an answer, best first.
public struct RerankAnswer: Sendable {
    /// One document's place.
    public struct Result: Sendable {
        /// The document's position in the request.
        public var index: Int
        /// As the upstream wrote it.
        public var score: JSONNumber
    }

    public private(set) var results: [Result]
    /// What the upstream billed; nil when it does not say.
    public private(set) var searchUnits: Int?
    /// Tokens of query and documents; nil when the upstream does not say.
    public private(set) var tokens: Int?
    public private(set) var id: JSONText?

    /// Reads an upstream's answer.
    ///
    /// - Parameter documents: how many there were.
    /// - Throws: an error of code malformedAnswer, also when a document is named twice or was never sent.
    public init(_ body: JSONValue, of dialect: RerankDialect, documents: Int) throws(TranslationError) {
        let listed =
            dialect == .nvidia ? body.present("rankings") : body.present("results") ?? body.present("data")
        guard let listed, listed.kind == .array else {
            throw TranslationError(.malformedAnswer, "there is no list of results")
        }
        results = []
        var seen: Set<Int> = []
        for (position, element) in listed.elements.enumerated() {
            let score = element.present("relevance_score") ?? element.present("score") ?? element.present("logit")
            guard let index = element.present("index")?.int, (0..<documents).contains(index),
                seen.insert(index).inserted, let score = score?.number
            else { throw TranslationError(.malformedAnswer, "a result has no document or score", at: "[\(position)]") }
            results.append(Result(index: index, score: score))
        }
        let meta = body.present("meta")
        let billed = meta?.present("billed_units")
        searchUnits = billed?.present("search_units")?.int
        let usage = body.present("usage")
        tokens =
            (usage?.present("prompt_tokens") ?? usage?.present("total_tokens")
            ?? meta?.present("tokens")?.present("input_tokens") ?? billed?.present("input_tokens"))?.int
        id = body.present("id")?.text
    }

    /// Writes the answer for a client, no more results than it wanted.
    ///
    /// Some upstreams answer with all, and in the order of the documents; scores keep the text they came with.
    /// - Parameters:
    ///   - model: the name it is given out as.
    ///   - id: what the answer is called when the upstream gave it no name.
    public func encoded(for request: RerankRequest, model: String, id fallback: String) -> [UInt8] {
        let ranked = results.map { (result: $0, score: $0.score.double ?? 0) }
            .sorted { ($1.score, $0.result.index) < ($0.score, $1.result.index) }
            .prefix(request.limit ?? results.count).map(\.result)
        var writer = JSONWriter(reservingCapacity: ranked.count * 64 + 256)
        writer.beginObject()
        switch request.answerDialect {
        case .cohere:
            writer.key("id")
            if let id { writer.value(id) } else { writer.string(fallback) }
            writer.key("model")
            writer.string(model)
            writer.key("results")
            write(ranked, for: request, into: &writer)
            writeMeta(into: &writer)
        case .voyage:
            writer.key("object")
            writer.value("list")
            writer.key("data")
            write(ranked, for: request, into: &writer)
            writer.key("model")
            writer.string(model)
        }
        // Jina's, Together's and Voyage's clients read it.
        if tokens != nil || request.answerDialect == .voyage {
            writer.key("usage")
            writer.beginObject()
            writer.key("total_tokens")
            writer.value(tokens ?? 0)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    private func write(_ results: [Result], for request: RerankRequest, into writer: inout JSONWriter) {
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.key("index")
            writer.value(result.index)
            writer.key("relevance_score")
            writer.value(result.score)
            if request.returnsDocuments {
                writer.key("document")
                switch request.documents[result.index] {
                case .object(let object, _): writer.value(object)
                case .text(let text) where request.answerDialect == .voyage: writer.value(text)
                case .text(let text):
                    writer.beginObject()
                    writer.key("text")
                    writer.value(text)
                    writer.endObject()
                }
            }
            writer.endObject()
        }
        writer.endArray()
    }

    private func writeMeta(into writer: inout JSONWriter) {
        writer.key("meta")
        writer.beginObject()
        writer.key("api_version")
        writer.beginObject()
        writer.key("version")
        writer.value("2")
        writer.endObject()
        if let searchUnits {
            writer.key("billed_units")
            writer.beginObject()
            writer.key("search_units")
            writer.value(searchUnits)
            writer.endObject()
        }
        writer.endObject()
    }
}
