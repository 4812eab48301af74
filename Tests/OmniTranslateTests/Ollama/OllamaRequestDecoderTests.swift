import OmniJSON
import Testing

@testable import OmniTranslate

/// Requests of Ollama clients.
@Suite struct OllamaRequestDecoderTests: RequestWording {
    private typealias Ollama = OllamaTranslation

    private func failure(_ fields: String) -> TranslationError? {
        do {
            _ = try Ollama.decoded(fields)
            return nil
        } catch {
            return error as? TranslationError
        }
    }

    @Test("C089 a stream is what a client gets that says nothing")
    func c089() throws {
        #expect(try Ollama.decoded(#""messages":[\#(user)]"#).isStreaming)
        #expect(try Ollama.decoded(#""messages":[\#(user)],"stream":true"#).isStreaming)
        #expect(try !Ollama.decoded(#""messages":[\#(user)],"stream":false"#).isStreaming)
        #expect(try Ollama.decoded(#""messages":[\#(user)]"#).includesStreamUsage)
    }

    @Test func tagsInModelNamesAreKept() throws {
        let body = try JSONValue(parsing: Array(#"{"model":"hf.co/a/b:Q4_K_M","messages":[\#(user)]}"#.utf8))
        #expect(try Translator.decodeRequest(body, from: .ollama).model == "hf.co/a/b:Q4_K_M")
    }

    // MARK: Content

    @Test(
        "pictures have no type but their first bytes",
        arguments: [
            ("iVBORw0KGgo=", "image/png"), ("/9j/4AAQ", "image/jpeg"), (#"\/9j\/4AAQ"#, "image/jpeg"),
            ("R0lGODlh", "image/gif"), ("UklGRh4A", "image/webp"), ("data:image/png;base64,iVBORw0KGgo=", "image/png"),
        ])
    func images(data: String, type: String) throws {
        let result = try Ollama.clientRequest(
            #""messages":[{"role":"user","content":"what?","images":["\#(data)"]}]"#, to: .anthropicMessages)
        let plain = data.hasPrefix("data:") ? String(data.dropFirst(22)) : data
        #expect(
            result.message(0)
                == #"{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"\#(type)","data":"\#(plain)"}},{"type":"text","text":"what?"}]}"#
        )
    }

    @Test("C145 arrays of parts are understood though Ollama refuses them")
    func c145() throws {
        let parts =
            #"[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(pixel)"}}]"#
        let result = try Ollama.clientRequest(#""messages":[{"role":"user","content":\#(parts)}]"#, to: .ollama)
        #expect(result.message(0) == #"{"role":"user","content":"a","images":["\#(pixel)"]}"#)
    }

    // MARK: Calls

    private func conversation(_ calls: String, _ results: String...) throws -> [String] {
        let result = try Ollama.clientRequest(
            #""messages":[\#(user),{"role":"assistant","content":"","tool_calls":[\#(calls)]},\#(results.joined(separator: ","))]"#,
            to: .openAIChat)
        return result.body["messages"]?.elements.dropFirst(2).map {
            "\($0["tool_call_id"]?.string ?? $0["role"]?.string ?? "")=\($0["content"]?.string ?? "")"
        } ?? []
    }

    private func call(_ name: String, id: String? = nil) -> String { OllamaLines.call(name, id: id) }

    private func answer(_ text: String, id: String? = nil, name: String? = nil) -> String {
        let id = id.map { #","tool_call_id":"\#($0)""# } ?? ""
        let name = name.map { #","tool_name":"\#($0)""# } ?? ""
        return #"{"role":"tool","content":"\#(text)"\#(id)\#(name)}"#
    }

    @Test("results find their calls by id, else by tool and order")
    func matching() throws {
        #expect(
            try conversation(
                call("a", id: "1") + "," + call("a", id: "2"), answer("two", id: "2"), answer("one", id: "1"))
                == ["1=one", "2=two"])
        let twice = try conversation(
            call("a") + "," + call("b") + "," + call("a"), answer("B", name: "b"), answer("A1", name: "a"),
            answer("A2", name: "a"))
        #expect(twice.map { $0.split(separator: "=").last } == ["A1", "B", "A2"])
        #expect(Set(twice).count == 3 && twice.allSatisfy { $0.hasPrefix("call_") })
        let unnamed = try conversation(call("a") + "," + call("b"), answer("A"), answer("B"))
        #expect(unnamed.map { $0.split(separator: "=").last } == ["A", "B"])
        let ownID = try conversation(
            call("a") + "," + call("b"), answer("B", id: "x", name: "b"), answer("A", name: "a"))
        #expect(ownID.map { $0.split(separator: "=").last } == ["A", "B"])
        let legacy = try conversation(call("a") + "," + call("b"), #"{"role":"tool","name":"b","content":"B"}"#)
        #expect(legacy.last?.hasSuffix("=B") == true && legacy.first?.contains("interrupted") == true)
    }

    @Test func resultsOfNoCallAreWords() throws {
        let result = try conversation(call("a", id: "1"), answer("A", id: "1"), answer("late", id: "9", name: "a"))
        #expect(result.first == "1=A" && result.count == 2 && result.last?.hasPrefix("user=") == true)
    }

    @Test func generatedIDsDependOnThePlaceOnly() throws {
        func ids(_ tail: String) throws -> [JSONText] {
            try Ollama.decoded(
                #""messages":[\#(user),{"role":"assistant","content":"","tool_calls":[\#(call("a")),\#(call("a"))]},\#(answer("x"))\#(tail)]"#
            ).messages[1].parts.compactMap { if case .toolCall(let call) = $0 { call.id } else { nil } }
        }
        let short = try ids("")
        let long = try ids(",\(user)")
        #expect(short == long && Set(short).count == 2)
    }

    @Test("C016 C017 arguments may be the text of an object; other values are refused with clear words")
    func c017() throws {
        func message(_ arguments: String) -> String {
            #""messages":[\#(user),{"role":"assistant","tool_calls":[\#(OllamaLines.call("a", arguments, id: "1"))]}]"#
        }
        for (arguments, expected) in [
            (#"{"x":[1]}"#, #"{"x":[1]}"#), (#""{\"x\":1}""#, #"{"x":1}"#), (#""""#, "{}"), ("null", "{}"),
        ] {
            let result = try Ollama.clientRequest(message(arguments), to: .anthropicMessages)
            #expect(result.message(1)?.contains(#""input":\#(expected)}"#) == true, "\(arguments)")
        }
        for arguments in ["[1]", "7", "true"] {
            let error = failure(message(arguments))
            #expect(error?.code == .invalid && error?.path == "messages[1].tool_calls[0].function.arguments")
            #expect(error?.message == "must be an object")
        }
    }

    // MARK: Parameters

    @Test func optionsBecomeParameters() throws {
        let result = try Ollama.clientRequest(
            #""messages":[\#(user)],"options":{"temperature":0.50,"top_p":0.9,"seed":1,"num_predict":7,"stop":["x"],"presence_penalty":1,"frequency_penalty":2,"num_ctx":8192,"num_gpu":1},"keep_alive":0"#,
            to: .openAIChat, isStrict: true)
        for (name, value) in [
            ("temperature", "0.50"), ("top_p", "0.9"), ("seed", "1"), ("max_tokens", "7"), ("stop", #"["x"]"#),
            ("presence_penalty", "1"), ("frequency_penalty", "2"),
        ] {
            let sent =
                result.body.members.first { $0.name.string.hasSuffix(name) }?.value.rawText
                ?? result.member("max_completion_tokens")
            #expect(sent == value, "\(name)")
        }
    }

    @Test(arguments: ["-1", "-2", "0"])
    func noLimitIsNoNumber(limit: String) throws {
        let fields = #""messages":[\#(user)],"options":{"num_predict":\#(limit)}"#
        let chat = try Ollama.clientRequest(fields, to: .openAIChat, isStrict: true)
        #expect(chat.member("max_completion_tokens") == nil && chat.member("max_tokens") == nil)
        #expect(try Ollama.clientRequest(fields, to: .ollama).member("options") == #"{"num_predict":\#(limit)}"#)
    }

    @Test func otherOptionsAreReportedByTheirNames() throws {
        let fields = #""messages":[\#(user)],"options":{"min_p":0.1,"repeat_penalty":1.1},"truncate":false"#
        #expect(
            try Ollama.clientRequest(fields, to: .openAIChat).losses
                == ["options.min_p:unsupported", "options.repeat_penalty:unsupported", "truncate:unsupported"])
        let own = try Ollama.clientRequest(fields, to: .ollama, isStrict: true)
        #expect(own.member("options") == #"{"min_p":0.1,"repeat_penalty":1.1}"#)
        #expect(own.member("truncate") == "false")
    }

    @Test(
        "think",
        arguments: [
            ("true", "medium"), ("false", "none"), (#""low""#, "low"), (#""medium""#, "medium"), (#""high""#, "high"),
            (#""max""#, "max"), ("null", nil),
        ] as [(String, String?)])
    func think(value: String, effort: String?) throws {
        let fields = #""messages":[\#(user)],"think":\#(value)"#
        #expect(try Ollama.decoded(fields).reasoning?.effort?.rawValue == effort)
        #expect(try Ollama.clientRequest(fields, to: .ollama).member("think") == (effort == nil ? nil : value))
    }

    @Test func formats() throws {
        func format(_ value: String) throws -> String? {
            try Ollama.clientRequest(#""messages":[\#(user)],"format":\#(value)"#, to: .openAIChat)
                .member("response_format")
        }
        #expect(try format(#""json""#) == #"{"type":"json_object"}"#)
        #expect(try format(#""""#) == nil)
        #expect(try format("null") == nil)
        let schema = #"{"type":"object","properties":{"a":{"type":"string"}}}"#
        #expect(
            try format(schema)
                == #"{"type":"json_schema","json_schema":{"name":"response","schema":\#(schema)}}"#)
    }

    @Test(
        "bodies that break the dialect end with an error that says where",
        arguments: [
            (#""messages":[]"#, "messages"), (#""messages":{}"#, "messages"), (#""stream":true"#, "messages"),
            (#""messages":[7]"#, "messages[0]"), (#""messages":[{"content":"x"}]"#, "messages[0].role"),
            (#""messages":[{"role":"robot","content":"x"}]"#, "messages[0].role"),
            (#""messages":[{"role":"user","content":7}]"#, "messages[0].content"),
            (#""messages":[{"role":"user","content":[{"type":"video"}]}]"#, "messages[0].content[0].type"),
            (#""messages":[{"role":"user","content":"x","images":[7]}]"#, "messages[0].images[0]"),
            (#""messages":[{"role":"user","content":"x","images":"a"}]"#, "messages[0].images"),
            (#""messages":[{"role":"assistant","tool_calls":[{}]}]"#, "messages[0].tool_calls[0].function"),
            (
                #""messages":[{"role":"assistant","tool_calls":[{"function":{}}]}]"#,
                "messages[0].tool_calls[0].function.name"
            ),
            (#""messages":[{"role":"user","content":"x"}],"think":"lots""#, "think"),
            (#""messages":[{"role":"user","content":"x"}],"think":"minimal""#, "think"),
            (#""messages":[{"role":"user","content":"x"}],"think":7"#, "think"),
            (#""messages":[{"role":"user","content":"x"}],"format":"yaml""#, "format"),
            (#""messages":[{"role":"user","content":"x"}],"format":[]"#, "format"),
            (#""messages":[{"role":"user","content":"x"}],"options":7"#, "options"),
            (#""messages":[{"role":"user","content":"x"}],"options":{"temperature":"1"}"#, "options.temperature"),
            (#""messages":[{"role":"user","content":"x"}],"options":{"num_predict":1.5}"#, "options.num_predict"),
            (#""messages":[{"role":"user","content":"x"}],"options":{"stop":7}"#, "options.stop"),
            (#""messages":[{"role":"user","content":"x"}],"options":{"stop":["a",7]}"#, "options.stop[1]"),
            (#""messages":[{"role":"user","content":"x"}],"stream":"yes""#, "stream"),
            (#""messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]"#, "tools[0].function"),
        ])
    func malformed(fields: String, path: String) {
        let error = failure(fields)
        #expect(error?.code == .invalid)
        #expect(error?.path == path)
    }

    // MARK: /api/generate

    @Test func aPromptIsAConversationOfOneTurn() throws {
        let result = try Ollama.clientRequest(
            #""prompt":"hi","system":"s","images":["\#(pixel)"],"options":{"seed":1},"stream":false"#, to: .ollama,
            isStrict: true)
        #expect(result.message(0) == #"{"role":"system","content":"s"}"#)
        #expect(result.message(1) == #"{"role":"user","content":"hi","images":["\#(pixel)"]}"#)
        #expect(result.member("options") == #"{"seed":1}"#)
    }

    @Test(arguments: [
        (#""raw":true"#, "raw"), (#""template":"{{ .Prompt }}""#, "template"), (#""suffix":"}""#, "suffix"),
        (#""context":[1,2]"#, "context"),
    ])
    func promptsThatAreNoMessageAreRefused(field: String, path: String) {
        let error = failure(#""prompt":"hi","# + field)
        #expect(error?.code == .unsupported && error?.path == path)
    }

    @Test func emptyOnesOfTheseSayNothing() throws {
        let fields = #""prompt":"hi","raw":false,"template":"","suffix":"","context":[],"system":"""#
        #expect(try Ollama.clientRequest(fields, to: .openAIChat, isStrict: true).messageCount == 1)
    }
}
