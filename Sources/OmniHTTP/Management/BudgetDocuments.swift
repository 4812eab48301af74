import HTTPTypes
import OmniCore

extension RouteDocument {
    private static let scope = [
        Parameter("keyId", "The client key; also `apiKeyId`."), Parameter("connectionId", "The connection."),
        Parameter("model", "The model, as `provider/model`."),
        Parameter("scope", "The router as a whole.", .choice("global")),
    ]

    static let showBudgets = RouteDocument(
        "budgets.show", "Show all limits, or those of one scope with what it used", query: scope,
        answers: [
            .ok(
                .either(
                    .record([
                        "budgets": .array(of: .budgetStanding),
                        "limits": .array(of: JSONSchema.limitScope.with(.limitStanding)),
                    ]), .scopeBudget))
        ], refusals: [.notFound])

    static let setBudget = RouteDocument(
        "budgets.set", "Set limits of a client key, a connection, a model or the whole",
        details: "Limits that are not sent stay; `null` takes one away, and so does a money limit of zero.",
        body: .json(
            JSONSchema.object([
                "keyId": .string(maximum: 1000).orNull, "apiKeyId": .string(maximum: 1000).orNull,
                "connectionId": .string(maximum: 1000).orNull, "model": .string(maximum: 1000).orNull,
                "scope": .choice("global").orNull,
            ]).with(.usageLimits)),
        answers: [
            .ok(
                JSONSchema.limitScope.with([
                    "success": .yes, "apiKeyId": .text.optional, "dailyLimitUsd": .money.optional,
                    "budget": .usageLimitsInForce,
                ]))
        ], refusals: [.notFound])

    static let removeBudget = RouteDocument(
        "budgets.remove", "Remove all limits of a scope", query: scope, answers: [.ok(.success)],
        refusals: [.notFound])
}

extension JSONSchema {
    private static let dollars = JSONSchema.number(0...1_000_000_000).orNull
    private static let many = JSONSchema.integer(1...1_000_000_000_000).orNull

    static let usageLimits = JSONSchema.object([
        "limit": dollars.meaning("In dollars, for `period`."), "period": .cases(of: BudgetPeriod.self).orNull,
        "dailyLimitUsd": dollars, "weeklyLimitUsd": dollars, "monthlyLimitUsd": dollars, "totalLimitUsd": dollars,
        "warningThreshold": .number(0...100).orNull.meaning("A part of one, or percent."),
        "requestsPerMinute": many, "requestsPerDay": many, "tokensPerMinute": many, "tokensPerDay": many,
        "concurrency": .integer(1...1_000_000).orNull,
        "expiresAt": .either(.text, .count).orNull.meaning("A time, or milliseconds since 1970."),
        "schedule": .object(
            [
                "from": .string(maximum: 5).meaning("Such as 09:00."), "until": .string(maximum: 5),
                "days": .array(of: .integer(0...6)).orNull.meaning("0 is Sunday."),
            ], required: ["from", "until"]
        ).orNull,
        "utcOffset": .integer(-840...840).orNull.meaning("In minutes; when days begin."),
    ])

    static let usageLimitsInForce = JSONSchema.component("UsageLimits", usageLimits)

    static let limitScope = JSONSchema.record([
        "scope": .choice("global", "key", "connection", "model"), "keyId": .text.optional, "keyName": .text.optional,
        "connectionId": .text.optional, "connectionName": .text.optional, "model": .text.optional,
    ])

    static let limitStanding = JSONSchema.record([
        "limits": .usageLimitsInForce,
        "now": .record([
            "requestsThisMinute": .count, "tokensThisMinute": .count, "requestsToday": .count,
            "tokensToday": .count, "inFlight": .count, "allowed": .flag,
        ]),
    ])

    /// One money limit and what is used of it.
    static let budgetStanding = JSONSchema.component(
        "Budget",
        limitScope.with([
            "period": .cases(of: BudgetPeriod.self), "limit": .money, "used": .money, "reserved": .money,
            "remaining": .money, "resetAt": .moment.orNull, "warningThreshold": .share,
            "status": .choice("ok", "warning", "exceeded"),
        ]))

    static let scopeBudget = limitScope.with([
        "dailyTotal": .money, "monthlyTotal": .money, "totalEntries": .count, "budget": .usageLimitsInForce.orNull,
        "budgetCheck": .record([
            "allowed": .flag, "reason": .text.optional, "dailyUsed": .money, "dailyLimit": .money,
            "warningReached": .flag,
        ]), "budgets": .array(of: .budgetStanding),
    ]).with(limitStanding.relaxed)
}
