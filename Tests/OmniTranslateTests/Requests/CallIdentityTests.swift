import OmniJSON
import OmniTranslate
import Testing

/// Arguments, call ids and tool names: spec rows C014 to C028.
@Suite struct CallIdentityTests: RequestWording {
    @Test(
        "C014 no arguments are an empty object",
        arguments: [#","arguments":"""#, #","arguments":null"#, "", #","arguments":" ""#, #","arguments":"null""#])
    func noArguments(arguments: String) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),{"role":"assistant","tool_calls":[{"id":"a","type":"function","#
                + #""function":{"name":"t"\#(arguments)}}]}]"#)
        #expect(result.message(1) == turn("assistant", use("a")))
        #expect(result.losses.isEmpty)
    }

    @Test(
        "C015 arguments that are no object are wrapped and reported",
        arguments: [
            (#"{\"a\":"#, #"{"_raw":"{\"a\":"}"#), ("[1]", #"{"_raw":[1]}"#),
            ("x", #"{"_raw":"x"}"#),
        ])
    func malformedArguments(arguments: String, input: String) throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user),{"role":"assistant","tool_calls":[\#(chatCall("a", arguments))]}]"#)
        #expect(result.message(1) == turn("assistant", use("a", input)))
        #expect(result.losses == ["tool_calls.arguments:wrapped"])
    }

    @Test("C018 C019 number text and key order survive both ways")
    func verbatimArguments() throws {
        let anthropic = try chatToAnthropic(
            #""messages":[\#(user),{"role":"assistant","tool_calls":["#
                + chatCall("a", #"{\"z\":12345678901234567890,\"a\":1.0, \"m\":[1e3]}"#) + "]}]")
        #expect(anthropic.message(1) == turn("assistant", use("a", #"{"z":12345678901234567890,"a":1.0, "m":[1e3]}"#)))
        let chat = try anthropicToChat(
            #""messages":[\#(user),\#(turn("assistant", use("a", #"{"z":12345678901234567890,"a":1.0}"#)))]"#)
        let arguments = chat.body["messages"]?.elements.map { $0 }[1]["tool_calls"]?.elements.map { $0 }[0]["function"]
        #expect(arguments?["arguments"]?.string == #"{"z":12345678901234567890,"a":1.0}"#)
    }

    @Test("C021 C022 ids too long for chat are hashed, alike on call and result, and stay distinct")
    func longIDs() throws {
        let long = String(repeating: "a", count: 60)
        let calls = turn("assistant", use(long + "1"), use(long + "2"))
        let result = try anthropicToChat(#""messages":[\#(user),\#(calls)]"#)
        let messages = result.body["messages"]?.elements.map { $0 } ?? []
        let sent = messages[1]["tool_calls"]?.elements.compactMap { $0["id"]?.string } ?? []
        #expect(sent.count == 2 && Set(sent).count == 2)
        #expect(sent.allSatisfy { $0.utf8.count <= 40 })
        #expect(messages[2...].compactMap { $0["tool_call_id"]?.string } == sent)
        #expect(try anthropicToChat(#""messages":[\#(user),\#(calls)]"#).encoded.body == result.encoded.body)
    }

    @Test("C023 ids with punctuation are mapped for Anthropic", arguments: ["call:1", "a.b/c", "é"])
    func punctuatedIDs(id: String) throws {
        let result = try chatToAnthropic(#""messages":[\#(user),\#(chatCalls(id)),\#(chatResult(id, "1"))]"#)
        let messages = result.body["messages"]?.elements.map { $0 } ?? []
        let sent = try #require(messages[1]["content"]?.elements.map { $0 }.first?["id"]?.string)
        #expect(sent.wholeMatch(of: /[A-Za-z0-9_-]+/) != nil)
        #expect(messages[2]["content"]?.elements.map { $0 }.first?["tool_use_id"]?.string == sent)
    }

    @Test("C024 Mistral gets nine letters and digits on both sides")
    func nineCharacters() throws {
        let result = try anthropicToChat(
            #""messages":[\#(user),\#(turn("assistant", use("toolu_01"), use("abcdefghi")))]"#,
            model: "mistral-large", provider: "mistral")
        let messages = result.body["messages"]?.elements.map { $0 } ?? []
        let sent = messages[1]["tool_calls"]?.elements.compactMap { $0["id"]?.string } ?? []
        #expect(sent.first?.wholeMatch(of: /[A-Za-z0-9]{9}/) != nil)
        #expect(sent.last == "abcdefghi")
        #expect(messages[2...].compactMap { $0["tool_call_id"]?.string } == sent)
    }

    @Test(
        "C026 names a target refuses are shortened everywhere and given back",
        arguments: [String(repeating: "n", count: 71), "mcp.server:tool", "naïve tool"])
    func names(name: String) throws {
        let tool = #"{"type":"function","function":{"name":"\#(name)"}}"#
        let call = #"{"id":"a","type":"function","function":{"name":"\#(name)","arguments":""}}"#
        let result = try chatToAnthropic(
            #""messages":[\#(user),{"role":"assistant","tool_calls":[\#(call)]}],"tools":[\#(tool)],"#
                + #""tool_choice":{"type":"function","function":{"name":"\#(name)"}}"#)
        let sent = try #require(result.body["tools"]?.elements.map { $0 }.first?["name"]?.text)
        #expect(sent.string.wholeMatch(of: /[A-Za-z0-9_-]{1,64}/) != nil)
        #expect(result.body["tool_choice"]?["name"]?.text == sent)
        let block = result.body["messages"]?.elements.map { $0 }[1]["content"]?.elements.map { $0 }.first
        #expect(block?["name"]?.text == sent)
        #expect(result.encoded.renamedTools == [sent: JSONText(name)])
    }

    @Test func namesThatFitAreLeftAlone() throws {
        let result = try chatToAnthropic(
            #""messages":[\#(user)],"tools":[{"type":"function","function":{"name":"get-weather_2"}}]"#)
        #expect(result.encoded.renamedTools.isEmpty)
        #expect(result.body["tools"]?.elements.map { $0 }.first?["name"]?.string == "get-weather_2")
    }

    @Test("C027 names that would meet stay distinct")
    func collisions() throws {
        let tools = ["a.b", "a:b", "a_b"].map { #"{"type":"function","function":{"name":"\#($0)"}}"# }
        let result = try chatToAnthropic(#""messages":[\#(user)],"tools":[\#(tools.joined(separator: ","))]"#)
        let sent = result.body["tools"]?.elements.compactMap { $0["name"]?.string } ?? []
        #expect(Set(sent).count == 3)
        #expect(result.encoded.renamedTools.count == 2)
    }

    @Test("C028 a tool of the client's named web_search is declared once")
    func twoSearches() throws {
        let tool =
            #"{"type":"function","function":{"name":"web_search","parameters":{"type":"object","properties":{}}}}"#
        let result = try chatToAnthropic(#""messages":[\#(user)],"tools":[\#(tool)],"web_search_options":{}"#)
        #expect(result.member("tools") == #"[{"name":"web_search","input_schema":{"type":"object","properties":{}}}]"#)
        #expect(result.losses == ["web_search_options:conflict"])
    }

    @Test func theProvidersOwnSearchIsCarriedOver() throws {
        let options =
            #"{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"country":"FR"}}}"#
        let result = try chatToAnthropic(#""messages":[\#(user)],"web_search_options":\#(options)"#)
        #expect(
            result.member("tools")
                == #"[{"type":"web_search_20250305","name":"web_search","user_location":{"type":"approximate","country":"FR"}}]"#
        )
        let error = translationFailure {
            try chatToAnthropic(#""messages":[\#(user)],"web_search_options":{}"#, provider: "other")
        }
        #expect(error?.path == "web_search_options")
    }
}
