import OmniJSON
import Testing

@testable import OmniTranslate

/// The same question has one fingerprint, and what shapes its answer is in it.
@Suite struct RequestFingerprintTests {
    @Test(arguments: WireFormat.allCases)
    func oneQuestionHasOneFingerprintInAllDialects(format: WireFormat) throws {
        #expect(try Question().fingerprint(format) == Question().fingerprint(.openAIChat))
        let plain = Question(picture: nil, says: "")
        #expect(try plain.fingerprint(format) == plain.fingerprint(.anthropicMessages))
        // Ollama has no such choice.
        guard format != .ollama else { return }
        let forced = Question(mustCall: true)
        #expect(try forced.fingerprint(format) == forced.fingerprint(.openAIChat))
    }

    /// What a dialect, an SDK or a person may write otherwise without asking for something else.
    @Test(arguments: WireFormat.allCases)
    func spellingDoesNotMatter(format: WireFormat) throws {
        let usual = try Question().fingerprint(format)
        for same in [
            Question(temperature: "0.0"), Question(temperature: "0e2", topP: "5e-1", limit: "1e2"),
            Question(words: "What is the weather in Bern? \\u00e9 \\u000a"),
            Question(arguments: #"{ "city" : "B\u0065rn", "days": 2.0 }"#), Question(callID: "call_other"),
            Question(isStreaming: true),
        ] {
            #expect(try same.fingerprint(format) == usual)
        }
    }

    @Test(arguments: WireFormat.allCases)
    func whatShapesTheAnswerIsInIt(format: WireFormat) throws {
        let questions = [
            Question(), Question(system: "You are verbose."), Question(words: "What is the weather in Berne?"),
            Question(picture: nil), Question(picture: "iVBORw0KGgo="), Question(says: "I shall look."),
            Question(tool: "forecast"), Question(arguments: #"{"city":"Basel","days":2}"#),
            Question(arguments: #"{"city":"Bern","days":3}"#), Question(result: "rain"),
            Question(schema: #"{"type":"object","properties":{"days":{"type":"integer"},"city":{"type":"string"}}}"#),
            Question(schema: #"{"type":"object"}"#), Question(description: "Looks it up well"),
            Question(temperature: "0.1"), Question(topP: "0.6"), Question(limit: "101"),
        ]
        let prints = try questions.map { try $0.fingerprint(format) }
        #expect(Set(prints).count == questions.count)
    }

    /// Members that one dialect has; each must change the fingerprint, and no two the same way.
    @Test(
        arguments: [
            (
                WireFormat.openAIChat,
                [
                    #""seed":1"#, #""seed":2"#, #""stop":"a""#, #""stop":["a","b"]"#, #""n":2"#,
                    #""frequency_penalty":1"#,
                    #""presence_penalty":1"#, #""logit_bias":{"1":5}"#, #""response_format":{"type":"json_object"}"#,
                    #""response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}}"#,
                    #""response_format":{"type":"json_schema","json_schema":{"name":"b","schema":{"type":"object"}}}"#,
                    #""reasoning_effort":"low""#, #""reasoning_effort":"high""#, #""logprobs":true"#,
                    #""logprobs":true,"top_logprobs":3"#, #""verbosity":"low""#, #""parallel_tool_calls":false"#,
                    #""top_k":4"#, #""acme":1"#, #""acme":{"a":[1]}"#, #""tool_choice":"none""#,
                    #""tool_choice":{"type":"function","function":{"name":"weather"}}"#, #""service_tier":"flex""#,
                ]
            ),
            (
                .openAIResponses,
                [
                    #""reasoning":{"effort":"low"}"#, #""reasoning":{"effort":"low","summary":"auto"}"#,
                    #""reasoning":{"effort":"low","summary":"detailed"}"#, #""text":{"verbosity":"low"}"#,
                    #""text":{"format":{"type":"json_schema","name":"a","schema":{"type":"object"}}}"#,
                    #""truncation":"auto""#, #""top_logprobs":2"#, #""tool_choice":"none""#, #""max_tool_calls":1"#,
                ]
            ),
            (
                .anthropicMessages,
                [
                    #""top_k":4"#, #""stop_sequences":["a"]"#, #""stop_sequences":["b"]"#,
                    #""thinking":{"type":"enabled","budget_tokens":1024}"#,
                    #""thinking":{"type":"enabled","budget_tokens":2048}"#, #""thinking":{"type":"adaptive"}"#,
                    #""thinking":{"type":"disabled"}"#, #""tool_choice":{"type":"none"}"#,
                    #""tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#,
                    #""output_config":{"effort":"low"}"#, #""output_config":{"effort":"low","odd":1}"#,
                    #""container":"c""#,
                ]
            ),
            (
                .gemini,
                [
                    #""safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}]"#,
                    #""cachedContent":"cachedContents/a""#, #""cachedContent":"cachedContents/b""#, #""odd":1"#,
                    #""toolConfig":{"functionCallingConfig":{"mode":"NONE"}}"#,
                ]
            ),
            (
                .ollama,
                [
                    #""think":true"#, #""think":"high""#, #""format":"json""#, #""format":{"type":"object"}"#,
                    #""logprobs":true"#, #""odd":1"#,
                ]
            ),
        ] as [(WireFormat, [String])])
    func dialectsOwnMembersAreInIt(format: WireFormat, members: [String]) throws {
        var prints: Set<[UInt8]> = [try Question().fingerprint(format)]
        for member in members {
            let print = try Question(more: [format: "," + member]).fingerprint(format)
            #expect(prints.insert(print).inserted, "\(member)")
        }
    }

    @Test(
        arguments: [
            (
                WireFormat.openAIChat,
                #","user":"u","metadata":{"a":"b"},"prompt_cache_key":"k","safety_identifier":"s","n":1,"tool_choice":"auto","stream_options":{"include_usage":true},"response_format":{"type":"text"},"parallel_tool_calls":true,"store":false"#
            ),
            (
                .openAIResponses,
                #","user":"u","metadata":{"a":"b"},"prompt_cache_key":"k","tool_choice":"auto","text":{"format":{"type":"text"}},"store":false"#
            ),
            (.anthropicMessages, #","metadata":{"user_id":"u"},"tool_choice":{"type":"auto"}"#),
            (.gemini, #","toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}"#), (.ollama, #","keep_alive":"5m""#),
        ] as [(WireFormat, String)])
    func whatDoesNotShapeTheAnswerIsNotInIt(format: WireFormat, members: String) throws {
        #expect(try Question(more: [format: members]).fingerprint(format) == Question().fingerprint(format))
    }

    @Test func cacheBreakpointsAreNotInIt() throws {
        let marked = Question().text(.anthropicMessages).replacing(
            #"{"type":"text","text":"And now?"}"#,
            with: #"{"type":"text","text":"And now?","cache_control":{"type":"ephemeral"}}"#)
        #expect(try Question.fingerprint(marked, of: .anthropicMessages) == Question().fingerprint(.anthropicMessages))
    }

    /// Turns are told apart: who said what, and which call a result belongs to.
    @Test func speakersAndOrderAreInIt() throws {
        func request(_ messages: String) throws -> [UInt8] {
            try Question.fingerprint(#"{"model":"m","messages":[\#(messages)]}"#, of: .openAIChat)
        }
        func message(_ role: String, _ text: String) -> String { #"{"role":"\#(role)","content":"\#(text)"}"# }
        let calls =
            #"{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"t","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"t","arguments":"{}"}}]}"#
        func result(_ id: String, _ text: String) -> String {
            #"{"role":"tool","tool_call_id":"\#(id)","content":"\#(text)"}"#
        }
        let user = message("user", "x")
        let variants = [
            user, message("system", "x"), [user, user].joined(separator: ","), message("user", "xx"),
            [user, message("assistant", "y"), user].joined(separator: ","),
            [user, message("user", "y"), user].joined(separator: ","),
            [user, calls, result("a", "1"), result("b", "2")].joined(separator: ","),
            [user, calls, result("a", "2"), result("b", "1")].joined(separator: ","),
            [user, calls, result("b", "1"), result("a", "2")].joined(separator: ","),
            #"{"role":"user","name":"ann","content":"x"}"#,
        ]
        #expect(try Set(variants.map(request)).count == variants.count)
        #expect(try request(message("system", "x")) == request(message("developer", "x")))
    }

    @Test(arguments: WireFormat.allCases)
    func samplesDifferAndStayTheSame(format: WireFormat) throws {
        let prints = try ["minimal", "rich"].map { name in
            let text = try SourceTree.sample("\(format.rawValue)/request.\(name).json")
            let print = try Question.fingerprint(text, of: format)
            // White space between tokens is nothing.
            let spaced = text.replacing("\n", with: " \n ")
            #expect(try Question.fingerprint(spaced, of: format) == print)
            return print
        }
        #expect(prints[0] != prints[1])
    }

    @Test(arguments: [
        (#""tools":[{"type":"web_search"}]"#, WireFormat.openAIResponses, true),
        (#""tools":[{"type":"web_search_20250305","name":"web_search"}],"max_tokens":5"#, .anthropicMessages, true),
        (#""web_search_options":{}"#, .openAIChat, true), (#""temperature":0"#, .openAIChat, false),
        (#""tools":[{"type":"function","name":"t"}]"#, .openAIResponses, false),
    ])
    func hostedToolsAreSeen(members: String, format: WireFormat, expected: Bool) throws {
        let content = format == .openAIResponses ? "input" : "messages"
        let body = #"{"model":"m","\#(content)":[{"role":"user","content":"x"}],\#(members)}"#
        let request = try Translator.decodeRequest(JSONValue(parsing: Array(body.utf8)), from: format)
        #expect(request.usesHostedTools == expected)
    }
}
