import OmniJSON
import Testing

@testable import OmniTranslate

/// Requests for embeddings and their answers, between the dialects.
@Suite struct EmbeddingTests {
    @Test(
        arguments: [
            (
                .openAI,
                #"{"model":"m","input":["a","b"],"encoding_format":"float","dimensions":8,"user":"u"}"#
            ),
            (
                .geminiBatch,
                #"{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":8},{"model":"models/m","content":{"parts":[{"text":"b"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":8}]}"#
            ),
            (.ollama, #"{"model":"m","input":["a","b"],"dimensions":8}"#),
            (
                .cohere,
                #"{"model":"m","texts":["a","b"],"input_type":"search_query","embedding_types":["float"],"output_dimension":8}"#
            ),
        ] as [(EmbeddingDialect, String)]
    )
    func requestsAreWritten(dialect: EmbeddingDialect, expected: String) throws {
        let body = #"{"model":"x","input":["a","b"],"dimensions":8,"user":"u","input_type":"query"}"#
        let request = try EmbeddingRequest(JSONValue(parsing: Array(body.utf8)), of: .openAI)
        var report = TranslationReport()
        let written = try request.encoded(to: dialect, model: "m", isStrict: false, report: &report)
        #expect(String(decoding: written, as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            (
                .openAI,
                #"{"data":[{"index":1,"embedding":[2.50]},{"index":0,"embedding":[1e-3]}],"usage":{"prompt_tokens":7}}"#,
                7
            ),
            (.geminiBatch, #"{"embeddings":[{"values":[1e-3]},{"values":[2.50]}]}"#, nil),
            (.ollama, #"{"embeddings":[[1e-3],[2.50]],"prompt_eval_count":7}"#, 7),
            (.cohere, #"{"embeddings":{"float":[[1e-3],[2.50]]},"meta":{"billed_units":{"input_tokens":7}}}"#, 7),
        ] as [(EmbeddingDialect, String, Int?)]
    )
    func answersKeepOrderAndNumbers(dialect: EmbeddingDialect, body: String, tokens: Int?) throws {
        let answer = try EmbeddingAnswer(JSONValue(parsing: Array(body.utf8)), of: dialect, inputs: 2)
        #expect(answer.tokens == tokens)
        let written = try answer.encoded(to: .ollama, encoding: .float, model: "m")
        #expect(String(decoding: written, as: UTF8.self).contains(#""embeddings":[[1e-3],[2.50]]"#))
    }

    @Test func aVectorTooFewIsAnError() throws {
        let body = try JSONValue(parsing: Array(#"{"embeddings":[[1]]}"#.utf8))
        #expect(throws: TranslationError.self) { try EmbeddingAnswer(body, of: .ollama, inputs: 2) }
    }

    @Test func base64IsReadAndWritten() throws {
        let floats = try JSONValue(parsing: Array(#"{"embeddings":[[1,-2.5]]}"#.utf8))
        let written = try EmbeddingAnswer(floats, of: .ollama, inputs: 1)
            .encoded(to: .openAI, encoding: .base64, model: "m")
        #expect(String(decoding: written, as: UTF8.self).contains(#""embedding":"AACAPwAAIMA=""#))
        let back = try EmbeddingAnswer(JSONValue(parsing: written), of: .openAI, inputs: 1)
            .encoded(to: .geminiBatch, encoding: .float, model: "m")
        #expect(String(decoding: back, as: UTF8.self) == #"{"embeddings":[{"values":[1.0,-2.5]}]}"#)
    }

    @Test(arguments: [#"[1,-2.5]"#, #""AACAPwAAIMA=""#])
    func numbersAreReadHoweverTheyAreWritten(vector: String) throws {
        let body = try JSONValue(parsing: Array(#"{"data":[{"index":0,"embedding":\#(vector)}]}"#.utf8))
        let answer = try EmbeddingAnswer(body, of: .openAI, inputs: 1)
        #expect(try answer.vectors.map { try $0.numbers() } == [[1, -2.5]])
    }

    @Test(arguments: [#"["x"]"#, "[1e99]", #""AACA""#, #""!""#])
    func whatIsNoVectorIsAnError(vector: String) throws {
        let body = try JSONValue(parsing: Array(#"{"data":[{"index":0,"embedding":\#(vector)}]}"#.utf8))
        let answer = try EmbeddingAnswer(body, of: .openAI, inputs: 1)
        #expect(throws: TranslationError.self) { try answer.vectors.first?.numbers() }
    }

    @Test func strictRequestsRefuseLosses() throws {
        let body = try JSONValue(parsing: Array(#"{"model":"m","input":"a","user":"u"}"#.utf8))
        let request = try EmbeddingRequest(body, of: .openAI)
        var report = TranslationReport()
        #expect(throws: TranslationError.self) {
            try request.encoded(to: .ollama, model: "m", isStrict: true, report: &report)
        }
        _ = try request.encoded(to: .ollama, model: "m", isStrict: false, report: &report)
        #expect(report.losses.map(\.field) == ["user"])
    }
}
