import OmniJSON
import Testing

@testable import OmniTranslate

/// Requests of other dialects as Gemini gets them.
@Suite struct GeminiRequestEncoderTests: RequestWording {
    private func chatMessages(_ messages: String...) -> String { #""messages":[\#(messages.joined(separator: ","))]"# }

    // MARK: Calls and results

    @Test("C009 a call without its answer gets one, so that the counts are equal")
    func missingAnswers() throws {
        let result = try chatToGemini(chatMessages(user, chatCalls("a", "b"), chatResult("a", "1")))
        #expect(result.roles == ["user", "model", "user"])
        #expect(result.parts(2).count == 2)
        #expect(result.text("contents.2.parts.1.functionResponse.response.error") != nil)
    }

    @Test("C010 calls in turns of their own become one turn, and so do their answers")
    func mergedTurns() throws {
        let result = try chatToGemini(
            chatMessages(user, chatCalls("a"), chatCalls("b"), chatResult("a", "1"), chatResult("b", "2")))
        #expect(result.roles == ["user", "model", "user"])
        for (index, id) in ["a", "b"].enumerated() {
            #expect(result.text("contents.1.parts.\(index).functionCall.id") == "\"\(id)\"")
            #expect(result.text("contents.2.parts.\(index).functionResponse.id") == "\"\(id)\"")
        }
        #expect(result.parts(1).count == 2 && result.parts(2).count == 2)
    }

    @Test("C010 a Gemini client's contents too", arguments: [true, false])
    func mergedContents(hasIDs: Bool) throws {
        func id(_ id: String) -> String { hasIDs ? #""id":"\#(id)","# : "" }
        func content(_ role: String, _ part: String) -> String { #"{"role":"\#(role)","parts":[\#(part)]}"# }
        func call(_ name: String) -> String { #"{"functionCall":{\#(id(name))"name":"\#(name)","args":{}}}"# }
        func answer(_ name: String) -> String {
            #"{"functionResponse":{\#(id(name))"name":"\#(name)","response":{"r":"\#(name)"}}}"#
        }
        let contents = [
            content("user", #"{"text":"hi"}"#), content("model", call("a")), content("model", call("b")),
            content("user", answer("a")), content("user", answer("b")),
        ]
        let result = try geminiTo(.gemini, #""contents":[\#(contents.joined(separator: ","))]"#)
        #expect(result.roles == ["user", "model", "user"])
        for (index, name) in ["a", "b"].enumerated() {
            #expect(result.text("contents.1.parts.\(index).functionCall.name") == "\"\(name)\"")
            #expect(result.text("contents.2.parts.\(index).functionResponse.response.r") == "\"\(name)\"")
        }
    }

    @Test("C011 an answer carries the name of its call")
    func namedAnswers() throws {
        let result = try anthropicToGemini(
            #""messages":[\#(user),\#(turn("assistant", use("a"))),\#(turn("user", #"{"type":"tool_result","tool_use_id":"a","content":"x"}"#))]"#
        )
        #expect(result.text("contents.2.parts.0.functionResponse.name") == #""t""#)
        #expect(result.text("contents.2.parts.0.functionResponse.id") == #""a""#)
    }

    @Test(
        "C012 C013 an answer is an object: the tool's own, or its words",
        arguments: [
            ("[1,2]", #"{"output":"[1,2]"}"#), ("42", #"{"output":"42"}"#), ("", #"{"output":""}"#),
            (#"{\"a\":1.0}"#, #"{"a":1.0}"#), ("{broken", #"{"output":"{broken"}"#),
        ])
    func answers(content: String, expected: String) throws {
        let result = try chatToGemini(chatMessages(user, chatCalls("a"), chatResult("a", content)))
        #expect(result.text("contents.2.parts.0.functionResponse.response") == expected)
    }

    @Test("C013 a failure is told as one")
    func failures() throws {
        let result = try anthropicToGemini(
            #""messages":[\#(user),\#(turn("assistant", use("a"))),\#(turn("user", #"{"type":"tool_result","tool_use_id":"a","content":"no","is_error":true}"#))]"#
        )
        #expect(result.text("contents.2.parts.0.functionResponse.response") == #"{"error":"no"}"#)
    }

    @Test("C014 C015 arguments that are missing or no JSON", arguments: [("", "{}"), ("{", #"{"_raw":"{"}"#)])
    func arguments(written: String, expected: String) throws {
        let call = #"{"role":"assistant","content":null,"tool_calls":[\#(chatCall("a", written))]}"#
        let result = try chatToGemini(chatMessages(user, call, chatResult("a", "1")))
        #expect(result.text("contents.1.parts.0.functionCall.args") == expected)
        #expect(result.losses == (written.isEmpty ? [] : ["tool_calls.arguments:wrapped"]))
    }

    @Test("C018 C019 numbers and order of arguments stay")
    func precision() throws {
        let call =
            #"{"role":"assistant","content":null,"tool_calls":[\#(chatCall("a", #"{\"z\":12345678901234567890,\"a\":1.0}"#))]}"#
        let result = try chatToGemini(chatMessages(user, call, chatResult("a", "1")))
        #expect(result.text("contents.1.parts.0.functionCall.args") == #"{"z":12345678901234567890,"a":1.0}"#)
    }

    @Test(
        "a result's documents of words are words: beside it stand files only",
        arguments: [
            (
                #"{"type":"document","title":"T","context":"c","source":{"type":"text","media_type":"text/plain","data":"w"}}"#,
                #"T\n\nc\n\nw"#
            ),
            (#"{"type":"document","context":"c","source":{"type":"content","content":"w"}}"#, #"c\n\nw"#),
            (
                #"{"type":"document","context":"c","source":{"type":"content","content":[{"type":"text","text":"w"},{"type":"text","text":"x"}]}}"#,
                #"c\n\nw\n\nx"#
            ),
        ])
    func resultDocuments(document: String, words: String) throws {
        for model in ["gemini-3-flash-preview", "gemini-2.5-flash"] {
            let result = try anthropicToGemini(
                #""messages":[\#(user),\#(turn("assistant", use("a"))),\#(turn("user", #"{"type":"tool_result","tool_use_id":"a","content":[\#(document)]}"#))]"#,
                model: model, isStrict: true)
            #expect(result.text("contents.2.parts.0.functionResponse.response") == #"{"output":"\#(words)"}"#)
            #expect(result.text("contents.2.parts.0.functionResponse.parts") == nil)
            #expect(result.parts(2).count == 1)
        }
    }

    @Test("what a client says about a result's file is among the words")
    func contextOfAResultsFile() throws {
        let pdf =
            #"{"type":"document","context":"c","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}}"#
        let result = try anthropicToGemini(
            #""messages":[\#(user),\#(turn("assistant", use("a"))),\#(turn("user", #"{"type":"tool_result","tool_use_id":"a","content":[\#(pdf)]}"#))]"#,
            isStrict: true)
        #expect(result.text("contents.2.parts.0.functionResponse.response") == #"{"output":"c"}"#)
        #expect(
            result.text("contents.2.parts.0.functionResponse.parts")
                == #"[{"inlineData":{"mimeType":"application/pdf","data":"JVBERi0x"}}]"#)
    }

    @Test(
        "pictures of a result: inside it from Gemini 3 on, beside it before",
        arguments: ["gemini-3-pro-preview", "gemini-2.5-pro"])
    func resultMedia(model: String) throws {
        let image = #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}"#
        let result = try anthropicToGemini(
            #""messages":[\#(user),\#(turn("assistant", use("a"))),\#(turn("user", #"{"type":"tool_result","tool_use_id":"a","content":[\#(image)]}"#))]"#,
            model: model)
        let isInside = model.hasPrefix("gemini-3")
        #expect((result.text("contents.2.parts.0.functionResponse.parts.0.inlineData.data") != nil) == isInside)
        #expect((result.text("contents.2.parts.1.inlineData.data") != nil) != isInside)
    }

    @Test("C026 C027 names Google refuses are replaced and told apart")
    func names() throws {
        let tools = ["1st", "a.b", "a/b"].map { #"{"type":"function","function":{"name":"\#($0)"}}"# }
        let result = try chatToGemini(chatMessages(user) + #","tools":[\#(tools.joined(separator: ","))]"#)
        let sent =
            result.body.value(at: "tools.0.functionDeclarations")?.elements.compactMap { $0["name"]?.string } ?? []
        #expect(Set(sent).count == 3)
        #expect(sent.allSatisfy { $0.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_-]{0,63}/) != nil })
        #expect(result.encoded.renamedTools.count == 3)
    }

    @Test(
        "C038 a tool without arguments has no schema",
        arguments: ["", #","parameters":{"type":"object","properties":{}}"#])
    func withoutArguments(parameters: String) throws {
        let result = try chatToGemini(
            chatMessages(user) + #","tools":[{"type":"function","function":{"name":"f"\#(parameters)}}]"#)
        #expect(result.text("tools.0.functionDeclarations.0") == #"{"name":"f","description":"f"}"#)
    }

    @Test("C040 a free-text tool becomes a function of one string")
    func customTools() throws {
        let result = try chatToGemini(chatMessages(user) + #","tools":[{"type":"custom","custom":{"name":"sql"}}]"#)
        #expect(result.losses == ["tools.custom:wrapped"])
        #expect(result.encoded.customTools == ["sql"])
        #expect(
            result.text("tools.0.functionDeclarations.0.parametersJsonSchema.properties.input.type") == #""string""#)
    }

    // MARK: Choice of tools

    private static let functions = ["a", "b"].map { #"{"type":"function","function":{"name":"\#($0)"}}"# }
        .joined(separator: ",")

    @Test(
        "C029 C030 C031 choices",
        arguments: [
            (#""auto""#, #"{"mode":"AUTO"}"#), (#""none""#, #"{"mode":"NONE"}"#), (#""required""#, #"{"mode":"ANY"}"#),
            (#"{"type":"function","function":{"name":"a"}}"#, #"{"mode":"ANY","allowedFunctionNames":["a"]}"#),
            (
                #"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"b"}}]}}"#,
                #"{"mode":"ANY","allowedFunctionNames":["b"]}"#
            ),
            (
                #"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"x"}}]}}"#,
                #"{"mode":"ANY"}"#
            ),
        ])
    func choices(choice: String, expected: String) throws {
        let result = try chatToGemini(chatMessages(user) + #","tools":[\#(Self.functions)],"tool_choice":\#(choice)"#)
        #expect(result.text("toolConfig.functionCallingConfig") == expected)
    }

    @Test("an optional subset is all that is shown")
    func optionalSubset() throws {
        let choice =
            #"{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"b"}}]}}"#
        let result = try chatToGemini(chatMessages(user) + #","tools":[\#(Self.functions)],"tool_choice":\#(choice)"#)
        #expect(result.text("tools.0.functionDeclarations.0.name") == #""b""#)
        #expect(result.text("tools.0.functionDeclarations.1") == nil)
    }

    @Test("C034 C035 no tools, no choice")
    func withoutTools() throws {
        let result = try chatToGemini(chatMessages(user) + #","tools":[],"tool_choice":"auto""#)
        #expect(result.text("tools") == nil && result.text("toolConfig") == nil && result.losses == [])
    }

    @Test func strictToolsAreValidated() throws {
        let tool = #"{"type":"function","function":{"name":"a","strict":true}}"#
        let result = try chatToGemini(chatMessages(user) + #","tools":[\#(tool)]"#)
        #expect(result.text("toolConfig.functionCallingConfig.mode") == #""VALIDATED""#)
    }

    @Test("tools Google runs: alone, and with functions only from Gemini 3 on")
    func hostedTools() throws {
        let fields = chatMessages(user) + #","web_search_options":{"search_context_size":"low"}"#
        let alone = try chatToGemini(fields, model: "gemini-2.5-flash")
        #expect(alone.text("tools") == #"[{"googleSearch":{}}]"#)
        #expect(alone.losses == ["web_search_options.search_context_size:unsupported"])
        let both = fields + #","tools":[\#(Self.functions)]"#
        #expect(try chatToGemini(both).text("toolConfig.includeServerSideToolInvocations") == "true")
        #expect(geminiFailure { try chatToGemini(both, model: "gemini-2.5-flash") }?.path == "tools")
        let shell = #""messages":[\#(user)],"tools":[{"type":"computer_20250124","name":"computer"}]"#
        #expect(geminiFailure { try anthropicToGemini(shell) }?.code == .unsupported)
    }

    // MARK: Signatures

    private func envelope(model: String, place: String?, payload: String = "c2ln") -> String {
        let state = OpaqueState(
            kind: .thoughtSignature, origin: .gemini, provider: "gemini", model: model,
            itemID: place.map { JSONText($0) }, payload: JSONText(payload))
        return OpaqueStateEnvelope.wrap(state).string
    }

    private func thinking(_ signature: String, _ text: String = "") -> String {
        #"{"type":"thinking","thinking":"\#(text)","signature":"\#(signature)"}"#
    }

    private func answered(_ blocks: String..., ids: [String] = ["a", "b"]) -> String {
        let results = ids.map { #"{"type":"tool_result","tool_use_id":"\#($0)","content":"x"}"# }
        return
            #""messages":[\#(user),{"role":"assistant","content":[\#(blocks.joined(separator: ","))]},{"role":"user","content":[\#(results.joined(separator: ","))]}]"#
    }

    @Test("C113 a history without signatures: the sentinel on the first call only, from Gemini 3 on")
    func sentinel() throws {
        let fields = answered(use("a"), use("b"))
        let parts = try anthropicToGemini(fields).parts(1)
        #expect(parts[0].hasSuffix(#","thoughtSignature":"skip_thought_signature_validator"}"#))
        #expect(!parts[1].contains("thoughtSignature"))
        #expect(
            try anthropicToGemini(fields, model: "gemini-2.5-pro").text("contents.1")?.contains("Signature") == false)
    }

    @Test("C114 C115 a signature comes back on the call it came on, beside and not inside it")
    func signaturesReturn() throws {
        let model = "gemini-3-flash-preview"
        let fields = answered(thinking(envelope(model: model, place: "a"), "hm"), use("a"), use("b"))
        let result = try anthropicToGemini(fields)
        let parts = result.parts(1)
        #expect(parts[0] == #"{"text":"hm","thought":true}"#)
        #expect(parts[1].hasSuffix(#"},"thoughtSignature":"c2ln"}"#))
        #expect(!parts[2].contains("thoughtSignature"))
        #expect(result.losses == [])
    }

    @Test("a signature of the second call is not put on the first")
    func secondCall() throws {
        let model = "gemini-3-flash-preview"
        let parts = try anthropicToGemini(
            answered(use("a"), thinking(envelope(model: model, place: "b")), use("b"))
        ).parts(1)
        #expect(parts[0].contains("skip_thought_signature_validator") && parts[1].contains("c2ln"))
    }

    @Test("signatures on a text and on a thought come back there")
    func textSignatures() throws {
        let model = "gemini-3-flash-preview"
        let fields =
            #""messages":[\#(user),{"role":"assistant","content":[\#(thinking(envelope(model: model, place: nil, payload: "dA=="), "hm")),\#(text("Hi")),\#(thinking(envelope(model: model, place: "text")))]},\#(user)]"#
        let parts = try anthropicToGemini(fields).parts(1)
        #expect(parts[0] == #"{"text":"hm","thought":true,"thoughtSignature":"dA=="}"#)
        #expect(parts[1] == #"{"text":"Hi","thoughtSignature":"c2ln"}"#)
    }

    @Test("another model's signatures and other vendors' thoughts stay away")
    func foreignThoughts() throws {
        for token in [envelope(model: "gemini-2.5-pro", place: "a"), "EqoBCkgIAR"] {
            let result = try anthropicToGemini(answered(thinking(token, "hm"), use("a"), use("b")))
            #expect(result.parts(1).count == 2)
            #expect(result.parts(1)[0].contains("skip_thought_signature_validator"))
            #expect(result.losses == ["messages.thinking:foreign"])
        }
    }

    // MARK: Roles and content

    @Test("C132 blank parts are left out")
    func blankParts() throws {
        let result = try chatToGemini(
            chatMessages(#"{"role":"system","content":" "}"#, user, #"{"role":"assistant","content":""}"#, user))
        #expect(result.text("systemInstruction") == nil)
        #expect(result.roles == ["user"])
    }

    @Test("C137 C138 C142 the first turn is the user's; later instructions are marked")
    func roles() throws {
        let late = #"{"role":"system","content":"Late."}"#
        let result = try chatToGemini(chatMessages(#"{"role":"assistant","content":"Hi"}"#, user, late))
        #expect(result.roles == ["user", "model", "user"])
        #expect(result.parts(0) == [#"{"text":"(continue)"}"#])
        #expect(result.parts(2).last?.contains("<system-reminder>") == true)
        let only = try chatToGemini(chatMessages(#"{"role":"system","content":"Rules."}"#))
        #expect(only.parts(0) == [#"{"text":"Rules."}"#] && only.text("systemInstruction") == nil)
    }

    @Test func aTrailingModelTurnStays() throws {
        let result = try chatToGemini(chatMessages(user, #"{"role":"assistant","content":"Once "}"#))
        #expect(result.roles == ["user", "model"] && result.losses == [])
    }

    @Test func gemmaTakesInstructionsAsWords() throws {
        let result = try chatToGemini(
            chatMessages(#"{"role":"system","content":"Rules."}"#, user), model: "gemma-3-27b-it")
        #expect(result.text("systemInstruction") == nil)
        #expect(result.parts(0) == [#"{"text":"Rules."}"#, #"{"text":"hi"}"#])
    }

    @Test("C143 C144 pictures by their bytes; addresses only where Google reads them")
    func pictures() throws {
        func image(_ url: String) -> String {
            chatMessages(#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"\#(url)"}}]}"#)
        }
        let result = try chatToGemini(image("data:image/jpg;base64,\(pixel)"))
        #expect(result.text("contents.0.parts.0.inlineData.mimeType") == #""image/png""#)
        #expect(geminiFailure { try chatToGemini(image("https://example.com/a.png")) }?.code == .unsupported)
        let stored = try chatToGemini(image("gs://bucket/a.png"))
        #expect(stored.text("contents.0.parts.0") == #"{"fileData":{"fileUri":"gs://bucket/a.png"}}"#)
    }
}
