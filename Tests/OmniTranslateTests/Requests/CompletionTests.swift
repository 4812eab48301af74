import Foundation
import OmniJSON
import Testing

@testable import OmniTranslate

@Suite("POST /v1/completions") struct CompletionTests {
    private func asked(_ fields: String) throws -> JSONValue {
        let body = try JSONValue(parsing: Array(#"{"model":"m",\#(fields)}"#.utf8))
        let request = try Translator.decodeRequest(body, from: .openAIChat, isGenerate: true)
        return try JSONValue(
            parsing: Translator.encodeRequest(request, to: .openAIChat, context: .sample()).body)
    }

    @Test(arguments: [#""Say \"hi\"""#, #"["Say \"hi\""]"#])
    func aPromptIsOneTurnOfTheUser(prompt: String) throws {
        let body = try asked(#""prompt":\#(prompt),"max_tokens":5,"stop":["x"],"suffix":"","best_of":1,"echo":false"#)
        #expect(body["messages"]?.rawText == #"[{"role":"user","content":"Say \"hi\""}]"#)
        #expect(body["stop"]?.rawText == #"["x"]"# && body["prompt"] == nil && body["best_of"] == nil)
    }

    @Test(arguments: [
        (#""messages":[{"role":"user","content":"x"}]"#, "prompt"), (#""prompt":[1,2]"#, "prompt"),
        (#""prompt":[]"#, "prompt"), (#""prompt":["a","b"]"#, "prompt"), (#""prompt":7"#, "prompt"),
        (#""prompt":"a","suffix":"b""#, "suffix"), (#""prompt":"a","echo":true"#, "echo"),
        (#""prompt":"a","logprobs":3"#, "logprobs"), (#""prompt":"a","best_of":3"#, "best_of"),
    ])
    func whatAConversationCannotSayIsRefused(fields: String, place: String) {
        #expect { try asked(fields) } throws: { ($0 as? TranslationError)?.path == place }
    }

    private static var context: TranslationContext {
        var context = TranslationContext.sample(includesStreamUsage: true)
        context.answersAsGenerate = true
        return context
    }

    private static let chunk = #""id":"1","object":"chat.completion.chunk","created":5,"model":"m""#

    @Test func theAnswerIsBareText() throws {
        let answer = try JSONValue(
            parsing: Array(
                #"{"id":"1","created":5,"choices":[{"index":0,"message":{"content":"Hi\u0021","reasoning_content":"Hm"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#
                    .utf8))
        let response = try Translator.translateResponse(
            answer, from: .openAIChat, to: .openAIChat, context: Self.context)
        let body = try JSONValue(parsing: response.body)
        #expect(body["object"]?.string == "text_completion" && body["created"]?.int == 5)
        #expect(body["model"]?.string == Self.context.requestedModel)
        #expect(
            body["choices"]?.rawText == #"[{"text":"Hi\u0021","index":0,"logprobs":null,"finish_reason":"length"}]"#)
        #expect(body["usage"]?["total_tokens"]?.int == 3)
        #expect(response.report.losses.map(\.field) == ["reasoning_content"])
    }

    @Test func theStreamIsBareText() throws {
        let deltas = [#"{"content":"Hi"}"#, #"{"content":" there"}"#]
        let stream =
            deltas.map {
                "data: {\(Self.chunk),\"choices\":[{\"index\":0,\"delta\":\($0),\"finish_reason\":null}]}\n\n"
            }
            .joined()
            + "data: {\(Self.chunk),\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
            + "data: {\(Self.chunk),\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n"
            + "data: [DONE]\n\n"
        var translator = StreamTranslator(from: .openAIChat, to: .openAIChat, context: Self.context)
        var output: [UInt8] = []
        for byte in stream.utf8 { _ = withUnsafeBytes(of: byte) { translator.push($0, into: &output) } }
        #expect(translator.finish(into: &output).isComplete)
        let events = String(decoding: output, as: UTF8.self).components(separatedBy: "\n\n").dropLast()
        #expect(events.last == "data: [DONE]")
        let chunks = try events.dropLast().map { try JSONValue(parsing: Array($0.dropFirst(6).utf8)) }
        #expect(
            chunks.compactMap { $0["choices"]?.rawText } == [
                #"[{"text":"Hi","index":0,"logprobs":null,"finish_reason":null}]"#,
                #"[{"text":" there","index":0,"logprobs":null,"finish_reason":null}]"#,
                #"[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]"#, "[]",
            ])
        #expect(chunks.allSatisfy { $0["object"]?.string == "text_completion" })
        #expect(chunks.last?["usage"]?["total_tokens"]?.int == 3)
    }
}
