import OmniJSON
import OmniTranslate
import Testing

/// Calls and their results: spec part C.1.
@Suite struct ToolPairingTests: RequestWording {
    @Test("C001 parallel results become one turn in call order")
    func parallelResults() throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),\#(chatCalls("a", "b", "c")),\#(chatResult("c", "3")),\#(chatResult("a", "1")),"#
                + #"\#(chatResult("b", "2"))]"#)
        #expect(result.messageCount == 3)
        #expect(
            result.message(2)
                == #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},"#
                + #"{"type":"tool_result","tool_use_id":"b","content":"2"},"#
                + #"{"type":"tool_result","tool_use_id":"c","content":"3"}]}"#)
    }

    @Test("C002 a picture stays inside its own result")
    func pictureInResult() throws {
        let picture = #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(pixel)"}}"#
        let result = try chatToAnthropic(
            #""messages":[\#(user),\#(chatCalls("a", "b")),"#
                + #"{"role":"tool","tool_call_id":"a","content":[\#(picture)]},\#(chatResult("b", "2"))]"#)
        #expect(result.messageCount == 3)
        #expect(
            result.message(2)
                == #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","#
                + #""source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}]},"#
                + #"{"type":"tool_result","tool_use_id":"b","content":"2"}]}"#)
    }

    @Test("C003 results come before the text of their turn")
    func resultsFirst() throws {
        let messages = [
            user, turn("assistant", use("a")),
            turn("user", text("and?"), #"{"type":"tool_result","tool_use_id":"a","content":"1"}"#),
        ].joined(separator: ",")
        let anthropic = try anthropicToAnthropic(#""messages":[\#(messages)]"#)
        #expect(
            anthropic.message(2)
                == turn("user", #"{"type":"tool_result","tool_use_id":"a","content":"1"}"#, text("and?")))
        let chat = try anthropicToChat(#""messages":[\#(messages)]"#)
        #expect(chat.message(2) == chatResult("a", "1"))
        #expect(chat.message(3) == #"{"role":"user","content":"and?"}"#)
    }

    @Test("C004 orphan result becomes text")
    func orphan() throws {
        let anthropic = try chatToAnthropic(#""messages":[\#(user),\#(chatResult("x", "42"))]"#)
        #expect(anthropic.message(0) == turn("user", text("hi"), text("Tool result (x):"), text("42")))
        let chat = try anthropicToChat(
            #""messages":[\#(turn("user", #"{"type":"tool_result","tool_use_id":"x","content":"42"}"#))]"#)
        #expect(chat.message(0) == turn("user", text("Tool result (x):"), text("42")))
        #expect(chat.messageCount == 1)
    }

    @Test("C005 an empty orphan says nothing", arguments: [#""""#, #""  ""#, "[]", #"[{"type":"text","text":""}]"#])
    func emptyOrphan(content: String) throws {
        let anthropic = try chatToAnthropic(
            #""messages":[\#(user),{"role":"tool","tool_call_id":"x","content":\#(content)}]"#)
        #expect(anthropic.member("messages") == #"[\#(turn("user", text("hi")))]"#)
        let chat = try anthropicToChat(
            #""messages":[\#(user),"#
                + turn("user", #"{"type":"tool_result","tool_use_id":"x","content":\#(content)}"#) + "]")
        #expect(chat.member("messages") == "[\(user)]")
    }

    @Test("C006 an interrupted call gets an error for a result")
    func interrupted() throws {
        let anthropic = try chatToAnthropic(#""messages":[\#(user),\#(chatCalls("a", "b")),\#(chatResult("b", "2"))]"#)
        #expect(
            anthropic.message(2)
                == #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"#
                + #""No result: the call was interrupted.","is_error":true},"#
                + #"{"type":"tool_result","tool_use_id":"b","content":"2"}]}"#)
        let chat = try anthropicToChat(#""messages":[\#(user),\#(turn("assistant", use("a"))),\#(user)]"#)
        #expect(chat.message(2) == chatResult("a", "Error: No result: the call was interrupted."))
        #expect(chat.message(3) == user)
    }

    @Test("C007 a turn without text keeps its call and result", arguments: [#""""#, "null", #""  ""#])
    func callOnly(content: String) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),{"role":"assistant","content":\#(content),"reasoning_content":"hm","#
                + #""tool_calls":[\#(chatCall("a"))]},\#(chatResult("a", "1"))]"#)
        #expect(result.message(1) == turn("assistant", use("a")))
        #expect(result.message(2) == turn("user", #"{"type":"tool_result","tool_use_id":"a","content":"1"}"#))
        #expect(result.losses == ["reasoning_content:foreign"])
    }

    @Test(
        "C008 an instruction between call and result moves behind the results",
        arguments: [("claude-sonnet-4-6", false), ("claude-opus-4-8", true)])
    func instructionBetween(model: String, isSystemTurn: Bool) throws {
        let messages =
            #"\#(user),\#(chatCalls("a", "b")),\#(chatResult("a", "1")),{"role":"system","content":"S"},"#
            + chatResult("b", "2")
        let anthropic = try chatToAnthropic(#""messages":[\#(messages)]"#, model: model)
        let results = [
            #"{"type":"tool_result","tool_use_id":"a","content":"1"}"#,
            #"{"type":"tool_result","tool_use_id":"b","content":"2"}"#,
        ].joined(separator: ",")
        if isSystemTurn {
            #expect(anthropic.message(2) == turn("user", results))
            #expect(anthropic.message(3) == turn("system", text("S")))
        } else {
            #expect(
                anthropic.message(2)
                    == turn("user", results, text(#"<system-reminder>\nS\n</system-reminder>"#)))
        }
        let chat = try chatToChat(#""messages":[\#(messages)]"#)
        #expect(chat.message(3) == chatResult("b", "2"))
        #expect(chat.message(4) == #"{"role":"system","content":"S"}"#)
    }

    @Test("C013 an error is told in words where there is no flag")
    func errorFlag() throws {
        let messages = [
            user, turn("assistant", use("a")),
            turn("user", #"{"type":"tool_result","tool_use_id":"a","content":"timeout","is_error":true}"#),
        ].joined(separator: ",")
        #expect(
            try anthropicToChat(#""messages":[\#(messages)]"#).message(2) == chatResult("a", "Error: timeout"))
    }

    @Test("C041 pictures of results follow the whole run of results, never as text")
    func picturesAfterTheRun() throws {
        let picture = #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}"#
        let result = try anthropicToChat(
            #""messages":[\#(user),\#(turn("assistant", use("a"), use("b"))),"#
                + turn("user", #"{"type":"tool_result","tool_use_id":"a","content":[\#(text("ok")),\#(picture)]}"#)
                + ","
                + turn("user", #"{"type":"tool_result","tool_use_id":"b","content":"2"}"#, text("go")) + "]")
        let roles = result.body["messages"]?.elements.compactMap { $0["role"]?.string }
        #expect(roles == ["user", "assistant", "tool", "tool", "user", "user"])
        #expect(
            result.message(2) == chatResult("a", #"ok\n\n[the result's file follows in the next user message]"#))
        #expect(
            result.message(4)
                == turn("user", #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(pixel)"}}"#))
        #expect(result.losses.isEmpty)
    }

    @Test("C044 documents in results become a file part or text")
    func documentsInResults() throws {
        let pdf =
            #"{"type":"document","title":"A","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}}"#
        let plain =
            #"{"type":"document","title":"B","source":{"type":"text","media_type":"text/plain","data":"words"}}"#
        let result = try anthropicToChat(
            #""messages":[\#(user),\#(turn("assistant", use("a"))),"#
                + turn("user", #"{"type":"tool_result","tool_use_id":"a","content":[\#(plain),\#(pdf)]}"#) + "]")
        #expect(
            result.message(2)
                == chatResult("a", #"B\n\nwords\n\n[the result's file follows in the next user message]"#))
        #expect(
            result.message(3)
                == turn(
                    "user",
                    #"{"type":"file","file":{"filename":"A","file_data":"data:application/pdf;base64,JVBERi0x"}}"#))
    }

    @Test(
        "C045 an empty result is accepted", arguments: [#","content":"""#, #","content":[]"#, #","content":null"#, ""])
    func emptyResult(content: String) throws {
        let chat = try anthropicToChat(
            #""messages":[\#(user),\#(turn("assistant", use("a"))),"#
                + turn("user", #"{"type":"tool_result","tool_use_id":"a"\#(content)}"#) + "]")
        #expect(chat.message(2) == chatResult("a", ""))
        let anthropic = try chatToAnthropic(
            #""messages":[\#(user),\#(chatCalls("a")),{"role":"tool","tool_call_id":"a"\#(content)}]"#)
        #expect(anthropic.message(2) == turn("user", #"{"type":"tool_result","tool_use_id":"a"}"#))
    }

    @Test(
        "C046 parts named after another dialect are text all the same",
        arguments: ["input_text", "output_text", "text"])
    func foreignTextParts(type: String) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),\#(chatCalls("a")),"#
                + #"{"role":"tool","tool_call_id":"a","content":[{"type":"\#(type)","text":"1"}]}]"#)
        #expect(result.message(2) == turn("user", #"{"type":"tool_result","tool_use_id":"a","content":"1"}"#))
    }

    @Test func callsThatShareAnIDKeepTheirOwnResults() throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),\#(chatCalls("a")),\#(chatResult("a", "1")),\#(chatCalls("a")),\#(chatResult("a", "2"))]"#
        )
        #expect(result.message(3) == turn("assistant", use("a_1")))
        #expect(result.message(4) == turn("user", #"{"type":"tool_result","tool_use_id":"a_1","content":"2"}"#))
    }

    @Test func callsSentAsTurnsOfTheirOwnAreOneTurn() throws {
        let messages = [user, chatCalls("a"), chatCalls("b"), chatResult("a", "1"), chatResult("b", "2")]
            .joined(separator: ",")
        #expect(try chatToAnthropic(#""messages":[\#(messages)]"#).messageCount == 3)
        let chat = try chatToChat(#""messages":[\#(messages)]"#)
        #expect(chat.message(1) == chatCalls("a", "b"))
        #expect(chat.message(3) == chatResult("b", "2"))
    }

    @Test func aResultAfterTheUsersWordsStillAnswersItsCall() throws {
        let chat = try chatToChat(#""messages":[\#(user),\#(chatCalls("a")),\#(user),\#(chatResult("a", "1"))]"#)
        #expect(chat.message(2) == chatResult("a", "1"))
        #expect(chat.message(3) == user)
    }
}
