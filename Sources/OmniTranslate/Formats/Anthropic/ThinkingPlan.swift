import OmniJSON

/// How a wish for reasoning is told to an Anthropic model, and the output limit that leaves room for it.
struct ThinkingPlan {
    private enum Mode {
        case unsaid, disabled, adaptive
        case enabled(Int)
    }

    private var mode = Mode.unsaid
    /// The value of `output_config.effort`.
    private(set) var effort: String?
    private(set) var maxTokens: Int
    /// Whether the client will see the thoughts' text.
    private let isShown: Bool

    init(
        request: borrowing CanonicalRequest, context: borrowing TranslationContext, turns: [Turn],
        report: inout TranslationReport
    ) {
        let capabilities = context.capabilities
        maxTokens = request.maxOutputTokens ?? capabilities.maxOutputTokens ?? 4096
        isShown = context.showsReasoning && request.reasoning?.visibility != .hidden
        guard let reasoning = request.reasoning else { return }
        let wanted = reasoning.effort ?? reasoning.budgetTokens.map(Self.effort(ofBudget:))
        if wanted == Reasoning.Effort.none {
            if capabilities.thinking == .adaptiveOnly {
                effort = capabilities.nearestEffort(.none).rawValue
                report.add("reasoning_effort", "lowest")
            } else if capabilities.thinking != .none {
                mode = .disabled
            }
            return
        }
        switch capabilities.thinking {
        case .none: report.add("reasoning_effort")
        case .adaptive, .adaptiveOnly:
            effort = wanted.map { capabilities.nearestEffort($0).rawValue }
            // An effort without `thinking` in Anthropic's own dialect leaves thinking to the model's default.
            if request.origin != .anthropicMessages || reasoning.native != nil { mode = .adaptive }
        case .budget:
            // Without the thoughts that are demanded here thinking can only be off.
            if Self.lacksThoughts(turns) {
                report.add("reasoning_effort", "history")
                mode = .disabled
                return
            }
            spend(
                max(1024, reasoning.budgetTokens ?? wanted.map(Self.budget(of:)) ?? 8192),
                limit: capabilities.maxOutputTokens, isLimitWanted: request.maxOutputTokens != nil, report: &report)
        }
    }

    /// Makes room for a budget, which must stay below the output limit; where the model has no room, less is thought.
    private mutating func spend(
        _ wanted: Int, limit: Int?, isLimitWanted: Bool, report: inout TranslationReport
    ) {
        var budget = wanted
        if maxTokens <= budget {
            let raised = min(maxTokens + budget, max(limit ?? .max, maxTokens))
            if raised > maxTokens, isLimitWanted { report.add("max_tokens", "raised") }
            maxTokens = raised
        }
        if budget >= maxTokens {
            budget = maxTokens - 1
            guard budget >= 1024 else {
                report.add("reasoning_effort", "limit")
                return
            }
            report.add("reasoning_effort", "clamped")
        }
        mode = .enabled(budget)
    }

    var isOn: Bool {
        switch mode {
        case .adaptive, .enabled: true
        case .unsaid, .disabled: false
        }
    }

    /// Whether it is the kind that conflicts with a forced tool.
    var isManual: Bool { if case .enabled = mode { true } else { false } }

    func write(into writer: inout JSONWriter) {
        if case .unsaid = mode { return }
        writer.key("thinking")
        writer.beginObject()
        writer.key("type")
        switch mode {
        case .unsaid: break
        case .disabled: writer.value("disabled")
        case .adaptive:
            writer.value("adaptive")
            // The default of newer models is to omit the text, which would be lost to the client.
            writer.key("display")
            writer.value(isShown ? "summarized" : "omitted")
        case .enabled(let budget):
            writer.value("enabled")
            writer.key("budget_tokens")
            writer.value(budget)
        }
        writer.endObject()
    }

    /// Whether a turn that must begin with its own thoughts does not: one whose calls are answered now, and one that is to be
    /// continued.
    private static func lacksThoughts(_ turns: [Turn]) -> Bool {
        let spoken = turns.filter { $0.speaker != .system }
        if let last = spoken.last, last.speaker == .assistant { return last.parts.first?.isReasoning != true }
        guard let last = spoken.last, last.parts.first?.isToolResult == true,
            let before = spoken.dropLast().last
        else { return false }
        return before.parts.first?.isReasoning != true
    }

    static func budget(of effort: Reasoning.Effort) -> Int {
        switch effort {
        case .none, .minimal: 1024
        case .low: 2048
        case .medium: 8192
        case .high: 16384
        case .xhigh, .max: 32000
        }
    }

    static func effort(ofBudget budget: Int) -> Reasoning.Effort {
        switch budget {
        case ..<1024: .minimal
        case ..<4096: .low
        case ..<12288: .medium
        case ..<24576: .high
        default: .xhigh
        }
    }
}
