import OmniJSON
import Testing

@testable import OmniTranslate

/// Losses and errors are told in the words of whoever wrote the request.
@Suite struct ClientFieldNameTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let client: WireFormat
        let upstream: WireFormat
        let model: String
        let request: String
        let losses: [String]

        var testDescription: String { "\(client.rawValue) to \(upstream.rawValue)" }
    }

    static let cases = [
        Case(
            client: .openAIChat, upstream: .anthropicMessages, model: "claude-opus-4-8",
            request:
                #"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","reasoning_content":"hm","tool_calls":[{"id":"c","type":"function","function":{"name":"t","arguments":"[1]"}}]},{"role":"tool","tool_call_id":"c","content":"r"}],"temperature":1,"top_p":0.5,"seed":1,"frequency_penalty":1,"logit_bias":{"1":1},"logprobs":true,"stop":[" "],"response_format":{"type":"json_object"},"service_tier":"flex"}"#,
            losses: [
                "reasoning_content", "tool_calls.arguments", "stop", "logprobs", "seed", "frequency_penalty",
                "logit_bias",
                "temperature", "top_p", "response_format", "service_tier",
            ]),
        Case(
            client: .openAIResponses, upstream: .anthropicMessages, model: "claude-opus-4-8",
            request:
                #"{"model":"m","input":[{"role":"user","content":"a"},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}]},{"type":"web_search_call","id":"ws_1"},{"type":"function_call","call_id":"c","name":"t","arguments":"[1]"},{"type":"function_call_output","call_id":"c","output":"r"}],"temperature":1,"top_p":0.5,"top_logprobs":2,"include":["message.output_text.logprobs"],"text":{"format":{"type":"json_object"},"x":1},"max_tool_calls":3}"#,
            losses: [
                "input.reasoning", "input.web_search_call", "input.function_call.arguments", "top_logprobs", "text.x",
                "temperature",
                "top_p", "text.format", "max_tool_calls",
            ]),
        Case(
            client: .anthropicMessages, upstream: .openAIResponses, model: "gpt-5.6",
            request:
                #"{"model":"m","max_tokens":3,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"EqAB"},{"type":"text","text":"b"}]},{"role":"user","content":[{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"x"}]}]}],"temperature":1,"top_p":0.5,"top_k":3,"stop_sequences":["a"],"thinking":{"type":"between_tools"},"output_config":{"task_budget":3,"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{}}}}},"tools":[{"name":"t","input_schema":{"type":"object"},"defer_loading":true}]}"#,
            losses: [
                "output_config.task_budget", "messages.search_result", "messages.thinking", "max_tokens", "temperature",
                "top_p", "top_k",
                "output_config.format", "thinking", "tools.defer_loading",
            ]),
        Case(
            client: .gemini, upstream: .openAIResponses, model: "gpt-5.6",
            request:
                #"{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"hm","thought":true},{"text":"b"},{"executableCode":{"code":"1"}}]},{"role":"user","parts":[{"text":"c"}]}],"generationConfig":{"maxOutputTokens":3,"temperature":1,"topP":0.5,"topK":3,"seed":1,"frequencyPenalty":1,"presencePenalty":1,"stopSequences":["a"],"speechConfig":{},"responseLogprobs":true,"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING"}}}},"labels":{"a":"b"}}"#,
            losses: [
                "generationConfig.speechConfig", "labels", "contents.thought", "contents.executableCode",
                "generationConfig.maxOutputTokens", "generationConfig.temperature", "generationConfig.topP",
                "generationConfig.topK",
                "generationConfig.frequencyPenalty", "generationConfig.presencePenalty", "generationConfig.seed",
                "generationConfig.responseMimeType",
                "generationConfig.responseLogprobs",
            ]),
        Case(
            client: .ollama, upstream: .openAIResponses, model: "gpt-5.6",
            request:
                #"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","thinking":"hm"},{"role":"user","content":"c"}],"options":{"num_predict":3,"temperature":1,"top_p":0.5,"top_k":3,"seed":1,"frequency_penalty":1,"presence_penalty":1,"stop":["a"],"min_p":0.1},"format":{"type":"object","properties":{"a":{}}},"truncate":true,"logprobs":true}"#,
            losses: [
                "messages.thinking", "truncate", "options.num_predict", "options.temperature", "options.top_p",
                "options.top_k",
                "options.seed", "options.frequency_penalty", "options.presence_penalty",
                "options.min_p", "format",
                "logprobs",
            ]),
    ]

    private func encode(
        _ request: String, _ client: WireFormat, to upstream: WireFormat, model: String, isStrict: Bool = false
    ) throws -> EncodedRequest {
        let decoded = try Translator.decodeRequest(
            JSONValue(parsing: Array(request.utf8)), from: client, pathModel: client == .gemini ? "m" : nil)
        let provider = upstream == .anthropicMessages ? "anthropic" : "openai"
        let context = TranslationContext(
            model: model, provider: provider, capabilities: .lookup(provider: provider, model: model, maxOutput: nil),
            isStrict: isStrict)
        return try Translator.encodeRequest(decoded, to: upstream, context: context)
    }

    @Test(arguments: cases)
    func lossesHaveTheClientsNames(sample: Case) throws {
        let encoded = try encode(sample.request, sample.client, to: sample.upstream, model: sample.model)
        #expect(encoded.report.losses.map(\.field).sorted() == sample.losses.sorted())
    }

    @Test(
        "errors too",
        arguments: [
            (
                .gemini,
                #"{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"candidateCount":2}}"#,
                "generationConfig.candidateCount"
            ),
            (
                .gemini,
                #"{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"video/mp4","data":"AAAA"}}]}]}"#,
                "contents"
            ),
            (
                .gemini,
                #"{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"responseModalities":["AUDIO"]}}"#,
                "generationConfig.responseModalities"
            ),
            (
                .openAIResponses,
                #"{"model":"m","input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}"#, "input"
            ),
            (.openAIChat, #"{"model":"m","messages":[{"role":"user","content":"a"}],"n":2}"#, "n"),
        ] as [(WireFormat, String, String)])
    func errorsHaveTheClientsNames(client: WireFormat, request: String, path: String) throws {
        let error = #expect(throws: TranslationError.self) {
            try encode(request, client, to: .anthropicMessages, model: "claude-opus-4-8")
        }
        #expect(error?.path == path)
    }

    @Test func strictErrorsHaveThemAsWell() throws {
        let request = #"{"model":"m","messages":[{"role":"user","content":"a"}],"options":{"seed":1}}"#
        let error = #expect(throws: TranslationError.self) {
            try encode(request, .ollama, to: .anthropicMessages, model: "claude-opus-4-8", isStrict: true)
        }
        #expect(error?.path == "options.seed")
    }

    @Test func theDocumentationHasTheSameTable() throws {
        let text = try SourceTree.text("docs/translation.md")
        let section = try #require(text.split(separator: "## Names").last?.split(separator: "\n## ").first)
        var rows: [String: [String]] = [:]
        for line in section.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                String($0.filter { $0 != " " && $0 != "`" })
            }
            rows[cells[1]] = Array(cells[2...5])
        }
        #expect(Set(rows.keys) == Set(ClientFieldName.table.keys))
        let formats: [WireFormat] = [.openAIResponses, .anthropicMessages, .gemini, .ollama]
        for (field, row) in ClientFieldName.table {
            #expect(rows[field] == formats.map { row.name(in: $0) ?? "" }, "\(field)")
        }
    }
}
