import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// `previous_response_id`, `item_reference` and `store` of Responses clients, on an upstream that keeps nothing.
@Suite struct StoredConversationTests {
    private let key = ClientKeyID("key-1")

    private func run(_ body: String, store: ResponseStore, stream: Bool = false) async throws -> EngineScenario.Result {
        var scenario = EngineScenario(
            client: .openAIResponses, upstream: .anthropicMessages, body: body,
            replies: [stream ? .events(.bytes(EngineSamples.messagesStream)) : .json(EngineSamples.messagesAnswer)])
        scenario.responses = store
        return try await scenario.run()
    }

    private func id(of result: EngineScenario.Result, stream: Bool) throws -> String {
        guard stream else { return try #require(JSONValue(parsing: result.client.body)["id"]?.string) }
        let data = try #require(result.client.text.split(separator: "\n").last { $0.hasPrefix("data: ") })
        let event = try JSONValue(parsing: Array(data.dropFirst(6).utf8))
        #expect(event["type"]?.string == "response.completed")
        return try #require(event["response"]?["id"]?.string)
    }

    @Test(arguments: [false, true]) func theConversationGoesOn(stream: Bool) async throws {
        let store = ResponseStore()
        let first = try await run(
            #"{"model":"up/m","input":"hi","instructions":"Be kind.","stream":\#(stream)}"#, store: store,
            stream: stream)
        let firstID = try id(of: first, stream: stream)
        let second = try await run(
            #"{"model":"up/m","input":[{"role":"user","content":"more"}],"previous_response_id":"\#(firstID)"}"#,
            store: store)
        let sent = try JSONValue(parsing: Array(try #require(second.sent.first).utf8))
        #expect(sent["messages"]?.elements.map { $0["role"]?.string } == ["user", "assistant", "user"])
        #expect(
            sent["messages"]?.elements.map { $0["content"]?.text?.string ?? text(in: $0) } == ["hi", "Hello", "more"])
        // Instructions hold for one response only.
        #expect(sent["system"] == nil)
        let answer = try JSONValue(parsing: second.client.body)
        #expect(answer["previous_response_id"]?.string == firstID)
        #expect(answer["store"]?.bool == true)

        let third = try await run(
            #"{"model":"up/m","input":"and?","previous_response_id":"\#(try id(of: second, stream: false))"}"#,
            store: store)
        let all = try JSONValue(parsing: Array(try #require(third.sent.first).utf8))
        #expect(
            all["messages"]?.elements.map { $0["role"]?.string } == ["user", "assistant", "user", "assistant", "user"])
    }

    private func text(in message: JSONValue) -> String? {
        message["content"]?.elements.map { $0["text"]?.string ?? "" }.joined()
    }

    @Test func anUnstoredAnswerCannotBeReferredTo() async throws {
        let store = ResponseStore()
        let first = try await run(#"{"model":"up/m","input":"hi","store":false}"#, store: store)
        let firstID = try id(of: first, stream: false)
        #expect(try JSONValue(parsing: first.client.body)["store"] == nil)
        let second = try await run(
            #"{"model":"up/m","input":"more","previous_response_id":"\#(firstID)"}"#, store: store)
        #expect(second.client.status == 400)
        #expect(second.requests.isEmpty)
        #expect(try JSONValue(parsing: second.client.body)["error"]?["param"]?.string == "previous_response_id")
    }

    @Test func anItemReferenceIsResolved() async throws {  // C111
        let store = ResponseStore()
        let first = try await run(#"{"model":"up/m","input":"hi"}"#, store: store)
        let output = try JSONValue(parsing: first.client.body)["output"]
        let itemID = try #require(output?.elements.map { $0["id"]?.string }.first ?? nil)
        let second = try await run(
            #"{"model":"up/m","store":false,"input":[{"role":"user","content":"hi"},{"type":"item_reference","id":"\#(itemID)"},{"role":"user","content":"more"}]}"#,
            store: store)
        let sent = try JSONValue(parsing: Array(try #require(second.sent.first).utf8))
        #expect(sent["messages"]?.elements.map { text(in: $0) ?? "" }.contains("Hello") == true)
        let unknown = try await run(
            #"{"model":"up/m","input":[{"role":"user","content":"hi"},{"type":"item_reference","id":"msg_x"}]}"#,
            store: store)
        #expect(unknown.client.status == 400)
        #expect(unknown.requests.isEmpty)
    }

    @Test func whatLedToAResponseCanBeRead() async throws {
        let store = ResponseStore()
        let first = try await run(#"{"model":"up/m","input":"hi"}"#, store: store)
        let firstID = try id(of: first, stream: false)
        let second = try await run(
            #"{"model":"up/m","input":"more","previous_response_id":"\#(firstID)"}"#, store: store)
        let secondID = try id(of: second, stream: false)
        #expect(store.response(secondID, for: key, now: SteppingClock.wall) == second.client.body)
        #expect(store.response(secondID, for: nil, now: SteppingClock.wall) == nil)
        let items = try #require(store.inputItems(of: secondID, for: key, now: SteppingClock.wall))
        let list = try JSONValue(parsing: [UInt8(ascii: "[")] + items + [UInt8(ascii: "]")])
        #expect(list.elements.map { $0["role"]?.string } == ["user", "assistant", "user"])
        #expect(store.remove(firstID, for: key, now: SteppingClock.wall))
        #expect(!store.remove(firstID, for: key, now: SteppingClock.wall))
        #expect(store.inputItems(of: secondID, for: key, now: SteppingClock.wall) == nil)
    }
}
