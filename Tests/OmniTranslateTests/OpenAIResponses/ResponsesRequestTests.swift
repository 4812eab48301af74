import OmniJSON
import OmniTranslate
import Testing

/// Items of a Responses request as the messages they are, and messages as items.
@Suite struct ResponsesRequestTests: RequestWording {
    private func call(_ id: String, _ arguments: String = "{}", item: String = "fc_1") -> String {
        #"{"type":"function_call","id":"\#(item)","call_id":"\#(id)","name":"t","arguments":"\#(arguments)"}"#
    }

    private func output(_ id: String, _ text: String) -> String {
        #"{"type":"function_call_output","call_id":"\#(id)","output":"\#(text)"}"#
    }

    private func input(_ items: String...) -> String { #""input":[\#(items.joined(separator: ","))]"# }

    @Test func aStringIsTheUsersWords() throws {
        let chat = try responses(#""input":"hi","instructions":"Be terse.""#, to: .openAIChat)
        #expect(
            chat.member("messages")
                == #"[{"role":"system","content":"Be terse."},{"role":"user","content":"hi"}]"#)
    }

    @Test func itemsOfTheModelAreOneTurnAndOutputsFollowTheirCalls() throws {
        let chat = try responses(
            input(
                user, #"{"role":"assistant","content":"a"}"#, call("c1"), call("c2"), output("c2", "2"),
                #"{"role":"developer","content":"d"}"#, output("c1", "1"), user), to: .openAIChat)
        #expect(
            chat.member("messages")
                == #"["#
                + [
                    #"{"role":"user","content":"hi"}"#,
                    #"{"role":"assistant","content":"a","tool_calls":[\#(chatCall("c1")),\#(chatCall("c2"))]}"#,
                    chatResult("c1", "1"), chatResult("c2", "2"), #"{"role":"system","content":"d"}"#,
                    #"{"role":"user","content":"hi"}"#,
                ].joined(separator: ",") + "]")
        let claude = try responses(
            input(user, call("c1"), call("c2"), output("c2", "2"), output("c1", "1")), to: .anthropicMessages)
        #expect(
            claude.message(2)
                == #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"1"},{"type":"tool_result","tool_use_id":"c2","content":"2"}]}"#
        )
    }

    @Test("C025 the item's id is not the call's, and is not replayed elsewhere")
    func itemIDs() throws {
        let chat = try responses(input(user, call("c1", item: "fc_9"), output("c1", "1")), to: .openAIChat)
        #expect(chat.message(1)?.contains("fc_9") == false && chat.message(1)?.contains(#""id":"c1""#) == true)
        let other = try responses(input(user, call("c1", item: "fc_9"), output("c1", "1")), to: .openAIResponses)
        #expect(other.items[1] == #"{"type":"function_call","call_id":"c1","name":"t","arguments":"{}"}"#)
    }

    @Test("C020 C022 long call ids are cut to 64 by hash, the same on call and output")
    func longCallIDs() throws {
        let ids = [String(repeating: "x", count: 116) + "a", String(repeating: "x", count: 116) + "b"]
        let sent = try toResponses(
            #""messages":[\#(user),\#(chatCalls(ids[0], ids[1])),\#(chatResult(ids[0], "1")),\#(chatResult(ids[1], "2"))]"#,
            from: .openAIChat)
        let callIDs = try #require(sent.body["input"]).elements.dropFirst().compactMap { $0["call_id"]?.string }
        #expect(callIDs.count == 4 && callIDs.allSatisfy { $0.utf8.count <= 64 })
        #expect(callIDs[0] == callIDs[2] && callIDs[1] == callIDs[3] && callIDs[0] != callIDs[1])
    }

    @Test("C006 C004 C005 every call has an output, every output its call")
    func pairing() throws {
        let sent = try toResponses(
            #""messages":[\#(user),\#(chatCalls("c1")),\#(user),\#(chatResult("c9", "lost")),\#(chatResult("c8", ""))]"#,
            from: .openAIChat)
        #expect(
            sent.items == [
                #"{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}"#,
                #"{"type":"function_call","call_id":"c1","name":"t","arguments":"{}"}"#,
                #"{"type":"function_call_output","call_id":"c1","output":"Error: No result: the call was interrupted."}"#,
                #"{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}"#,
                #"{"type":"message","role":"user","content":[{"type":"input_text","text":"Tool result (c9):"},{"type":"input_text","text":"lost"}]}"#,
            ])
    }

    @Test("C042 C043 pictures in outputs, both ways")
    func outputImages() throws {
        let image = #"{"type":"input_image","image_url":"data:image/png;base64,\#(pixel)","detail":"auto"}"#
        let claude = try responses(
            input(user, call("c1"), #"{"type":"function_call_output","call_id":"c1","output":[\#(image)]}"#),
            to: .anthropicMessages)
        let block = #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}"#
        #expect(
            claude.message(2)
                == #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[\#(block)]}]}"#)
        let sent = try toResponses(
            #""messages":[\#(turn("user", text("a"))),\#(turn("assistant", use("c1"))),{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[\#(block)]}]}]"#,
            from: .anthropicMessages)
        #expect(
            sent.items.last
                == #"{"type":"function_call_output","call_id":"c1","output":[{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,\#(pixel)"}]}"#
        )
    }

    @Test func leadingInstructionsAreTheFieldAndLaterOnesStayInPlace() throws {
        let sent = try toResponses(
            #""messages":[{"role":"system","content":"a"},{"role":"developer","content":"b"},\#(user),{"role":"system","content":"c"}]"#,
            from: .openAIChat)
        #expect(sent.member("instructions") == #""a\n\nb""#)
        #expect(
            sent.items.last
                == #"{"type":"message","role":"developer","content":[{"type":"input_text","text":"c"}]}"#)
        #expect(sent.items.count == 2)
        let alone = try toResponses(#""messages":[{"role":"system","content":"a"}]"#, from: .openAIChat)
        #expect(alone.member("instructions") == nil && alone.items.count == 1)
    }

    @Test("C130 blanks say nothing, yet a conversation of nothing else is answered")
    func blanks() throws {
        let blank = #"{"role":"user","content":" "}"#
        let sent = try toResponses(#""messages":[\#(blank),\#(user)]"#, from: .openAIChat)
        #expect(sent.items == [#"{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}"#])
        let alone = try toResponses(#""messages":[\#(blank)]"#, from: .openAIChat)
        #expect(alone.items.count == 1 && alone.items[0].contains("(continue)"))
        let claude = translationFailure { try toResponses(#""messages":[\#(blank)]"#, from: .anthropicMessages) }
        #expect(claude?.code == .invalid)
        let own = try responses(#""input":"""#, to: .openAIResponses)
        #expect(own.items == [#"{"type":"message","role":"user","content":[{"type":"input_text","text":""}]}"#])
    }

    @Test func storageIsRefusedUnlessAskedFor() throws {
        #expect(try toResponses(#""messages":[\#(user)]"#, from: .openAIChat).member("store") == "false")
        #expect(try toResponses(#""messages":[\#(user)],"store":true"#, from: .openAIChat).member("store") == "true")
        #expect(try responses(#""input":"hi""#, to: .openAIResponses).member("store") == "false")
        #expect(try responses(#""input":"hi","store":true"#, to: .openAIResponses).member("store") == "true")
    }

    @Test(
        "C155 a format without strict is not strict in either of OpenAI's dialects, whatever its schema",
        arguments: [
            #"{"type":"object","properties":{"a":{"type":"string"}}}"#,
            #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
        ])
    func formatBySilence(schema: String) throws {
        let flat = #"{"type":"json_schema","name":"n","schema":\#(schema)}"#
        let nested = #"{"type":"json_schema","json_schema":{"name":"n","schema":\#(schema)}}"#
        let chat = try responses(#""input":"hi","text":{"format":\#(flat)}"#, to: .openAIChat)
        #expect(chat.member("response_format") == nested && chat.losses == [])
        let sent = try toResponses(#""messages":[\#(user)],"response_format":\#(nested)"#, from: .openAIChat)
        #expect(sent.member("text") == #"{"format":\#(flat)}"# && sent.losses == [])
        let own = try responses(#""input":"hi","text":{"format":\#(flat)}"#, to: .openAIResponses)
        #expect(own.member("text") == #"{"format":\#(flat)}"# && own.losses == [])
    }

    @Test("C155 output formats are nested there and flat here")
    func outputFormats() throws {
        let schema = #"{"type":"object","properties":{"a":{"type":"string"}}}"#
        let chat = try responses(
            #""input":"hi","text":{"format":{"type":"json_schema","name":"n","schema":\#(schema),"strict":false},"verbosity":"low"}"#,
            to: .openAIChat)
        #expect(
            chat.member("response_format")
                == #"{"type":"json_schema","json_schema":{"name":"n","schema":\#(schema),"strict":false}}"#)
        #expect(chat.member("verbosity") == #""low""#)
        let sent = try toResponses(
            #""messages":[\#(user)],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":\#(schema),"strict":false}},"verbosity":"high""#,
            from: .openAIChat)
        #expect(
            sent.member("text")
                == #"{"format":{"type":"json_schema","name":"n","schema":\#(schema),"strict":false},"verbosity":"high"}"#
        )
        let claude = try toResponses(
            #""messages":[\#(user)],"output_config":{"format":{"type":"json_schema","schema":\#(schema)}}"#,
            from: .anthropicMessages)
        #expect(
            claude.member("text") == #"{"format":{"type":"json_schema","name":"response","schema":\#(schema)}}"#)
        #expect(claude.losses == ["output_config.format:unenforced"])
        let object = try toResponses(
            #""messages":[\#(user)],"response_format":{"type":"json_object"}"#, from: .openAIChat)
        #expect(object.member("text") == #"{"format":{"type":"json_object"}}"#)
    }

    static let refusedElsewhere = [
        #""previous_response_id":"resp_1""#, #""conversation":"conv_1""#, #""prompt":{"id":"p"}"#,
        #""background":true"#, #""tools":[{"type":"computer"}]"#,
        #""tools":[{"type":"file_search","vector_store_ids":["v"]}]"#,
        #""tools":[{"type":"code_interpreter","container":"c"}]"#,
        #""tools":[{"type":"mcp","server_label":"s"}]"#,
    ]

    @Test(arguments: refusedElsewhere, [WireFormat.openAIChat, .anthropicMessages])
    func whatOpenAIKeepsOrRunsIsRefusedElsewhere(field: String, target: WireFormat) throws {
        let error = translationFailure { try responses(#""input":"hi",\#(field)"#, to: target) }
        #expect(error?.code == .unsupported)
        let own = try responses(#""input":"hi",\#(field)"#, to: .openAIResponses)
        #expect(String(decoding: own.encoded.body, as: UTF8.self).contains(field))
        #expect(own.losses == [])
    }

    @Test func aStoredTurnCanBeAnsweredWithoutItsCall() throws {
        let own = try responses(
            #""previous_response_id":"resp_1","input":[\#(output("c1", "1"))]"#, to: .openAIResponses)
        #expect(own.items == [output("c1", "1")])
        let alone = try responses(
            #""previous_response_id":"resp_1","instructions":"x""#, to: .openAIResponses)
        #expect(alone.member("input") == nil && alone.member("instructions") == #""x""#)
        #expect(translationFailure { try responses(#""model":"m""#, to: .openAIResponses) }?.path == "input")
    }

    @Test(
        "C111 a reference to a stored item is refused where the item is not",
        arguments: [
            #"{"type":"item_reference","id":"msg_1"}"#, #"{"id":"msg_1"}"#,
            #"{"type":"compaction","encrypted_content":"x"}"#,
        ])
    func storedItems(item: String) throws {
        for target in [WireFormat.openAIChat, .anthropicMessages] {
            #expect(translationFailure { try responses(input(user, item), to: target) }?.code == .unsupported)
        }
        #expect(try responses(input(user, item), to: .openAIResponses).items[1] == item)
    }

    @Test func whatTheProvidersToolsLeftIsReportedElsewhereAndKeptAtHome() throws {
        let search = #"{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search"}}"#
        let body = input(user, search, #"{"role":"assistant","content":"a"}"#, user)
        for target in [WireFormat.openAIChat, .anthropicMessages] {
            let sent = try responses(body, to: target)
            #expect(sent.losses == ["input.web_search_call:unsupported"])
            #expect(sent.messageCount == 3)
        }
        #expect(try responses(body, to: .openAIResponses).items[1] == search)
    }

    static let further: [(field: String, loss: String?)] = [
        (#""truncation":"auto""#, "truncation:unsupported"), (#""truncation":"disabled""#, nil),
        (#""stream_options":{"include_obfuscation":true}"#, nil),
        (#""max_tool_calls":3"#, "max_tool_calls:unsupported"),
        (#""include":["reasoning.encrypted_content"]"#, nil), (#""background":false"#, nil),
        (#""include":["file_search_call.results"]"#, "include:unsupported"),
        (#""context_management":[]"#, "context_management:unsupported"), (#""invented":1"#, "invented:unsupported"),
        (#""text":{"invented":1}"#, "text.invented:unsupported"), (#""prompt_cache_retention":"24h""#, nil),
    ]

    @Test(arguments: further, [WireFormat.openAIChat, .anthropicMessages])
    func furtherFields(field: (field: String, loss: String?), target: WireFormat) throws {
        let sent = try responses(#""input":"hi",\#(field.field)"#, to: target)
        #expect(sent.losses == (field.loss.map { [$0] } ?? []))
        let error = translationFailure { try responses(#""input":"hi",\#(field.field)"#, to: target, isStrict: true) }
        #expect((error == nil) == (field.loss == nil))
    }

    static let lost: [(field: String, loss: String)] = [
        (#""seed":1"#, "seed:unsupported"),
        (#""frequency_penalty":1"#, "frequency_penalty:unsupported"),
        (#""presence_penalty":1"#, "presence_penalty:unsupported"),
        (#""logit_bias":{"1":1}"#, "logit_bias:unsupported"),
        (#""top_k":1"#, "top_k:unsupported"), (#""prediction":{}"#, "prediction:unsupported"),
        (#""max_tokens":5"#, "max_tokens:raised"), (#""reasoning_effort":"high""#, "reasoning_effort:unsupported"),
    ]

    @Test(arguments: lost)
    func whatResponsesLacksIsReported(field: (field: String, loss: String)) throws {
        let sent = try toResponses(#""messages":[\#(user)],\#(field.field)"#, from: .openAIChat)
        #expect(sent.losses == [field.loss])
        let error = translationFailure {
            try toResponses(#""messages":[\#(user)],\#(field.field)"#, from: .openAIChat, isStrict: true)
        }
        #expect(error?.code == .unsupported)
    }

    @Test func severalChoicesAndSoundAreRefused() {
        for fields in [
            #""messages":[\#(user)],"n":2"#, #""messages":[\#(user)],"modalities":["audio"]"#,
            #""messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}]"#,
        ] {
            #expect(translationFailure { try toResponses(fields, from: .openAIChat) }?.code == .unsupported)
        }
    }

    @Test func logprobsAreAskedForByNumberAndName() throws {
        let sent = try toResponses(
            #""messages":[\#(user)],"logprobs":true,"top_logprobs":2"#, from: .openAIChat)
        #expect(sent.member("top_logprobs") == "2")
        #expect(sent.member("include") == #"["message.output_text.logprobs"]"#)
        let chat = try responses(#""input":"hi","include":["message.output_text.logprobs"]"#, to: .openAIChat)
        #expect(chat.member("logprobs") == "true" && chat.losses == [])
        let thinking = try toResponses(
            #""messages":[\#(user)],"logprobs":true"#, from: .openAIChat, model: "gpt-6-luna")
        #expect(thinking.losses == ["logprobs:unsupported"])
    }

    @Test func refusalsAndPhasesComeBack() throws {
        let body = input(
            user, #"{"role":"assistant","content":"a","phase":"commentary"}"#,
            #"{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"refusal","refusal":"no"}]}"#,
            user)
        let own = try responses(body, to: .openAIResponses)
        #expect(
            own.items[1] == #"{"type":"message","role":"assistant","content":"a","phase":"commentary"}"#)
        let refusal = try #require(own.body["input"]?.elements.map { $0 }[2])
        #expect(refusal["content"]?.rawText == #"[{"type":"refusal","refusal":"no"}]"#)
        #expect(refusal["status"]?.string == "completed" && refusal["id"]?.string?.hasPrefix("msg_") == true)
        let chat = try responses(body, to: .openAIChat)
        #expect(chat.message(1) == #"{"role":"assistant","content":"a","refusal":"no"}"#)
    }
}
