import HTTPTypes
import OmniCore
import OmniTranslate

extension RouteDocument {
    static let listCombos = RouteDocument(
        "combos.list", "List the combos", answers: [.ok(.record(["combos": .array(of: .combo), "total": .count]))])

    static let createCombo = RouteDocument(
        "combos.create", "Add a combo",
        details: "`warnings` tell of steps that nobody can serve yet and of members that are not known.",
        body: .json(.comboChange.requiring(["name"])), answers: [.created(.combo)], refusals: [.conflict])

    static let showCombo = RouteDocument(
        "combos.show", "Show a combo", answers: [.ok(.combo)], refusals: [.notFound])

    static let changeCombo = RouteDocument(
        "combos.change", "Change a combo", details: "`models` is replaced whole, `config` member by member.",
        body: .optional(.comboChange), answers: [.ok(.combo)], refusals: [.notFound, .conflict])

    static let deleteCombo = RouteDocument(
        "combos.delete", "Delete a combo",
        answers: [.ok(.record(["message": .text, "success": .yes, "warnings": .texts.optional]))],
        refusals: [.notFound])

    static let duplicateCombo = RouteDocument(
        "combos.duplicate", "Copy a combo", details: "Under `name`, else under a free name that ends in `-copy`.",
        body: .optional(.object(["name": JSONSchema.comboName.orNull])), answers: [.created(.combo)],
        refusals: [.notFound, .conflict])

    static let testCombo = RouteDocument(
        "combos.test", "Send a small request to each step of a combo",
        details: """
            The combo is named by `comboName`, `combo`, `name` or `id`. Mode `combo` sends one request to the combo \
            itself. The requests are real: they cost what they cost.
            """,
        body: .json(
            .object([
                "comboName": .string(maximum: 200).orNull, "combo": .string(maximum: 200).orNull,
                "name": .string(maximum: 200).orNull, "id": .string(maximum: 200).orNull,
                "message": .string(maximum: 2000).orNull, "mode": .choice("steps", "combo").orNull,
                "timeoutMs": .integer(500...120_000).orNull.meaning("For each step; 15000 unless told."),
                "concurrency": .integer(1...10).orNull,
            ])),
        answers: [
            .ok(
                .record([
                    "comboName": .text, "strategy": .cases(of: ComboStrategy.self), "mode": .choice("steps", "combo"),
                    "resolvedBy": .text.orNull.meaning("The first step that served."),
                    "results": .array(of: .comboFinding), "testedAt": .moment,
                ]))
        ], refusals: [.notFound])

    static let comboCounts = RouteDocument(
        "combos.metrics", "Count what became of the requests of combos",
        query: [Parameter("combo", "One combo, by name or id; then `metrics` is of it alone.")],
        answers: [.ok(.record(["metrics": .either(.comboMetrics, .map(of: .comboMetrics))]))],
        refusals: [.notFound])

    static let resetComboCounts = RouteDocument(
        "combos.reset-metrics", "Count anew", query: [Parameter("combo", "One combo, by name or id; else all.")],
        answers: [.ok(.success)], refusals: [.notFound])
}

extension JSONSchema {
    /// How combos are tried; null takes an option back to its default.
    static let comboOptions = JSONSchema.object([
        "maxRetries": .integer(0...10).orNull, "retryDelayMs": .integer(0...60_000).orNull,
        "timeoutMs": .integer(1000...600_000).orNull, "attemptTimeoutMs": .integer(100...600_000).orNull,
        "concurrencyPerModel": .integer(1...100_000).orNull, "queueTimeoutMs": .integer(0...600_000).orNull,
        "sticky": .integer(1...1000).orNull, "fallbackOnContentFilter": .flag.orNull,
        "fallbackOnContextOverflow": .flag.orNull, "maxAttempts": .integer(1...100).orNull,
    ])

    static let comboName = JSONSchema.string(minimum: 1, maximum: 100, pattern: "^[A-Za-z0-9_/.-]+$")

    static let comboStep = JSONSchema.component(
        "ComboStep",
        .object(
            [
                "model": .string(minimum: 1, maximum: 400), "weight": .integer(0...100).orNull,
                "timeoutMs": .integer(100...600_000).orNull, "maxRetries": .integer(0...10).orNull,
                "concurrency": .integer(1...100_000).orNull,
                "conditions": .object([
                    "minInputTokens": .integer(0...1_000_000_000).orNull,
                    "maxInputTokens": .integer(0...1_000_000_000).orNull, "tools": .flag.orNull,
                    "images": .flag.orNull, "reasoning": .flag.orNull,
                    "formats": .array(of: .cases(of: WireFormat.self)).orNull,
                ]).orNull,
            ], required: ["model"]))

    static let comboChange = JSONSchema.object([
        "name": comboName, "isActive": .flag.orNull, "description": .string(maximum: 1000).orNull,
        "strategy": .cases(of: ComboStrategy.self).orNull,
        "models": .array(of: .either(.string(minimum: 1, maximum: 400), .comboStep), maximum: 100).orNull,
        "config": comboOptions.orNull,
    ])

    static let combo = JSONSchema.component(
        "Combo",
        .record([
            "id": .text, "name": .text, "description": .text.optional,
            "models": .array(of: .either(.text, .comboStep)), "strategy": .cases(of: ComboStrategy.self),
            "config": .comboOptions, "isActive": .flag, "createdAt": .moment, "updatedAt": .moment,
            "warnings": .texts.optional,
        ]))

    static let comboFinding = JSONSchema.record([
        "step": .count, "model": .text, "status": .choice("ok", "error", "skipped"),
        "statusCode": .count.orNull.optional, "error": .text.optional, "latencyMs": .count.optional,
        "attempts": .count.optional,
        "target": .record(["provider": .text, "model": .text, "connectionId": .text.optional]).optional,
        "usage": .record(["inputTokens": .count, "outputTokens": .count]).optional,
    ])

    private static let servingAverages = JSONSchema.record([
        "avgLatencyMs": .count, "successRate": .share, "lastUsedAt": .moment.orNull,
    ])

    private static let stepMetrics = JSONSchema.record([
        "requests": .count, "successes": .count, "failures": .count, "totalLatencyMs": .count,
        "lastStatus": .count.orNull,
    ]).with(servingAverages)

    static let comboMetrics = JSONSchema.component(
        "ComboMetrics",
        .record([
            "totalRequests": .count, "totalSuccesses": .count, "totalFailures": .count, "totalFallbacks": .count,
            "totalLatencyMs": .count, "strategy": .cases(of: ComboStrategy.self), "fallbackRate": .number,
            "byModel": .map(of: stepMetrics), "steps": .array(of: stepMetrics.with(["step": .count, "model": .text])),
        ]).with(servingAverages))
}
