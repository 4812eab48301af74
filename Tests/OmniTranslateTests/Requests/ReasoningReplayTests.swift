import OmniJSON
import OmniTranslate
import Testing

/// Thoughts in the history: spec part C.3.
@Suite struct ReasoningReplayTests: RequestWording {
    private func thinking(_ words: String, _ signature: String) -> String {
        #"{"type":"thinking","thinking":"\#(words)","signature":"\#(signature)"}"#
    }

    private func history(_ blocks: String...) -> String {
        #""messages":[\#(user),"# + turn("assistant", blocks.joined(separator: ",")) + ","
            + turn("user", #"{"type":"tool_result","tool_use_id":"a","content":"1"}"#) + "]"
    }

    private func envelope(
        _ origin: WireFormat, kind: OpaqueState.Kind, provider: String? = nil, model: String? = nil, payload: JSONText
    ) -> String {
        OpaqueStateEnvelope.wrap(
            OpaqueState(kind: kind, origin: origin, provider: provider, model: model, itemID: "rs_1", payload: payload)
        ).string
    }

    @Test("C103 C104 C105 own thoughts come back first, apart, unchanged")
    func ownThoughts() throws {
        let blocks = [
            thinking("one", "EqAB"), thinking("", "ErCD"), #"{"type":"redacted_thinking","data":"EmEF"}"#, text("so"),
            use("a"),
        ].joined(separator: ",")
        let result = try anthropicToAnthropic(history(blocks))
        #expect(result.message(1) == turn("assistant", blocks))
        #expect(result.losses.isEmpty)
    }

    @Test("C103 interleaved thoughts keep their place")
    func interleaved() throws {
        let blocks = [thinking("one", "EqAB"), use("a"), thinking("two", "ErCD")].joined(separator: ",")
        #expect(try anthropicToAnthropic(history(blocks)).message(1) == turn("assistant", blocks))
    }

    @Test("C100 a thought known to be another Claude's is dropped")
    func otherModel() throws {
        let own = envelope(.anthropicMessages, kind: .signature, model: "claude-sonnet-4-5", payload: "EqAB")
        let other = envelope(.anthropicMessages, kind: .signature, model: "claude-opus-4-1", payload: "EqCD")
        let result = try anthropicToAnthropic(history(thinking("x", own), thinking("y", other), use("a")))
        #expect(result.message(1) == turn("assistant", thinking("x", "EqAB"), use("a")))
        #expect(result.losses == ["messages.thinking:foreign"])
    }

    @Test(
        "C101 tokens that cannot be Anthropic's are dropped, also in the latest turn",
        arguments: ["reasoning_content", "", "d2hhdGV2ZXI=", "rtr1.garbage", "E"])
    func foreignSignature(signature: String) throws {
        let result = try anthropicToAnthropic(history(thinking("x", signature), use("a")))
        #expect(result.message(1) == turn("assistant", use("a")))
        #expect(result.losses == ["messages.thinking:foreign"])
    }

    @Test func otherVendorsOfTheFormatGetTheirTokensBack() throws {
        let block = thinking("x", "kimi-token")
        let result = try anthropicToAnthropic(history(block, use("a")), model: "kimi-k2", provider: "moonshot")
        #expect(result.message(1) == turn("assistant", block, use("a")))
    }

    @Test(
        "C106 C107 another provider's state never reaches Claude, its call does",
        arguments: ["thinking", "redacted_thinking"])
    func foreignEnvelope(type: String) throws {
        let state = envelope(.openAIResponses, kind: .encrypted, provider: "openai", payload: "gAAAA")
        let block =
            type == "thinking" ? thinking("summary", state) : #"{"type":"redacted_thinking","data":"\#(state)"}"#
        let result = try anthropicToAnthropic(history(block, use("a")))
        #expect(result.message(1) == turn("assistant", use("a")))
        #expect(result.losses == ["messages.thinking:foreign"])
        let chat = try anthropicToChat(history(block, use("a")))
        #expect(!String(decoding: chat.encoded.body, as: UTF8.self).contains("rtr1."))
        #expect(chat.losses == ["messages.thinking:foreign"])
    }

    @Test func anEnvelopeInsideAnEnvelopeReachesNoVendorEither() throws {
        let nested = envelope(.anthropicMessages, kind: .signature, payload: "rtr1.e30")
        let result = try anthropicToAnthropic(
            history(thinking("x", nested), use("a")), model: "kimi-k2", provider: "moonshot")
        #expect(result.message(1) == turn("assistant", use("a")))
    }

    @Test("C106 an envelope gives back id and ciphertext")
    func envelopeRoundTrip() throws {
        let state = OpaqueState(
            kind: .encrypted, origin: .openAIResponses, provider: "openai", model: "gpt-6", itemID: "rs_\"é",
            payload: #"gA\/+=\u00e9"#)
        let wrapped = OpaqueStateEnvelope.wrap(state)
        #expect(wrapped.string.wholeMatch(of: /rtr1\.[A-Za-z0-9_-]+/) != nil)
        let back = try #require(OpaqueStateEnvelope.unwrap(wrapped))
        #expect(back.kind == .encrypted && back.origin == .openAIResponses)
        #expect(back.provider == "openai" && back.model == "gpt-6")
        #expect(back.itemID == state.itemID && back.payload == state.payload)
    }

    @Test(
        "what is no whole envelope is not unwrapped",
        arguments: ["", "EqAB", "rtr1.", "rtr1.e30", "rtr1.!", "rtr1.W10"])
    func notAnEnvelope(token: JSONText) {
        #expect(OpaqueStateEnvelope.unwrap(token) == nil)
        #expect(OpaqueStateEnvelope.isEnvelope(token) == token.string.hasPrefix("rtr1."))
    }

    @Test func aTurnOfForeignThoughtsOnlyIsLeftOut() throws {
        let result = try anthropicToAnthropic(
            #""messages":[\#(user),\#(turn("assistant", thinking("x", "nope"))),\#(user)]"#)
        #expect(result.member("messages") == "[\(turn("user", text("hi"), text("hi")))]")
        let chat = try anthropicToChat(#""messages":[\#(user),\#(turn("assistant", thinking("x", "EqAB"))),\#(user)]"#)
        #expect(chat.member("messages") == "[\(user),\(user)]")
        #expect(chat.losses == ["messages.thinking:foreign"])
    }

    @Test("C122 endpoints that want their reasoning back get it, others do not")
    func reasoningContent() throws {
        let wanting = try anthropicToChat(
            history(thinking("one", "s"), thinking("two", "s"), use("a")), model: "deepseek-reasoner",
            provider: "deepseek")
        let message = wanting.body["messages"]?.elements.map { $0 }[1]
        #expect(message?["reasoning_content"]?.string == "one\n\ntwo")
        #expect(wanting.losses.isEmpty)
        let other = try anthropicToChat(history(thinking("one", "s"), use("a")))
        #expect(other.body["messages"]?.elements.map { $0 }[1]["reasoning_content"] == nil)
        #expect(other.losses == ["messages.thinking:foreign"])
    }
}
