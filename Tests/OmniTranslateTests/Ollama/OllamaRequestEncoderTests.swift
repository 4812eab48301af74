import OmniJSON
import OmniTranslate
import Testing

/// Requests of other dialects towards Ollama.
@Suite struct OllamaRequestEncoderTests: RequestWording {
    private typealias Ollama = OllamaTranslation

    private func options(_ fields: String) throws -> String? {
        try Ollama.request(#""messages":[\#(user)],"# + fields).member("options")
    }

    @Test func streamingIsAlwaysSaid() throws {
        #expect(try Ollama.request(#""messages":[\#(user)]"#).member("stream") == "false")
        #expect(try Ollama.request(#""messages":[\#(user)],"stream":true"#).member("stream") == "true")
    }

    // MARK: Content

    @Test("C145 C146 the parts of a message are one string, with its pictures beside it, in one message")
    func c145() throws {
        let png = #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(pixel)"}}"#
        let result = try Ollama.request(
            #""messages":[\#(turn("user", text("one"), png, text("two"), png))]"#, isStrict: true)
        #expect(result.messageCount == 1)
        #expect(
            result.message(0) == #"{"role":"user","content":"one\ntwo","images":["\#(pixel)","\#(pixel)"]}"#)
    }

    @Test(
        "C144 what would have to be fetched is refused", arguments: ["https://example.com/a.png", "data:image/png,x"])
    func c144(url: String) throws {
        let part = #"{"type":"image_url","image_url":{"url":"\#(url)"}}"#
        let error = translationFailure { try Ollama.request(#""messages":[\#(turn("user", part))]"#) }
        #expect(error?.code == .unsupported && error?.path == "messages")
    }

    @Test(arguments: [
        #"{"type":"file","file":{"file_id":"f"}}"#,
        #"{"type":"input_audio","input_audio":{"data":"x","format":"wav"}}"#,
        #"{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0xLjQK"}}"#,
    ])
    func mediaNoModelHereReadsIsRefused(part: String) {
        let error = translationFailure { try Ollama.request(#""messages":[\#(turn("user", part))]"#) }
        #expect(error?.code == .unsupported && error?.path == "messages")
    }

    @Test func textFilesAreToldInline() throws {
        let file = #"{"type":"file","file":{"filename":"a.csv","file_data":"data:text/csv;base64,YSxi"}}"#
        let result = try Ollama.request(#""messages":[\#(turn("user", text("read"), file))]"#)
        #expect(result.message(0) == #"{"role":"user","content":"read\na.csv\n\na,b"}"#)
    }

    @Test func instructionsStayWhereTheyAre() throws {
        let result = try Ollama.request(
            #""messages":[{"role":"developer","content":"a"},\#(user),{"role":"system","content":"b"},\#(user)]"#)
        #expect(result.message(0) == #"{"role":"system","content":"a"}"#)
        #expect(result.message(2) == #"{"role":"system","content":"b"}"#)
    }

    @Test func thoughtsGoWithTheTurnTheyBelongTo() throws {
        let result = try Ollama.request(
            #""messages":[\#(user),\#(turn("assistant", #"{"type":"thinking","thinking":"hm","signature":"s"}"#, text("a"), use("t1")))]"#,
            from: .anthropicMessages)
        #expect(
            result.message(1)
                == #"{"role":"assistant","content":"a","thinking":"hm","tool_calls":[{"id":"t1","function":{"index":0,"name":"t","arguments":{}}}]}"#
        )
        #expect(result.losses == [])
    }

    // MARK: Calls and results

    @Test(
        "C014 C015 C016 C017 arguments are an object whatever they were",
        arguments: [
            (#"{\"a\": 1}"#, #"{"a": 1}"#, false), ("", "{}", false), ("null", "{}", false),
            ("[1,2]", #"{"_raw":[1,2]}"#, true), ("{oops", #"{"_raw":"{oops"}"#, true), ("7", #"{"_raw":7}"#, true),
        ])
    func c016(arguments: String, expected: String, isWrapped: Bool) throws {
        let call = #"{"role":"assistant","content":null,"tool_calls":[\#(chatCall("a", arguments))]}"#
        let result = try Ollama.request(#""messages":[\#(user),\#(call),\#(chatResult("a", "x"))]"#)
        #expect(result.message(1)?.contains(#""arguments":\#(expected)}"#) == true, "\(result.message(1) ?? "")")
        #expect(result.losses == (isWrapped ? ["tool_calls.arguments:wrapped"] : []))
    }

    @Test func resultsFollowTheirCallsInOrderAndKnowTheirTool() throws {
        let result = try Ollama.request(
            #""messages":[\#(user),\#(chatCalls("a", "b")),\#(chatResult("b", "2")),\#(user),\#(chatResult("a", "1"))]"#
        )
        #expect(result.message(2) == #"{"role":"tool","content":"1","tool_name":"t","tool_call_id":"a"}"#)
        #expect(result.message(3) == #"{"role":"tool","content":"2","tool_name":"t","tool_call_id":"b"}"#)
        #expect(result.message(4) == user)
        #expect(result.messageCount == 5)
    }

    @Test func callsWithoutResultsAndResultsWithoutCallsAreTold() throws {
        let missing = try Ollama.request(#""messages":[\#(user),\#(chatCalls("a")),\#(user)]"#)
        #expect(missing.message(2)?.contains("No result: the call was interrupted.") == true)
        #expect(missing.message(2)?.contains(#""tool_call_id":"a""#) == true)
        let orphan = try Ollama.request(#""messages":[\#(user),\#(chatResult("z", "late"))]"#)
        #expect(orphan.message(1) == #"{"role":"user","content":"Tool result (z):\nlate"}"#)
        let empty = try Ollama.request(#""messages":[\#(user),\#(chatResult("z", ""))]"#)
        #expect(empty.messageCount == 1)
    }

    @Test func parallelCallsInTurnsOfTheirOwnBecomeOneTurn() throws {
        let result = try Ollama.request(
            #""messages":[\#(user),\#(chatCalls("a")),\#(chatCalls("b")),\#(chatResult("a", "1")),\#(chatResult("b", "2"))]"#
        )
        #expect(result.messageCount == 4)
        #expect(result.message(1)?.contains(#""index":1"#) == true)
    }

    @Test func errorsAndPicturesOfResultsAreKept() throws {
        let image = #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}"#
        let answer =
            #"{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[\#(text("bad")),\#(image)]}"#
        let result = try Ollama.request(
            #""messages":[\#(user),\#(turn("assistant", use("t1"))),\#(turn("user", answer))]"#,
            from: .anthropicMessages)
        #expect(
            result.message(2)
                == #"{"role":"tool","content":"Error: bad","tool_name":"t","tool_call_id":"t1","images":["\#(pixel)"]}"#
        )
    }

    // MARK: Tools

    private let tools =
        #""tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b","description":"B","parameters":{"type":"object","properties":{"x":{"type":"string"}}}}}]"#

    private func toolNames(_ choice: String) throws -> (names: [String], losses: [String]) {
        let result = try Ollama.request(#""messages":[\#(user)],\#(tools)\#(choice)"#)
        let names = result.body["tools"]?.elements.compactMap { $0["function"]?["name"]?.string } ?? []
        return (names, result.losses)
    }

    @Test(
        "the choice of a tool is made by showing fewer, and told where that does not say it all",
        arguments: [
            ("", ["a", "b"], []), (#","tool_choice":"auto""#, ["a", "b"], []), (#","tool_choice":"none""#, [], []),
            (#","tool_choice":"required""#, ["a", "b"], ["tool_choice:unsupported"]),
            (#","tool_choice":{"type":"function","function":{"name":"b"}}"#, ["b"], ["tool_choice:unsupported"]),
            (
                #","tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"a"}}]}}"#,
                ["a"], []
            ),
            (
                #","tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"a"}}]}}"#,
                ["a"], ["tool_choice:unsupported"]
            ),
            (#","parallel_tool_calls":false"#, ["a", "b"], ["parallel_tool_calls:unsupported"]),
        ] as [(String, [String], [String])])
    func toolChoice(choice: String, names: [String], losses: [String]) throws {
        let result = try toolNames(choice)
        #expect(result.names == names)
        #expect(result.losses == losses)
    }

    @Test("C153 parameters are an object at the root with a map of properties")
    func c153() throws {
        let result = try Ollama.request(
            #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"a","parameters":{"type":"object","properties":[]}}},{"type":"function","function":{"name":"b"}}]"#
        )
        let empty = #""description":"","parameters":{"type":"object","properties":{}}}}"#
        #expect(
            result.member("tools")
                == #"[{"type":"function","function":{"name":"a",\#(empty),{"type":"function","function":{"name":"b",\#(empty)]"#
        )
    }

    @Test func freeTextToolsAreFunctionsOfOneString() throws {
        let result = try Ollama.request(
            #""messages":[\#(user)],"tools":[{"type":"custom","custom":{"name":"sql"}}]"#)
        #expect(result.losses == ["tools.custom:wrapped"] && result.encoded.customTools == ["sql"])
        #expect(result.member("tools")?.contains(#""required":["input"]"#) == true)
    }

    @Test func toolsOfOtherProvidersAreRefused() {
        let error = translationFailure {
            try Ollama.request(
                #""messages":[\#(user)],"tools":[{"type":"web_search_20260318","name":"web_search"}]"#,
                from: .anthropicMessages)
        }
        #expect(error?.code == .unsupported && error?.path == "tools")
    }

    // MARK: Parameters

    @Test func samplingKeepsTheClientsNumbers() throws {
        #expect(
            try options(
                #""temperature":1.50,"top_p":1e-1,"top_k":40,"seed":7,"presence_penalty":0.0,"frequency_penalty":-2,"max_tokens":5,"stop":["a","","b"]"#
            )
                == #"{"temperature":1.50,"top_p":1e-1,"top_k":40,"presence_penalty":0.0,"frequency_penalty":-2,"seed":7,"num_predict":5,"stop":["a","b"]}"#
        )
        #expect(try options(#""stop":"""#) == nil)
    }

    @Test(
        "amounts of thinking (A.9): gpt-oss takes three of them, the others yes and no",
        arguments: [
            (#""reasoning_effort":"none""#, "false", "false"),
            (#""reasoning_effort":"minimal""#, #""low""#, "true"),
            (#""reasoning_effort":"low""#, #""low""#, "true"),
            (#""reasoning_effort":"medium""#, #""medium""#, "true"),
            (#""reasoning_effort":"high""#, #""high""#, "true"),
            (#""reasoning_effort":"xhigh""#, #""high""#, "true"),
            (#""reasoning_effort":"max""#, #""high""#, "true"), (#""user":"u""#, nil, nil),
        ] as [(String, String?, String?)])
    func effort(field: String, level: String?, wish: String?) throws {
        let fields = #""messages":[\#(user)],"# + field
        for model in ["gpt-oss:20b", "openai/gpt-oss-120b"] {
            #expect(try Ollama.request(fields, model: model).member("think") == level)
        }
        for model in ["qwen3:8b", "llama3.2", "my-gpt-oss"] {
            #expect(try Ollama.request(fields, model: model).member("think") == wish)
        }
    }

    @Test(arguments: [
        (#"{"type":"adaptive"}"#, "true", "true"), (#"{"type":"disabled"}"#, "false", "false"),
        (#"{"type":"enabled","budget_tokens":2048}"#, #""low""#, "true"),
        (#"{"type":"enabled","budget_tokens":31999}"#, #""high""#, "true"),
    ])
    func thinkingOfAnthropicClients(thinking: String, level: String, wish: String) throws {
        let fields = #""messages":[\#(user)],"thinking":\#(thinking)"#
        func think(_ model: String) throws -> String? {
            try Ollama.request(fields, from: .anthropicMessages, model: model, isStrict: true).member("think")
        }
        #expect(try think("gpt-oss:20b") == level)
        #expect(try think("qwen3:8b") == wish)
    }

    @Test func formats() throws {
        let schema = #"{"type":"object","properties":{"a":{"type":"string","minLength":1}}}"#
        func format(_ field: String) throws -> String? {
            try Ollama.request(#""messages":[\#(user)],"response_format":\#(field)"#, isStrict: true).member("format")
        }
        #expect(try format(#"{"type":"text"}"#) == nil)
        #expect(try format(#"{"type":"json_object"}"#) == #""json""#)
        #expect(
            try format(#"{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":\#(schema)}}"#)
                == schema)
    }

    @Test func logprobsAreNative() throws {
        let result = try Ollama.request(#""messages":[\#(user)],"logprobs":true,"top_logprobs":3"#, isStrict: true)
        #expect(result.member("logprobs") == "true" && result.member("top_logprobs") == "3")
    }

    @Test(
        "what has no place here",
        arguments: [
            (#""logit_bias":{"1":1}"#, "logit_bias"), (#""prediction":{"type":"content"}"#, "prediction"),
            (#""invented":1"#, "invented"),
        ])
    func losses(field: String, name: String) throws {
        #expect(try Ollama.request(#""messages":[\#(user)],"# + field).losses == ["\(name):unsupported"])
        let error = translationFailure { try Ollama.request(#""messages":[\#(user)],"# + field, isStrict: true) }
        #expect(error?.code == .unsupported && error?.path == name)
    }

    @Test(arguments: [#""n":2"#, #""web_search_options":{}"#, #""modalities":["audio"]"#])
    func whatWouldChangeTheMeaningIsRefused(field: String) {
        #expect(translationFailure { try Ollama.request(#""messages":[\#(user)],"# + field) }?.code == .unsupported)
    }

    @Test(arguments: [
        #""n":1"#, #""user":"u""#, #""store":true"#, #""metadata":{"a":"b"}"#, #""verbosity":"low""#,
        #""service_tier":"auto""#, #""prompt_cache_key":"k""#, #""parallel_tool_calls":false"#,
        #""modalities":["text"]"#, #""prompt_cache_retention":"24h""#,
    ])
    func hintsAreLeftOutSilently(field: String) throws {
        let plain = try Ollama.request(#""messages":[\#(user)]"#, isStrict: true)
        #expect(
            try Ollama.request(#""messages":[\#(user)],"# + field, isStrict: true).encoded.body == plain.encoded.body)
    }

    @Test func aLongerConversationBeginsWithTheSameBytes() throws {
        let turns = [
            user, chatCalls("a"), chatResult("a", "1"), user, chatCalls("b", "c"), chatResult("c", "3"),
            chatResult("b", "2"), user,
        ]
        var before = ""
        for count in [1, 4, 8] {
            let result = try Ollama.request(#""messages":[\#(turns.prefix(count).joined(separator: ","))]"#)
            let messages = try #require(result.member("messages"))
            #expect(messages.hasPrefix(before))
            before = String(messages.dropLast())
        }
    }

    @Test func aConversationOfBlanksIsRefused() {
        let error = translationFailure { try Ollama.request(#""messages":[{"role":"user","content":" "}]"#) }
        #expect(error?.code == .invalid && error?.path == "messages")
    }
}
