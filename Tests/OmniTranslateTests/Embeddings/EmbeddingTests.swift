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

    @Test(arguments: [
        EmbeddingDialect.openAI, .mistral, .nvidia, .voyage, .jina, .cohere, .geminiBatch, .ollama,
    ])
    func everyUpstreamIsAskedInItsWords(dialect: EmbeddingDialect) throws {
        let body = #"""
            {"model":"x","input":["a"],"encoding_format":"base64","dimensions":8,"user":"u","input_type":"search_query",
            "truncate":"NONE","output_dtype":"float"}
            """#
        let request = try EmbeddingRequest(JSONValue(parsing: Array(body.utf8)), of: .openAI)
        var report = TranslationReport()
        let written = try request.encoded(to: dialect, model: "m", isStrict: false, report: &report)
        let lost = report.losses.map { "lost: \($0.field)\n" }.joined()
        try GoldenFile.expect(
            JSONValue(parsing: written).indented() + "\n" + lost,
            in: "golden-services/embedding.\(dialect).request.txt")
    }

    @Test(arguments: [
        ("query", "retrieval.query", "search_query", "RETRIEVAL_QUERY"),
        ("retrieval.passage", "retrieval.passage", "search_document", "RETRIEVAL_DOCUMENT"),
        ("separation", "separation", "clustering", "CLUSTERING"),
        ("classification", "classification", "classification", "CLASSIFICATION"),
        ("text-matching", "text-matching", "search_document", "SEMANTIC_SIMILARITY"),
    ])
    func tasksAreTranslated(word: String, jina: String, cohere: String, gemini: String) throws {
        let body = #"{"model":"x","input":"a","task":"\#(word)"}"#
        let request = try EmbeddingRequest(JSONValue(parsing: Array(body.utf8)), of: .openAI)
        for (dialect, member) in [
            (.jina, #""task":"\#(jina)""#), (.cohere, #""input_type":"\#(cohere)""#),
            (.geminiBatch, #""taskType":"\#(gemini)""#),
        ] as [(EmbeddingDialect, String)] {
            var report = TranslationReport()
            let written = try request.encoded(to: dialect, model: "m", isStrict: false, report: &report)
            #expect(String(decoding: written, as: UTF8.self).contains(member))
        }
    }

    @Test func wordsOfOneServerReachIt() throws {
        let body = #"{"model":"x","input":"a","task":"code.query","late_chunking":true,"embedding_type":"base64"}"#
        let request = try EmbeddingRequest(JSONValue(parsing: Array(body.utf8)), of: .openAI)
        var report = TranslationReport()
        let written = try request.encoded(to: .jina, model: "m", isStrict: true, report: &report)
        #expect(
            String(decoding: written, as: UTF8.self)
                == #"{"model":"m","input":["a"],"task":"code.query","late_chunking":true,"embedding_type":"base64"}"#)
    }

    @Test func theFingerprintIsOfWhatShapesVectors() throws {
        func fingerprint(_ body: String, of dialect: EmbeddingDialect = .openAI) throws -> [[UInt8]] {
            try EmbeddingRequest(JSONValue(parsing: Array(body.utf8)), of: dialect).fingerprint
        }
        let plain = try fingerprint(#"{"input":"a"}"#)
        #expect(try fingerprint(#"{"input":["\u0061"],"encoding_format":"base64","user":"u"}"#) == plain)
        #expect(try fingerprint(#"{"content":{"parts":[{"text":"a"}]}}"#, of: .gemini) == plain)
        for other in [
            #"{"input":"b"}"#, #"{"input":["a","a"]}"#, #"{"input":"a","dimensions":8}"#, #"{"input":[97]}"#,
            #"{"input":"a","task":"query"}"#, #"{"input":"a","output_dtype":"int8"}"#,
            #"{"input":"a","truncate":false}"#,
        ] {
            #expect(try fingerprint(other) != plain)
        }
    }

    @Test func whatIsKeptIsReadAgain() throws {
        let body = #"{"data":[{"embedding":[1e-3,2]},{"embedding":"AACAPwAAIMA="}],"usage":{"total_tokens":3}}"#
        let answer = try EmbeddingAnswer(JSONValue(parsing: Array(body.utf8)), of: .voyage, inputs: 2)
        #expect(answer.tokens == 3)
        #expect(answer.vectors.map(\.dimensions) == [2, 2])
        let again = try EmbeddingAnswer(JSONValue(parsing: answer.kept), of: .openAI, inputs: 2)
        #expect(again.kept == answer.kept)
        #expect(again.tokens == 3)
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
