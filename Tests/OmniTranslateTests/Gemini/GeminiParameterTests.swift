import OmniJSON
import Testing

@testable import OmniTranslate

/// Parameters of a request on their way to Gemini, reasoning among them.
@Suite struct GeminiParameterTests {
    private let messages = #""messages":[{"role":"user","content":"hi"}]"#

    @Test("the model and the stream are in the URL")
    func noModel() throws {
        let result = try chatToGemini(messages + #","stream":true"#)
        #expect(result.body.members.map(\.name.string) == ["contents"])
    }

    @Test(
        "C163 C164 parameters and their names",
        arguments: [
            (#""temperature":1.7"#, #"{"temperature":1.7}"#), (#""top_p":0.5"#, #"{"topP":0.5}"#),
            (#""seed":7"#, #"{"seed":7}"#), (#""presence_penalty":0.1"#, #"{"presencePenalty":0.1}"#),
            (#""frequency_penalty":0.1"#, #"{"frequencyPenalty":0.1}"#), (#""n":2"#, #"{"candidateCount":2}"#),
            (#""max_tokens":9"#, #"{"maxOutputTokens":9}"#), (#""stop":"END""#, #"{"stopSequences":["END"]}"#),
            (#""logprobs":true,"top_logprobs":2"#, #"{"responseLogprobs":true,"logprobs":2}"#),
            (#""response_format":{"type":"json_object"}"#, #"{"responseMimeType":"application/json"}"#),
            (#""modalities":["text","image"]"#, #"{"responseModalities":["TEXT","IMAGE"]}"#),
        ])
    func parameters(field: String, expected: String) throws {
        let result = try chatToGemini(messages + "," + field)
        #expect(result.text("generationConfig") == expected && result.losses == [])
    }

    @Test(
        "what Gemini has no place for is reported, and refused when strict",
        arguments: [
            (#""logit_bias":{"1":1}"#, "logit_bias:unsupported"), (#""prediction":{}"#, "prediction:unsupported"),
            (#""service_tier":"fast""#, "service_tier:unsupported"),
            (
                #""parallel_tool_calls":false,"tools":[{"type":"function","function":{"name":"f"}}]"#,
                "parallel_tool_calls:unsupported"
            ),
        ])
    func losses(field: String, loss: String) throws {
        #expect(try chatToGemini(messages + "," + field).losses == [loss])
        let refused = geminiFailure { try chatToGemini(messages + "," + field, isStrict: true) }
        #expect(refused?.code == .unsupported && loss.hasPrefix(refused?.path ?? "?"))
    }

    @Test(
        "hints are left out silently",
        arguments: [
            #""verbosity":"low""#, #""user":"u""#, #""metadata":{"a":"b"}"#, #""prompt_cache_key":"k""#,
            #""service_tier":"auto""#,
        ])
    func silent(field: String) throws {
        #expect(
            try chatToGemini(messages + "," + field, isStrict: true).body.members.map(\.name.string) == ["contents"])
    }

    @Test("the end user is a label at Vertex")
    func labels() throws {
        let result = try chatToGemini(messages + #","user":"Ada@example.com""#, provider: "vertex")
        let label = try #require(result.body.value(at: "labels.user")?.string)
        #expect(label.hasPrefix("user_") && !label.contains("@"))
    }

    @Test("before 3, a fixed form beside functions is asked for in words")
    func formatWithTools() throws {
        let fields =
            messages
            + #","response_format":{"type":"json_object"},"tools":[{"type":"function","function":{"name":"f"}}]"#
        let result = try chatToGemini(fields, model: "gemini-2.5-flash")
        #expect(result.text("generationConfig") == nil && result.losses == ["response_format:instructed"])
        #expect(result.text("systemInstruction.parts.0.text")?.contains("JSON object") == true)
        #expect(try chatToGemini(fields).losses == [])
    }

    // MARK: Reasoning

    @Test(
        "A.9 effort, by level from 3 on and by budget at 2.5",
        arguments: [
            ("gemini-3-flash-preview", "none", #"{"thinkingLevel":"MINIMAL"}"#, ["reasoning_effort:lowest"]),
            ("gemini-3-flash-preview", "minimal", #"{"includeThoughts":true,"thinkingLevel":"MINIMAL"}"#, []),
            ("gemini-3.7-flash", "minimal", #"{"includeThoughts":true,"thinkingLevel":"LOW"}"#, []),
            ("gemini-3.7-flash", "none", #"{"thinkingLevel":"LOW"}"#, ["reasoning_effort:lowest"]),
            ("gemini-3-pro-preview", "medium", #"{"includeThoughts":true,"thinkingLevel":"LOW"}"#, []),
            ("gemini-3.1-pro-preview", "medium", #"{"includeThoughts":true,"thinkingLevel":"MEDIUM"}"#, []),
            ("gemini-3-pro-preview", "max", #"{"includeThoughts":true,"thinkingLevel":"HIGH"}"#, []),
            ("gemini-flash-latest", "high", #"{"includeThoughts":true,"thinkingLevel":"HIGH"}"#, []),
            ("gemini-2.5-flash", "none", #"{"thinkingBudget":0}"#, []),
            ("gemini-2.5-pro", "none", #"{"thinkingBudget":128}"#, ["reasoning_effort:lowest"]),
            ("gemini-2.5-pro", "low", #"{"includeThoughts":true,"thinkingBudget":1024}"#, []),
            ("gemini-2.5-flash", "high", #"{"includeThoughts":true,"thinkingBudget":24576}"#, []),
            ("gemini-2.5-pro", "max", #"{"includeThoughts":true,"thinkingBudget":32768}"#, []),
        ] as [(String, String, String, [String])])
    func effort(model: String, effort: String, expected: String, losses: [String]) throws {
        let result = try chatToGemini(messages + #","reasoning_effort":"\#(effort)""#, model: model)
        #expect(result.text("generationConfig.thinkingConfig") == expected && result.losses == losses)
    }

    @Test func modelsThatDoNotThink() throws {
        let result = try chatToGemini(messages + #","reasoning_effort":"low""#, model: "gemini-2.0-flash")
        #expect(result.text("generationConfig") == nil && result.losses == ["reasoning_effort:unsupported"])
    }

    @Test("C117 a budget must leave room for the answer")
    func budget() throws {
        let thinking = messages + #","thinking":{"type":"enabled","budget_tokens":2000}"#
        let result = try anthropicToGemini(thinking, model: "gemini-2.5-flash")
        #expect(result.text("generationConfig.maxOutputTokens") == "2100")
        #expect(result.text("generationConfig.thinkingConfig.thinkingBudget") == "2000")
        #expect(result.losses == ["max_tokens:raised"])
        let level = try anthropicToGemini(thinking)
        #expect(level.text("generationConfig.thinkingConfig.thinkingLevel") == #""LOW""#)
        let huge = messages + #","thinking":{"type":"enabled","budget_tokens":9000000}"#
        #expect(
            try anthropicToGemini(huge, model: "gemini-2.5-pro").losses == ["thinking:clamped", "max_tokens:raised"])
    }

    @Test(
        "C120 level and budget together: the one the model knows",
        arguments: [
            ("gemini-3-pro-preview", #"{"includeThoughts":true,"thinkingLevel":"HIGH"}"#),
            ("gemini-2.5-pro", #"{"includeThoughts":true,"thinkingBudget":512}"#),
        ])
    func both(model: String, expected: String) throws {
        let fields =
            #""contents":[{"parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true,"thinkingBudget":512,"thinkingLevel":"HIGH"}}"#
        #expect(try geminiTo(.gemini, fields, model: model).text("generationConfig.thinkingConfig") == expected)
    }

    @Test("thoughts the client will not see are not asked for")
    func hiddenThoughts() throws {
        let result = try GeminiRequestTranslation(
            #"{"model":"m",\#(messages),"reasoning_effort":"low"}"#, from: .openAIChat, to: .gemini,
            model: "gemini-3-flash-preview", provider: "gemini", showsReasoning: false)
        #expect(result.text("generationConfig.thinkingConfig") == #"{"thinkingLevel":"LOW"}"#)
    }
}
