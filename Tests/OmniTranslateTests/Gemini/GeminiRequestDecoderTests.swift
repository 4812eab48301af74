import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// What a Gemini client asks for, as the other dialects get it.
@Suite struct GeminiRequestDecoderTests {
    private let hello = #""contents":[{"parts":[{"text":"hi"}]}]"#

    private func decode(_ fields: String, isStreaming: Bool = false) throws -> CanonicalRequest {
        try Translator.decodeRequest(
            JSONValue(parsing: Array("{\(fields)}".utf8)), from: .gemini, pathModel: "gemini-x",
            isStreaming: isStreaming)
    }

    @Test("model and stream come from the URL")
    func url() throws {
        let request = try decode(hello, isStreaming: true)
        #expect(request.model == "gemini-x" && request.isStreaming && request.origin == .gemini)
        #expect(try geminiTo(.openAIChat, hello).text("model") == #""gpt-4o""#)
        #expect(try !decode(hello).isStreaming)
    }

    @Test("C188 snake case means the same")
    func snakeCase() throws {
        let camel =
            #""systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"snake_case":1}},"thoughtSignature":"c2ln"}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"x"}}}]}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object","properties":{"snake_case":{"type":"integer"}}}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},"generationConfig":{"topP":0.5,"maxOutputTokens":5,"stopSequences":["E"],"responseMimeType":"application/json","thinkingConfig":{"includeThoughts":true,"thinkingLevel":"LOW"}},"safetySettings":[{"category":"C"}]"#
        var snake = camel
        for name in [
            "systemInstruction", "inlineData", "mimeType", "functionCall", "thoughtSignature", "functionResponse",
            "functionDeclarations", "parametersJsonSchema", "toolConfig", "functionCallingConfig",
            "allowedFunctionNames", "generationConfig", "topP", "maxOutputTokens", "stopSequences", "responseMimeType",
            "thinkingConfig", "includeThoughts", "thinkingLevel", "safetySettings",
        ] {
            let other = name.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
            snake = snake.replacing("\"\(name)\"", with: "\"\(other)\"")
        }
        for target in WireFormat.allCases {
            #expect(try geminiTo(target, snake).encoded.body == geminiTo(target, camel).encoded.body, "\(target)")
        }
        #expect(
            try geminiTo(.openAIChat, snake).text("messages.2.tool_calls.0.function.arguments")
                == #""{\"snake_case\":1}""#)
    }

