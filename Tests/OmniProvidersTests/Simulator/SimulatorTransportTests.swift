import NIOCore
import OmniCore
import OmniJSON
import OmniTranslate
import Testing

@testable import OmniProviders

/// What each simulated model answers, in both formats, whole and as a stream.
@Suite(.timeLimit(.minutes(5))) struct SimulatorTransportTests {
    struct Form: Sendable, CustomStringConvertible {
        var format: WireFormat
        var isStreaming: Bool
        var description: String { "\(format.rawValue)\(isStreaming ? ", streamed" : "")" }

        static let all = [
            Form(format: .openAIChat, isStreaming: false), Form(format: .openAIChat, isStreaming: true),
            Form(format: .anthropicMessages, isStreaming: false), Form(format: .anthropicMessages, isStreaming: true),
        ]
    }

    @Test(arguments: Form.all)
    func echoSaysTheLastUserTextAgain(form: Form) async throws {
        let messages =
            #"[{"role":"user","content":"first"},{"role":"assistant","content":"no"},{"role":"user","content":"Grüße, \"Welt\"  🌍"}]"#
        let reply = try await reply("echo", form: form, messages: messages)
        #expect(reply.status == 200)
        #expect(reply.text == "Grüße, \"Welt\"  🌍")
        #expect(reply.finish == (form.format == .openAIChat ? "stop" : "end_turn"))
        #expect(reply.isComplete)
        #expect(try #require(reply.outputTokens) > 0)
    }

    @Test(arguments: Form.all)
    func longFillsAPage(form: Form) async throws {
        let reply = try await reply("long", form: form)
        #expect(reply.text.split(separator: " ").count > 1500)
        #expect(reply.isComplete)
    }

    @Test(arguments: Form.all)
    func reasoningThinksBeforeItAnswers(form: Form) async throws {
        let reply = try await reply("reasoning", form: form)
        #expect(reply.thought.contains("hi there"))
        #expect(reply.text.hasSuffix("hi there"))
        #expect(reply.isComplete)
    }

    private static let schema = """
        {"type":"object","required":["city","days","deep","kind","list","on"],"properties":{"city":{"type":"string"},\
        "days":{"type":"integer"},"kind":{"type":"string","enum":["full","short"]},"list":{"type":"array"},\
        "on":{"type":"boolean"},"unasked":{"type":"string"},\
        "deep":{"type":"object","required":["n"],"properties":{"n":{"type":"number"},"o":{"type":"null"}}}}}
        """

    @Test(arguments: Form.all)
    func toolsCallsWhatItIsGiven(form: Form) async throws {
        let tools = ["weather", "time"].map { name in
            form.format == .openAIChat
                ? #"{"type":"function","function":{"name":"\#(name)","parameters":\#(Self.schema)}}"#
                : #"{"name":"\#(name)","input_schema":\#(Self.schema)}"#
        }
        let reply = try await reply("tools", form: form, extra: #","tools":[\#(tools.joined(separator: ","))]"#)
        #expect(reply.finish == (form.format == .openAIChat ? "tool_calls" : "tool_use"))
        #expect(reply.calls.map(\.name) == ["weather", "time"])
        #expect(Set(reply.calls.map(\.id)).count == 2)
        for call in reply.calls {
            let arguments = try JSONValue(parsing: Array(call.arguments.utf8))
            #expect(arguments["city"]?.string == "hi there")
            #expect(arguments["days"]?.int == 1)
            #expect(arguments["kind"]?.string == "full")
            #expect(arguments["on"]?.bool == true)
            #expect(arguments["list"]?.kind == .array)
            #expect(arguments["deep"]?["n"]?.int == 1)
            #expect(arguments["unasked"] == nil)
        }
    }

    @Test(arguments: Form.all)
    func toolsTellsWhatCameBack(form: Form) async throws {
        let messages =
            form.format == .openAIChat
            ? #"""
            [{"role":"user","content":"hi there"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"w","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"sunny"}]
            """#
            : #"""
            [{"role":"user","content":"hi there"},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"w","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"sunny"}]}]
            """#
        let tools =
            form.format == .openAIChat
            ? #","tools":[{"type":"function","function":{"name":"w"}}]"#
            : #","tools":[{"name":"w","input_schema":{"type":"object"}}]"#
        let reply = try await reply("tools", form: form, messages: messages, extra: tools)
        #expect(reply.calls.isEmpty)
        #expect(reply.text.contains("sunny"))
    }

    @Test(arguments: Form.all)
    func toolsSaysSoWhenItIsGivenNone(form: Form) async throws {
        let reply = try await reply("tools", form: form)
        #expect(reply.calls.isEmpty)
        #expect(!reply.text.isEmpty)
    }

    @Test(
        arguments: [("fail", 500, nil), ("fail-429", 429, "1"), ("nonsense", 404, nil)] as [(String, Int, String?)],
        Form.all)
    func failingModelsAnswerWithAnError(model: (String, Int, String?), form: Form) async throws {
        let reply = try await reply(model.0, form: form)
        #expect(reply.status == model.1)
        #expect(reply.retryAfter == model.2)
        let fault = FaultCodec.decode(status: reply.status, body: Array(reply.body.utf8), from: form.format)
        #expect(!fault.message.isEmpty)
    }

    @Test(arguments: Form.all)
    func badRequestsAreRefusedInTheirFormat(form: Form) async throws {
        for body in ["", "{", #"{"messages":7}"#, #"{"model":"echo","messages":[{"role":"user","content":{"a":1}}]}"#] {
            let reply = try await SimulatedReply(asking: "echo", body: body, form: form)
            #expect(reply.status == 400, "\(body)")
        }
    }

    @Test(arguments: Form.all)
    func failMidwayBreaksOff(form: Form) async throws {
        await #expect {
            _ = try await reply("fail-midway", form: form)
        } throws: { error in
            (error as? TransportError)?.code == .connectionLost
        }
    }

    @Test(arguments: Form.all)
    func slowIsStoppedByCancellation(form: Form) async throws {
        let call = Task { try await reply("slow", form: form) }
        call.cancel()
        let result = await call.result
        #expect(throws: TransportError.self) { try result.get() }
    }

    private func reply(
        _ model: String, form: Form, messages: String = #"[{"role":"user","content":"hi there"}]"#, extra: String = ""
    ) async throws -> SimulatedReply {
        let limit = form.format == .anthropicMessages ? #","max_tokens":8000"# : ""
        let body = #"{"model":"\#(model)","stream":\#(form.isStreaming)\#(limit),"messages":\#(messages)\#(extra)}"#
        return try await SimulatedReply(asking: model, body: body, form: form)
    }
}
