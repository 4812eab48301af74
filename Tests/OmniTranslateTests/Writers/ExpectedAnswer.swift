import OmniJSON

@testable import OmniTranslate

/// What one choice of an answer says, put together from events or from a client's stream; the two must agree.
struct ChoiceContent: Equatable {
    struct Call: Equatable {
        var id: String
        var name: String
        var isCustom: Bool
        /// As text; free text or JSON.
        var arguments: String
    }

    /// Texts and refusals in their order.
    var words = ""
    var thoughts = ""
    var calls: [Call] = []
    /// What tools the provider ran did, as ``HostedLines`` spells it.
    var hosted: [String] = []
    var isFinished = false
}

/// What a sequence of events says, in whatever order they are: an independent reading of ``StreamEvent``.
struct ExpectedAnswer {
    private(set) var choices: [Int: ChoiceContent] = [:]
    /// Whether it ends with an error, or not at all.
    private(set) var hasFailed = true
    private(set) var hostedCalls: [Int: [HostedCall]] = [:]
    private var openCalls: Set<Int> = []

    init(_ events: [StreamEvent]) {
        loop: for event in events {
            switch event {
            case .error: break loop
            case .end:
                hasFailed = false
                break loop
            default: take(event)
            }
        }
    }

    private mutating func take(_ event: StreamEvent) {
        switch event {
        case .blockStart(let choice, let block):
            change(choice) { content in
                guard case .toolCall(let id, let name, let isCustom) = block else { return false }
                content.calls.append(.init(id: id.string, name: name.string, isCustom: isCustom, arguments: ""))
                return true
            }
        case .text(let choice, let text), .refusal(let choice, let text):
            change(choice) {
                $0.words += text.string
                return false
            }
        case .reasoning(let choice, let text):
            change(choice) {
                $0.thoughts += text.string
                return false
            }
        case .arguments(let choice, let text):
            guard openCalls.contains(choice) else { return }
            change(choice) {
                $0.calls[$0.calls.count - 1].arguments += text.string
                return true
            }
        // An empty token is nothing, and does not end a call.
        case .state(let choice, let state): if !state.payload.isEmpty { change(choice) { _ in false } }
        case .blockEnd(let choice): openCalls.remove(choice)
        case .hostedCall(let choice, let call):
            if choices[choice]?.isFinished != true { hostedCalls[choice, default: []].append(call) }
            change(choice) { _ in false }
        case .finish(let choice, _):
            change(choice) {
                $0.isFinished = true
                return false
            }
        case .serviceTier, .systemFingerprint: break
        case .start, .citation, .logprobs, .usage, .ping, .end, .error: break
        }
    }

    /// - Parameter body: returns whether a call is open afterwards.
    private mutating func change(_ choice: Int, _ body: (inout ChoiceContent) -> Bool) {
        guard choice >= 0 else { return }
        var content = choices[choice] ?? ChoiceContent()
        guard !content.isFinished else { return }
        let isCalling = body(&content)
        choices[choice] = content
        if isCalling { openCalls.insert(choice) } else { openCalls.remove(choice) }
    }
}