    @Test("calls without ids are matched by name, then by order")
    func matching() throws {
        func call(_ name: String) -> String { #"{"functionCall":{"name":"\#(name)","args":{}}}"# }
        func answer(_ name: String, _ text: String) -> String {
            #"{"functionResponse":{"name":"\#(name)","response":{"output":"\#(text)"}}}"#
        }
        let fields =
            #""contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[\#(call("f")),\#(call("g")),\#(call("f"))]},{"role":"user","parts":[\#(answer("g", "1")),\#(answer("f", "2")),\#(answer("f", "3"))]}]"#
        let result = try geminiTo(.openAIChat, fields)
        let ids = result.body.value(at: "messages.1.tool_calls")?.elements.compactMap { $0["id"]?.string } ?? []
        #expect(Set(ids).count == 3)
        let answers = result.body["messages"]?.elements.filter { $0["role"]?.string == "tool" } ?? []
        #expect(answers.compactMap { $0["tool_call_id"]?.string } == ids)
        #expect(answers.compactMap { $0["content"]?.string } == ["2", "1", "3"])
        // The same history with more behind it has the same ids, or prompt caches would not hold.
        let longer = String(fields.dropLast()) + #",{"role":"model","parts":[\#(call("f"))]}]"#
        let later = try geminiTo(.openAIChat, longer).body.value(at: "messages.1.tool_calls")
        #expect(later?.elements.compactMap { $0["id"]?.string } == ids)
    }

    @Test("an id finds its call whatever the order, and gives the name (C011)")
    func matchingByID() throws {
        let fields =
            #""contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"functionCall":{"id":"1","name":"f"}},{"functionCall":{"id":"2","name":"f"}}]},{"role":"function","parts":[{"functionResponse":{"id":"2","response":{"result":"b"}}},{"functionResponse":{"id":"1","name":"f","response":{"x":1.0}}}]}]"#
        let result = try geminiTo(.openAIChat, fields)
        let answers = result.body["messages"]?.elements.filter { $0["role"]?.string == "tool" } ?? []
        #expect(answers.compactMap { $0["tool_call_id"]?.string } == ["1", "2"])
        #expect(answers.compactMap { $0["content"]?.string } == [#"{"x":1.0}"#, "b"])
        let own = try geminiTo(.gemini, fields)
        #expect(own.text("contents.2.parts.1.functionResponse.name") == #""f""#)
    }

    @Test("the first answer without anything goes to the first open call")
    func matchingByOrder() throws {
        let request = try decode(
            #""contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"parts":[{"functionResponse":{"response":{"error":"no"}}}]}]"#
        )
        guard case .toolCall(let call) = request.messages[0].parts[0],
            case .toolResult(let result) = request.messages[1].parts[0]
        else {
            Issue.record("no call or no answer")
            return
        }
        #expect(result.callID == call.id && result.isError && result.name == "f")
    }

    @Test(
        "modes of calling",
        arguments: [
            (#"{"mode":"AUTO"}"#, #""auto""#), (#"{"mode":"NONE"}"#, #""none""#), (#"{"mode":"ANY"}"#, #""required""#),
            (#"{"mode":"any","allowedFunctionNames":["f"]}"#, #"{"type":"function","function":{"name":"f"}}"#),
            (#"{"mode":"VALIDATED"}"#, #""auto""#),
        ])
    func modes(configuration: String, expected: String) throws {
        let fields =
            hello
            + #","tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":\#(configuration)}"#
        #expect(try geminiTo(.openAIChat, fields).text("tool_choice") == expected)
    }

    @Test("single objects stand for lists, as Google takes them")
    func singles() throws {
        let fields =
            #""system_instruction":{"parts":{"text":"S"}},"contents":{"parts":{"text":"hi"}},"tools":{"function_declarations":{"name":"f"}}"#
        let result = try geminiTo(.openAIChat, fields)
        #expect(result.text("messages.0.content") == #""S""# && result.text("messages.1.content") == #""hi""#)
        #expect(result.text("tools.0.function.name") == #""f""#)
        #expect(try geminiTo(.openAIChat, #""systemInstruction":"S",\#(hello)"#).text("messages.0.content") == #""S""#)
    }

    @Test(
        "what holds content or tools only Google has is refused",
        arguments: [
            #""cachedContent":"cachedContents/1""#, #""tools":[{"googleMaps":{}}]"#,
            #""tools":[{"file_search":{}}]"#,
        ], [WireFormat.openAIChat, .anthropicMessages])
    func refused(field: String, target: WireFormat) throws {
        #expect(geminiFailure { try geminiTo(target, hello + "," + field) }?.code == .unsupported)
        #expect(try geminiTo(.gemini, hello + "," + field).losses == [])
    }

    @Test(
        "the alphabet of base64 for URLs, which Google's Python SDK writes, becomes the standard one",
        arguments: [("iVBORw0KG_-AAA", "iVBORw0KG/+AAA=="), ("-_8=", "+/8="), ("iVBORw0KGgo=", "iVBORw0KGgo=")])
    func base64ForURLs(sent: String, expected: String) throws {
        let fields = #""contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"\#(sent)"}}]}]"#
        let chat = try geminiTo(.openAIChat, fields)
        #expect(chat.text("messages.0.content.0.image_url.url") == #""data:image/png;base64,\#(expected)""#)
        let anthropic = try geminiTo(.anthropicMessages, fields)
        #expect(anthropic.text("messages.0.content.0.source.data") == #""\#(expected)""#)
    }

    @Test(
        "types by the numbers of the enumeration, as some clients send them",
        arguments: [
            (
                #"{"type":6,"properties":{"a":{"type":1},"b":{"type":5,"items":{"type":3}}}}"#,
                #"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"array","items":{"type":"integer"}}}}"#
            ),
            (
                #"{"type":"OBJECT","properties":{"a":{"type":2,"nullable":true},"b":{"type":0,"title":"B"}}}"#,
                #"{"type":"object","properties":{"a":{"type":["number","null"]},"b":{"title":"B"}}}"#
            ),
        ])
    func typesByNumber(sent: String, expected: String) throws {
        let fields = hello + #","tools":[{"functionDeclarations":[{"name":"f","parameters":\#(sent)}]}]"#
        #expect(try geminiTo(.openAIChat, fields).text("tools.0.function.parameters") == expected)
    }

    @Test("sound and films are refused where nobody listens", arguments: ["audio/flac", "video/mp4"])
    func media(type: String) {
        let fields = #""contents":[{"parts":[{"inlineData":{"mimeType":"\#(type)","data":"AAAA"}}]}]"#
        for target in [WireFormat.openAIChat, .anthropicMessages] {
            #expect(geminiFailure { try geminiTo(target, fields) }?.code == .unsupported)
        }
    }

    @Test("safety settings are silent, other fields of the configuration are reported")
    func losses() throws {
        let silent = hello + #","safetySettings":[{"category":"C"}]"#
        #expect(try geminiTo(.openAIChat, silent, isStrict: true).losses == [])
        for target in [WireFormat.openAIChat, .anthropicMessages] {
            let fields =
                hello
                + #","generationConfig":{"speechConfig":{}},"labels":{"a":"b"},"toolConfig":{"retrievalConfig":{}}"#
            #expect(
                try Set(geminiTo(target, fields).losses) == [
                    "generationConfig.speechConfig:unsupported", "labels:unsupported",
                    "toolConfig.retrievalConfig:unsupported",
                ])
        }
        let own = try geminiTo(
            .gemini,
            hello + #","generationConfig":{"speechConfig":{"a":1}},"toolConfig":{"retrievalConfig":{}},"newField":2"#)
        #expect(own.text("generationConfig.speechConfig") == #"{"a":1}"# && own.text("newField") == "2")
        #expect(own.text("toolConfig.retrievalConfig") == "{}" && own.losses == [])
    }

    @Test("our envelope in a signature becomes the thought it was")
    func envelopes() throws {
        let state = OpaqueState(
            kind: .signature, origin: .anthropicMessages, provider: "anthropic", model: "claude-sonnet-4-6",
            payload: "EqoBsig")
        let answer =
            #"{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"EqoBsig"},{"type":"redacted_thinking","data":"Emred"},{"type":"tool_use","id":"a","name":"f","input":{}}],"stop_reason":"tool_use"}"#
        let context = TranslationContext(model: "claude-sonnet-4-6", provider: "anthropic")
        let response = try Translator.translateResponse(
            JSONValue(parsing: Array(answer.utf8)), from: .anthropicMessages, to: .gemini, context: context)
        let content = try #require(try JSONValue(parsing: response.body).value(at: "candidates.0.content"))
        #expect(content.value(at: "parts.0.thoughtSignature")?.text == state.geminiToken)
        // The wordless one rides on the call, for clients that keep no thoughts.
        #expect(
            content.value(at: "parts.1.functionCall") != nil && content.value(at: "parts.1.thoughtSignature") != nil)
        let fields =
            #""contents":[{"role":"user","parts":[{"text":"hi"}]},\#(content.rawText),{"role":"user","parts":[{"functionResponse":{"id":"a","name":"f","response":{"output":"x"}}}]}]"#
        let back = try geminiTo(.anthropicMessages, fields)
        #expect(back.text("messages.1.content.0") == #"{"type":"thinking","thinking":"hm","signature":"EqoBsig"}"#)
        #expect(back.text("messages.1.content.1") == #"{"type":"redacted_thinking","data":"Emred"}"#)
        #expect(back.losses == [])
        // And never to Google, which gets its own sentinel.
        let google = try geminiTo(.gemini, fields)
        #expect(google.text("contents.1.parts.0.thoughtSignature") == #""skip_thought_signature_validator""#)
        #expect(google.losses == ["contents.thought:foreign"])
    }

    @Test("a thought that came in pieces takes its signature again")
    func piecedThoughts() throws {
        let token = OpaqueState(kind: .signature, origin: .anthropicMessages, payload: "EqoBsig").geminiToken.string
        let fields =
            #""contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"a","thought":true},{"text":"b","thought":true},{"text":"","thought":true,"thoughtSignature":"\#(token)"},{"text":"Hi"}]},{"role":"user","parts":[{"text":"go"}]}]"#
        let result = try geminiTo(.anthropicMessages, fields)
        #expect(result.text("messages.1.content.0") == #"{"type":"thinking","thinking":"ab","signature":"EqoBsig"}"#)
    }

    @Test(
        "malformed bodies are refused with their place",
        arguments: [
            ("", "contents"), (#""contents":[]"#, "contents"), (#""contents":"x""#, "contents"),
            (#""contents":[1]"#, "contents[0]"), (#""contents":[{"role":"assistant","parts":[]}]"#, "contents[0].role"),
            (#""contents":[{"parts":[{"text":1}]}]"#, "contents[0].parts[0].text"),
            (#""contents":[{"parts":{"text":1}}]"#, "contents[0].parts.text"),
            (#""contents":[{"parts":[{"text":"x"}]},1]"#, "contents[1]"),
            (
                #""contents":[{"parts":[{"text":"x"}]}],"system_instruction":{"parts":[{"text":1}]}"#,
                "system_instruction.parts[0].text"
            ),
            (
                #""contents":[{"parts":[{"text":"x"}]}],"generation_config":{"stop_sequences":["a",2]}"#,
                "generation_config.stop_sequences[1]"
            ),
            (
                #""contents":[{"role":"model","parts":[{"functionCall":{"args":{}}}]}]"#,
                "contents[0].parts[0].functionCall.name"
            ),
            (#""contents":[{"parts":[{"inlineData":{}}]}]"#, "contents[0].parts[0]"),
            (#""contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"topK":"x"}"#, "generationConfig.topK"),
            (
                #""contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"EXTREME"}}"#,
                "generationConfig.thinkingConfig.thinkingLevel"
            ),
            (
                #""contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{}]}]"#,
                "tools[0].functionDeclarations[0].name"
            ),
        ])
    func malformed(fields: String, path: String) {
        let error = #expect(throws: TranslationError.self) { try decode(fields) }
        #expect(error?.code == .invalid && error?.path == path)
    }

    @Test(
        "files among the instructions are told of",
        arguments: [WireFormat.openAIChat, .openAIResponses, .anthropicMessages, .ollama])
    func filesAmongInstructions(target: WireFormat) throws {
        let part = #"{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}"#
        let result = try geminiTo(
            target,
            #""systemInstruction":{"parts":[{"text":"Be brief"},\#(part)]},"contents":[{"parts":[{"text":"x"}]}]"#)
        #expect(result.losses.contains { $0.hasSuffix(":unsupported") }, "\(result.losses)")
        #expect(result.body.rawText.contains("Be brief"))
    }

    @Test("nothing a client sends can trap")
    func mutations() throws {
        var numbers = SeededNumbers(seed: 0x2545_F491_4F6C_DD1D)
        let sample = try StreamSample.bytes("request.rich.json", of: .gemini)
        let pieces = ["null", "[]", "{}", "\"x\"", "-1", "true", "[{}]"].map { Array($0.utf8) }
        var parsed = 0
        for _ in 0..<800 {
            var bytes = sample
            for _ in 0...numbers.next(2) {
                let position = numbers.next(bytes.count)
                let colon = bytes[position...].firstIndex(of: UInt8(ascii: ":")) ?? position
                let end = bytes[colon...].firstIndex(of: UInt8(ascii: ",")) ?? bytes.count
                bytes.replaceSubrange(min(colon + 1, end)..<end, with: pieces[numbers.next(pieces.count)])
            }
            guard let body = try? JSONValue(parsing: bytes) else { continue }
            parsed += 1
            guard let request = try? Translator.decodeRequest(body, from: .gemini, pathModel: "m") else { continue }
            for target in WireFormat.allCases {
                let context = TranslationContext(model: "gemini-2.5-flash", provider: "vertex")
                if let encoded = try? Translator.encodeRequest(request, to: target, context: context) {
                    #expect((try? JSONValue(parsing: encoded.body)) != nil)
                }
            }
        }
        #expect(parsed > 50)
    }
}
