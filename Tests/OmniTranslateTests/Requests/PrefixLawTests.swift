import OmniJSON
import OmniTranslate
import Testing

/// The law prompt caches live by: what a conversation has said so far is sent as the same bytes however it goes on.
@Suite struct PrefixLawTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let client: WireFormat
        let upstream: WireFormat
        let model: String
        let provider: String

        var testDescription: String { "\(client.rawValue) to \(model)" }
    }

    static let upstreams: [(WireFormat, String, String)] = [
        (.openAIChat, "gpt-4o", "openai"), (.openAIChat, "gpt-5.6", "openai"),
        (.openAIChat, "deepseek-chat", "deepseek"),
        (.openAIResponses, "gpt-5.6", "openai"), (.anthropicMessages, "claude-sonnet-4-5", "anthropic"),
        (.anthropicMessages, "claude-opus-4-8", "anthropic"), (.gemini, "gemini-3-pro-preview", "gemini"),
        (.gemini, "gemini-2.5-flash", "gemini"), (.ollama, "qwen3", "ollama"),
    ]

    /// The pairs of two dialects; of one dialect with itself bytes pass as they are.
    static let pairs: [Pair] = WireFormat.allCases.flatMap { client in
        upstreams.filter { $0.0 != client }.map { Pair(client: client, upstream: $0.0, model: $0.1, provider: $0.2) }
    }

    private func encode(_ request: String, _ pair: Pair) throws -> EncodedRequest {
        let decoded = try Translator.decodeRequest(
            JSONValue(parsing: Array(request.utf8)), from: pair.client,
            pathModel: pair.client == .gemini ? "m" : nil)
        let context = TranslationContext(
            model: pair.model, provider: pair.provider,
            capabilities: .lookup(provider: pair.provider, model: pair.model, maxOutput: 8192))
        return try Translator.encodeRequest(decoded, to: pair.upstream, context: context)
    }

    /// The messages, from the first to the end of the last.
    private func messages(_ body: [UInt8]) throws -> ArraySlice<UInt8> {
        let body = try JSONValue(parsing: body)
        let list = try #require(body["messages"] ?? body["input"] ?? body["contents"])
        return list.raw.dropLast()
    }

    /// What stands before the messages in a model's prompt.
    private func opening(_ body: [UInt8]) throws -> [String] {
        let body = try JSONValue(parsing: body)
        return [body["tools"], body["system"], body["instructions"], body["systemInstruction"]].map {
            $0?.rawText ?? ""
        }
    }

    /// Base64 that begins as Claude's signatures do.
    private let token: JSONText = "EqABCkYIBRgCKkBzaWduYXR1cmU="

    /// A thought's token made by the upstream itself, as it travels through other dialects.
    private func envelope(_ pair: Pair) -> String {
        let kind: OpaqueState.Kind =
            switch pair.upstream {
            case .openAIResponses: .encrypted
            case .gemini: .thoughtSignature
            case .openAIChat, .anthropicMessages, .ollama: .signature
            }
        let state = OpaqueState(
            kind: kind, origin: pair.upstream, provider: pair.provider, model: pair.model, payload: token)
        return OpaqueStateEnvelope.wrap(state).string
    }

    @Test("longer conversations begin with the bytes of shorter ones", arguments: pairs, [false, true])
    func prefixes(pair: Pair, thinks: Bool) throws {
        let conversation = Conversation(
            format: pair.client, envelope: thinks ? envelope(pair) : nil, thinks: thinks)
        var earlier: (messages: ArraySlice<UInt8>, opening: [String])?
        for count in 1...Conversation.exchangeCount {
            let body = try encode(conversation.request(exchanges: count), pair).body
            let now = (messages: try messages(body), opening: try opening(body))
            if let earlier {
                #expect(
                    now.messages.starts(with: earlier.messages) && now.messages.count > earlier.messages.count,
                    "exchange \(count)")
                #expect(now.opening == earlier.opening, "exchange \(count)")
            }
            earlier = now
        }
        // The thoughts are really there, or their place proves nothing.
        let takesState = [.openAIResponses, .anthropicMessages, .gemini].contains(pair.upstream)
        if thinks, takesState, pair.client != .ollama {
            let words = String(decoding: earlier?.messages ?? [], as: UTF8.self)
            #expect(words.contains(token.string))
        }
    }

    @Test("one request always gives the same bytes", arguments: pairs)
    func stability(pair: Pair) throws {
        var requests = [Conversation(format: pair.client).request(exchanges: Conversation.exchangeCount)]
        for name in ["minimal", "rich"] {
            requests.append(try SourceTree.sample("\(pair.client.rawValue)/request.\(name).json"))
        }
        var encoded = 0
        for request in requests {
            func outcome() -> Result<EncodedRequest, any Error> { Result { try encode(request, pair) } }
            switch (outcome(), outcome()) {
            case (.success(let first), .success(let second)):
                #expect(first.body == second.body && first.report == second.report)
                encoded += 1
            // A sample may hold what a target must refuse; then always for the same reason.
            case (.failure(let first), .failure(let second)): #expect("\(first)" == "\(second)")
            default: Issue.record("refused once and not always")
            }
        }
        #expect(encoded >= 2)
    }
}
