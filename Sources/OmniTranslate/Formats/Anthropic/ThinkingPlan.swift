import OmniJSON

/// How a wish for reasoning is told to an Anthropic model, and the output limit that leaves room for it.
struct ThinkingPlan {
    private enum Mode { case unsaid, disabled, adaptive, enabled(Int) }

    private var mode = Mode.unsaid
    /// The value of `output_config.effort`.
    private(set) var effort: String?
    private(set) var maxTokens: Int

    init(request: CanonicalRequest, context: TranslationContext, turns: TurnNormalizer, report: inout TranslationReport) {
        let capabilities = context.capabilities
        maxTokens = request.maxOutputTokens ?? capabilities.maxOutputTokens ?? 4096
        guard let reasoning = request.reasoning else { return }
        let wanted = reasoning.effort ?? reasoning.budgetTokens.map(Self.effort(ofBudget:))
        if wanted == Reasoning.Effort.none {
            if capabilities.thinking == .adaptiveOnly {
                effort = "low"
                report.add("reasoning_effort", "lowest")
            } else if capabilities.thinking != .none {
                mode = .disabled
            }
            return
        }
        // A turn that called tools must begin with its own thoughts; without them thinking can only be off.
        if Self.lacksThoughts(turns) {
            report.add("reasoning_effort", "history")
            if capabilities.thinking != .adaptiveOnly { mode = .disabled }
            return
        }
        switch capabilities.thinking {
        case .none: report.add("reasoning_effort")
        case .adaptive, .adaptiveOnly:
            mode = .adaptive
            effort = wanted.map { Self.name($0, capabilities: capabilities) }
        case .budget:
            let budget = max(1024, reasoning.budgetTokens ?? wanted.map(Self.budget(of:)) ?? 8192)
            mode = .enabled(budget)
            if maxTokens <= budget {
                if request.maxOutputTokens != nil { report.add("max_tokens", "raised") }
                maxTokens += budget
            }
        }
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
            writer.value("summarized")
        case .enabled(let budget):
            writer.value("enabled")
            writer.key("budget_tokens")
            writer.value(budget)
        }
        writer.endObject()
    }

    private static func lacksThoughts(_ turns: TurnNormalizer) -> Bool {
        guard let last = turns.turns.last, last.speaker == .user, last.parts.first?.isToolResult == true,
            let before = turns.turns.dropLast().last
        else { return false }
        return !before.parts.contains { part in
            if case .reasoning(let reasoning) = part { reasoning.state?.origin == .anthropicMessages } else { false }
        }
    }

    private static func name(_ effort: Reasoning.Effort, capabilities: ModelCapabilities) -> String {
        switch effort {
        case .none, .minimal, .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .xhigh: capabilities.supportsXHighEffort ? "xhigh" : "high"
        case .max: "max"
        }
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
