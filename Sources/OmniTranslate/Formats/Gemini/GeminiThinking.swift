import OmniJSON

/// How a wish for reasoning is told to a Gemini model, and the output limit that leaves room for it.
struct GeminiThinking {
    private var level: Reasoning.Effort?
    private var budget: Int?
    private var includesThoughts = false
    /// `generationConfig.maxOutputTokens`, thoughts included.
    private(set) var maxOutputTokens: Int?

    init(request: CanonicalRequest, context: TranslationContext, model: GeminiModel, report: inout TranslationReport) {
        maxOutputTokens = request.maxOutputTokens
        guard let reasoning = request.reasoning else { return }
        // The words of Gemini's own client are sent as they are, but for the pair of them that is refused (C120).
        let isOwn = request.origin == .gemini
        switch model.thinking {
        case .none:
            if reasoning.effort != Reasoning.Effort.none { report.add("reasoning_effort") }
            return
        case .level(let levels):
            guard let wanted = reasoning.effort ?? reasoning.budgetTokens.map(ThinkingPlan.effort(ofBudget:)) else {
                break
            }
            if isOwn, reasoning.native != nil, reasoning.effort == wanted, wanted != .none {
                level = wanted
            } else {
                level = Self.nearest(wanted, in: levels)
                if wanted == .none { report.add("reasoning_effort", "lowest") }
            }
        case .budget(let range, let canBeOff):
            if reasoning.effort == Reasoning.Effort.none, reasoning.budgetTokens == nil {
                budget = canBeOff ? 0 : range.lowerBound
                if !canBeOff { report.add("reasoning_effort", "lowest") }
            } else if let wanted = reasoning.budgetTokens ?? reasoning.effort.map({ Self.budget(of: $0, in: range) }) {
                spend(wanted, in: range, report: &report)
            } else {
                budget = -1
            }
        }
        let isOff = reasoning.effort == Reasoning.Effort.none
        includesThoughts = isOwn ? reasoning.visibility == .summary : !isOff && isShown(reasoning, context)
    }

    private func isShown(_ reasoning: Reasoning, _ context: TranslationContext) -> Bool {
        context.showsReasoning && reasoning.visibility != .hidden
    }

    /// Makes room for a budget, which counts towards the output limit: one that eats it all up leaves no answer.
    private mutating func spend(
        _ wanted: Int, in range: ClosedRange<Int>, report: inout TranslationReport
    ) {
        let clamped = min(max(wanted, range.lowerBound), range.upperBound)
        if clamped < wanted { report.add("reasoning_effort", "clamped") }
        budget = clamped
        guard let limit = maxOutputTokens, limit <= clamped else { return }
        let (raised, overflows) = limit.addingReportingOverflow(clamped)
        maxOutputTokens = overflows ? limit : min(raised, max(65536, limit))
        report.add("max_tokens", "raised")
    }

    /// The same, else the next lower, else the least.
    private static func nearest(_ wanted: Reasoning.Effort, in levels: [Reasoning.Effort]) -> Reasoning.Effort? {
        let order = Reasoning.Effort.allCases
        let position = order.firstIndex(of: wanted) ?? 0
        return levels.last { (order.firstIndex(of: $0) ?? 0) <= position } ?? levels.first
    }

    private static func budget(of effort: Reasoning.Effort, in range: ClosedRange<Int>) -> Int {
        switch effort {
        case .none, .minimal: max(512, range.lowerBound)
        case .low: 1024
        case .medium: 8192
        case .high: min(24576, range.upperBound)
        case .xhigh, .max: range.upperBound
        }
    }

    var isSaid: Bool { level != nil || budget != nil || includesThoughts }

    func write(into writer: inout JSONWriter) {
        guard isSaid else { return }
        writer.key("thinkingConfig")
        writer.beginObject()
        if includesThoughts {
            writer.key("includeThoughts")
            writer.value(true)
        }
        if let level {
            writer.key("thinkingLevel")
            switch level {
            case .none, .minimal: writer.value("MINIMAL")
            case .low: writer.value("LOW")
            case .medium: writer.value("MEDIUM")
            case .high: writer.value("HIGH")
            case .xhigh, .max: writer.value("XHIGH")
            }
        }
        if let budget {
            writer.key("thinkingBudget")
            writer.value(budget)
        }
        writer.endObject()
    }
}
