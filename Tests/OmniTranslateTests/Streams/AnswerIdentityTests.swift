import OmniJSON
import Testing

@testable import OmniTranslate

/// Ids of answers: clients that keep a conversation by them must get another one each time.
@Suite struct AnswerIdentityTests {
    private static let clients: [WireFormat] = [.anthropicMessages, .openAIResponses, .gemini]

    private func context(_ request: String) -> TranslationContext {
        var context = TranslationContext(model: "m", provider: "p", now: 1_790_000_000)
        context.requestID = request
        return context
    }

    private func stream(_ chunks: [String], to client: WireFormat, request: String) -> String {
        var translator = StreamTranslator(from: .openAIChat, to: client, context: context(request))
        let bytes = chunks.map { "data: \($0)\n\n" }.joined() + "data: [DONE]\n\n"
        var output: [UInt8] = []
        _ = Array(bytes.utf8).withUnsafeBytes { translator.push($0, into: &output) }
        _ = translator.finish(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static let call =
        #"{"id":"ID","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}"#
    private static let end = #"{"id":"ID","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#
    private static let prelude = #"{"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{}]}"#

    @Test("an empty chunk before the first one names nothing", arguments: clients)
    func prelude(client: WireFormat) {
        let chunks = [Self.call, Self.end].map { $0.replacing("ID", with: "chatcmpl-1") }
        let plain = stream(chunks, to: client, request: "a")
        #expect(stream([Self.prelude] + chunks, to: client, request: "a") == plain)
    }

    @Test("without the upstream's id the request's is taken", arguments: clients, ["", "none"])
    func noID(client: WireFormat, id: String) {
        var chunks = [Self.call, Self.end].map { $0.replacing("ID", with: "") }
        if id == "none" { chunks = chunks.map { $0.replacing(#""id":"","#, with: "") } }
        let first = stream(chunks, to: client, request: "a")
        #expect(first.contains(#""f""#))
        #expect(stream(chunks, to: client, request: "a") == first)
        let second = stream(chunks, to: client, request: "b")
        let common = Set(Self.ids(first)).intersection(Self.ids(second))
        #expect(!Self.ids(first).isEmpty && common.isEmpty, "\(common)")
    }

    @Test("whole answers too", arguments: clients)
    func whole(client: WireFormat) throws {
        let body = try JSONValue(
            parsing: Array(
                #"{"id":"","choices":[{"message":{"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}}]}"#
                    .utf8))
        let answers = try ["a", "b"].map { request in
            String(
                decoding: try Translator.translateResponse(
                    body, from: .openAIChat, to: client, context: context(request)
                )
                .body, as: UTF8.self)
        }
        #expect(Set(Self.ids(answers[0])).isDisjoint(with: Self.ids(answers[1])))
        #expect(!Self.ids(answers[0]).isEmpty)
    }

    /// What stands behind `id`, `call_id` and `responseId`.
    private static func ids(_ text: String) -> [String] {
        text.matches(of: /"(?:id|call_id|item_id|responseId)":"([^"]+)"/).map { String($0.1) }
    }
}
