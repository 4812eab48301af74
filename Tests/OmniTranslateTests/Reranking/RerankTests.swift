import OmniJSON
import Testing

@testable import OmniTranslate

/// Requests to rank documents and their answers, between the dialects.
@Suite struct RerankTests {
    static let dialects: [RerankDialect] = [.cohere, .jina, .voyage, .together, .fireworks, .nvidia, .compatible]

    static let request = #"""
        {"model":"x","query":"capital?","documents":["Paris \u00e9","Bonn",{"text":"Rome","title":"Italy"}],"top_n":2,
        "return_documents":true,"max_tokens_per_doc":512,"rank_fields":["text"],"priority":1}
        """#

    /// Scores in the order of the documents, whose best is the last.
    static func answer(_ dialect: RerankDialect) -> String {
        switch dialect {
        case .cohere:
            #"{"id":"r1","results":[{"index":2,"relevance_score":0.9900},{"index":0,"relevance_score":0.5}],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1}}}"#
        case .jina, .together, .compatible:
            #"{"model":"m","usage":{"total_tokens":15},"results":[{"index":0,"relevance_score":0.5,"document":{"text":"x"}},{"index":2,"relevance_score":0.9900}]}"#
        case .voyage, .fireworks:
            #"{"object":"list","data":[{"relevance_score":0.9900,"index":2},{"relevance_score":0.5,"index":0}],"model":"m","usage":{"total_tokens":15}}"#
        case .nvidia:
            #"{"rankings":[{"index":1,"logit":-11.25},{"index":2,"logit":0.9900},{"index":0,"logit":0.5}]}"#
        }
    }

    private static func read(_ text: String) throws -> RerankRequest {
        try RerankRequest(JSONValue(parsing: Array(text.utf8)))
    }

    @Test(arguments: dialects) func requestsAreWritten(dialect: RerankDialect) throws {
        var report = TranslationReport()
        let written = try Self.read(Self.request)
            .encoded(to: dialect, model: "m", isStrict: false, report: &report)
        let lost = report.losses.map { "lost: \($0.field)\n" }.joined()
        try GoldenFile.expect(
            JSONValue(parsing: written).indented() + "\n" + lost, in: "golden-services/rerank.\(dialect).request.txt")
    }

    @Test(arguments: dialects) func answersAreReadBestFirst(dialect: RerankDialect) throws {
        let answer = try RerankAnswer(
            JSONValue(parsing: Array(Self.answer(dialect).utf8)), of: dialect, documents: 3)
        let written = answer.encoded(for: try Self.read(Self.request), model: "m", id: "fallback")
        try GoldenFile.expect(
            JSONValue(parsing: written).indented() + "\n", in: "golden-services/rerank.\(dialect).answer.txt")
    }

    @Test func voyagesClientsAreAnsweredInVoyagesWords() throws {
        let request = try Self.read(
            #"{"model":"x","query":"q","documents":["a","b"],"top_k":1,"truncation":true,"return_documents":true}"#)
        let answer = try RerankAnswer(
            JSONValue(parsing: Array(Self.answer(.jina).replacing("\"index\":2", with: "\"index\":1").utf8)), of: .jina,
            documents: 2)
        #expect(
            String(decoding: answer.encoded(for: request, model: "m", id: "f"), as: UTF8.self)
                == #"{"object":"list","data":[{"index":1,"relevance_score":0.9900,"document":"b"}],"model":"m","usage":{"total_tokens":15}}"#
        )
    }

    @Test(
        arguments: [
            (#"{"documents":["a"]}"#, "query"),
            (#"{"query":"","documents":["a"]}"#, "query"),
            (#"{"query":"q"}"#, "documents"),
            (#"{"query":"q","documents":[]}"#, "documents"),
            (#"{"query":"q","documents":"a"}"#, "documents"),
            (#"{"query":"q","documents":["a",1]}"#, "documents[1]"),
            (#"{"query":"q","documents":[{"text":1}]}"#, "documents[0].text"),
            (#"{"query":"q","documents":["a"],"top_n":0}"#, "top_n"),
            (#"{"query":"q","documents":["a"],"top_k":"1"}"#, "top_k"),
            (#"{"query":"q","documents":["a"],"return_documents":"yes"}"#, "return_documents"),
        ]
    )
    func mistakesAreNamed(body: String, path: String) throws {
        let error = #expect(throws: TranslationError.self) { try Self.read(body) }
        #expect(error?.code == .invalid)
        #expect(error?.path == path)
    }

    @Test func documentsWithoutTextGoOnlyWhereObjectsDo() throws {
        let request = try Self.read(#"{"query":"q","documents":[{"image":"https://example.com/a.png"}]}"#)
        var report = TranslationReport()
        let error = #expect(throws: TranslationError.self) {
            try request.encoded(to: .cohere, model: "m", isStrict: false, report: &report)
        }
        #expect(error?.path == "documents[0]")
        let written = try request.encoded(to: .jina, model: "m", isStrict: false, report: &report)
        #expect(String(decoding: written, as: UTF8.self).contains(#"[{"image":"https://example.com/a.png"}]"#))
    }

    @Test func strictRequestsRefuseLosses() throws {
        let request = try Self.read(#"{"query":"q","documents":["a"],"max_tokens_per_doc":9}"#)
        var report = TranslationReport()
        let error = #expect(throws: TranslationError.self) {
            try request.encoded(to: .voyage, model: "m", isStrict: true, report: &report)
        }
        #expect(error?.path == "max_tokens_per_doc")
    }

    @Test(
        arguments: [
            #"{}"#,
            #"{"results":{}}"#,
            #"{"results":[{"index":2,"relevance_score":1}]}"#,
            #"{"results":[{"index":-1,"relevance_score":1}]}"#,
            #"{"results":[{"index":0,"relevance_score":1},{"index":0,"relevance_score":1}]}"#,
            #"{"results":[{"index":0,"relevance_score":"1"}]}"#,
        ]
    )
    func answersOfOtherDocumentsAreRefused(body: String) throws {
        let error = #expect(throws: TranslationError.self) {
            try RerankAnswer(JSONValue(parsing: Array(body.utf8)), of: .cohere, documents: 2)
        }
        #expect(error?.code == .malformedAnswer)
    }
}
