import OmniJSON

/// The automaton of ``StreamEvent``'s grammar: whatever events come, what it lets through is in legal order.
///
/// Words are never lost for a missing frame: a delta that belongs to no open block opens one of its kind. What has no
/// meaning where it stands (arguments of no call, anything of a choice that is finished) is left out.
struct StreamEventOrder: Sendable {
    /// What becomes of an event.
    enum Verdict {
        case legal
        case illegal
        /// Legal behind these, which complete what it presupposes.
        case after([StreamEvent])
    }

    private enum Open: Sendable { case nothing, text, reasoning, refusal, tool, unknown }

    private struct Choice: Sendable {
        let index: Int
        var open = Open.nothing
        var hasCalls = false
        var isFinished = false
    }

    private var hasStarted = false
    /// Whether `end` or `error` came; nothing follows them.
    private(set) var isOver = false
    private var choices: [Choice] = []

    mutating func admit(_ event: StreamEvent) -> Verdict {
        guard !isOver else { return .illegal }
        switch event {
        case .ping, .usage, .serviceTier, .systemFingerprint: return .legal
        case .error:
            isOver = true
            return .legal
        case .start:
            defer { hasStarted = true }
            return hasStarted ? .illegal : .legal
        case .end:
            isOver = true
            return verdict(repairs: closing())
        case .blockStart(let choice, let block): return begin(block, choice)
        case .text(let choice, _): return enter(.text, choice)
        case .reasoning(let choice, _): return enter(.reasoning, choice)
        case .refusal(let choice, _): return enter(.refusal, choice)
        // An empty token replays nothing.
        case .state(let choice, let state): return state.payload.isEmpty ? .illegal : enter(.reasoning, choice)
        case .arguments(let choice, _): return isOpen(.tool, choice) ? .legal : .illegal
        case .citation(let choice, _): return isOpen(.text, choice) || isOpen(.nothing, choice) ? .legal : .illegal
        case .logprobs(let choice, let value):
            return value.kind == .object && known(choice) != nil ? .legal : .illegal
        case .hostedCall(let choice, _):
            guard let slot = slot(of: choice) else { return .illegal }
            return verdict(repairs: close(slot))
        case .blockEnd(let choice):
            guard let slot = known(choice), choices[slot].open != .nothing else { return .illegal }
            choices[slot].open = .nothing
            return .legal
        case .finish(let choice, _):
            guard let slot = slot(of: choice) else { return .illegal }
            let repairs = close(slot)
            choices[slot].isFinished = true
            return verdict(repairs: repairs)
        }
    }

    /// A start that did not come is made up.
    private mutating func verdict(repairs: [StreamEvent]) -> Verdict {
        if hasStarted { return repairs.isEmpty ? .legal : .after(repairs) }
        hasStarted = true
        return .after([.start(id: nil, model: nil, created: nil)] + repairs)
    }

    private mutating func begin(_ block: StreamEvent.Block, _ choice: Int) -> Verdict {
        guard let slot = slot(of: choice) else { return .illegal }
        let repairs = close(slot)
        switch block {
        case .text: choices[slot].open = .text
        case .reasoning: choices[slot].open = .reasoning
        case .refusal: choices[slot].open = .refusal
        case .unknown: choices[slot].open = .unknown
        case .toolCall:
            choices[slot].open = .tool
            choices[slot].hasCalls = true
        }
        return verdict(repairs: repairs)
    }

    /// Makes sure that a block of words of this kind is open.
    private mutating func enter(_ kind: Open, _ choice: Int) -> Verdict {
        guard let slot = slot(of: choice) else { return .illegal }
        if choices[slot].open == kind { return .legal }
        let block: StreamEvent.Block =
            switch kind {
            case .reasoning: .reasoning
            case .refusal: .refusal
            case .text, .nothing, .tool, .unknown: .text
            }
        let repairs = close(slot) + [.blockStart(choice: choice, block)]
        choices[slot].open = kind
        return verdict(repairs: repairs)
    }

    private func isOpen(_ kind: Open, _ choice: Int) -> Bool {
        known(choice).map { choices[$0].open == kind } ?? false
    }

    private mutating func close(_ slot: Int) -> [StreamEvent] {
        guard choices[slot].open != .nothing else { return [] }
        choices[slot].open = .nothing
        return [.blockEnd(choice: choices[slot].index)]
    }

    /// Ends every choice that is not finished; an answer has at least one.
    private mutating func closing() -> [StreamEvent] {
        if choices.isEmpty { choices.append(Choice(index: 0)) }
        var repairs: [StreamEvent] = []
        for slot in choices.indices where !choices[slot].isFinished {
            repairs += close(slot)
            choices[slot].isFinished = true
            let reason: Finish.Reason = choices[slot].hasCalls ? .toolUse : .stop
            repairs.append(.finish(choice: choices[slot].index, Finish(reason)))
        }
        return repairs
    }

    /// Where a choice is that has begun and is not finished.
    private func known(_ index: Int) -> Int? {
        choices.firstIndex { $0.index == index && !$0.isFinished }
    }

    /// Where a choice is, made on first sight; nil when nothing of it may come any more.
    private mutating func slot(of index: Int) -> Int? {
        guard index >= 0 else { return nil }
        if let slot = choices.firstIndex(where: { $0.index == index }) { return choices[slot].isFinished ? nil : slot }
        choices.append(Choice(index: index))
        return choices.count - 1
    }
}
