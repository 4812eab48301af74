import OmniCore

extension JSONSchema {
    private static let groupMembers = JSONSchema.record([
        "requests": .count, "errors": .count, "promptTokens": .count, "completionTokens": .count,
        "totalTokens": .count, "cachedTokens": .count, "cacheWriteTokens": .count, "reasoningTokens": .count,
        "cost": .money.orNull, "savedCost": .money.orNull,
        "unpricedRequests": .count.meaning("Those the cost leaves out because nobody knows their price."),
        "averageLatencyMs": .count.optional, "lastUsed": .moment.optional,
    ])

    static let usageGroup = JSONSchema.component("UsageGroup", groupMembers)

    private static let totals = JSONSchema.record([
        "totalCost": .money.orNull, "totalSavedCost": .money.orNull, "unpricedRequests": .count,
        "totalRequests": .count, "totalErrors": .count, "totalPromptTokens": .count,
        "totalCompletionTokens": .count, "totalTokens": .count, "totalCachedTokens": .count,
        "totalCacheWriteTokens": .count, "totalReasoningTokens": .count,
    ])

    static let usageHistory = totals.with([
        "last10Minutes": .array(of: .usageGroup), "byProvider": .map(of: .usageGroup),
        "byModel": .map(of: groupMembers.with(["rawModel": .text, "provider": .text])),
        "byAccount": .map(
            of: groupMembers.with([
                "connectionId": .text, "accountName": .text.orNull, "rawModel": .text, "provider": .text,
            ])),
        "byApiKey": .map(of: groupMembers.with(["apiKeyId": .text, "apiKeyName": .text.orNull])),
        "byCombo": .map(of: .usageGroup),
        "series": .array(of: groupMembers.with(["start": .moment])).optional,
        "pending": .record(["byModel": .map(of: .count), "byAccount": .map(of: .map(of: .count))]),
        "activeRequests": .array(
            of: .record(["model": .text, "provider": .text, "account": .text, "count": .count])),
    ])

    private static let ranked = groupMembers.with(["pct": .text.meaning("Of all tokens, in percent.")])

    static let usageAnalytics = JSONSchema.record([
        "range": .cases(of: UsageRange.self),
        "summary": totals.with([
            "promptTokens": .count, "completionTokens": .count, "uniqueModels": .count, "uniqueAccounts": .count,
            "uniqueApiKeys": .count, "streak": .count.meaning("Days in a row that had requests."),
        ]),
        "dailyTrend": .array(of: groupMembers.with(["date": .string(format: "date")])),
        "dailyByModel": .array(of: .anyObject.meaning("A `date`, and tokens by model.")), "modelNames": .texts,
        "byModel": .array(of: ranked.with(["model": .text, "provider": .text])),
        "byAccount": .array(of: ranked.with(["account": .text, "connectionId": .text])),
        "byProvider": .array(of: ranked.with(["provider": .text])),
        "byApiKey": .array(of: ranked.with(["apiKeyId": .text, "apiKeyName": .text.orNull])),
        "byCombo": .array(of: ranked.with(["combo": .text])),
        "activityMap": .map(of: .count).meaning("Tokens by day, of a year."),
        "weeklyPattern": .array(of: .record(["day": .text, "totalTokens": .count, "avgTokens": .count])),
    ])

    static let usageRecord = JSONSchema.component(
        "UsageRecord",
        .record([
            "id": .text, "timestamp": .moment, "method": .choice("POST"), "path": .text, "status": .count,
            "model": .text.meaning("As the client named it."), "servedModel": .text, "provider": .text,
            "connectionId": .text.orNull, "account": .text.orNull, "apiKeyId": .text.orNull,
            "apiKeyName": .text.orNull, "comboName": .text.orNull, "sourceFormat": .text, "targetFormat": .text,
            "stream": .flag, "duration": .count.meaning("In milliseconds."), "timeToFirstToken": .count.orNull,
            "overheadUs": .count.orNull, "tokensPerSecond": .number.orNull, "attempts": .count,
            "cost": .money.orNull, "savedCost": .money.orNull,
            "billed": .record([
                "unit": .cases(of: BilledQuantity.Unit.self), "quantity": .number, "variant": .text.orNull,
            ]).orNull,
            "tokens": .record([
                "in": .count, "out": .count, "input": .count, "cacheRead": .count, "cacheWrite": .count,
                "output": .count, "reasoning": .count, "estimated": .flag,
            ]), "hasRequestBody": .flag, "hasResponseBody": .flag, "error": .text.orNull,
        ]))

    /// JSON as such, anything else as text, of what is too long its beginning; null when there is none.
    static let loggedBodies = JSONSchema.record(["requestBody": .any, "responseBody": .any])

    private static let target = JSONSchema.record([
        "provider": .text, "connectionId": .text.orNull, "model": .text, "format": .text,
    ])

    /// What was considered and attempted for a request; times are milliseconds since it began.
    static let wayTaken = JSONSchema.component(
        "Route",
        .record([
            "candidates": .array(of: target.with(considered)),
            "skippedSteps": .array(of: considered.with(["step": .text])), "omitted": .count,
            "attempts": .array(
                of: target.with([
                    "outcome": .text, "status": .count.optional, "code": .text.orNull.optional,
                    "isRetry": .flag.optional, "isProbe": .flag.optional, "queuedMs": .count, "startMs": .count,
                    "headMs": .count.orNull, "firstEventMs": .count.orNull, "endMs": .count,
                ])),
        ]))

    private static let considered = JSONSchema.record([
        "decision": .text, "atMs": .count, "readyInMs": .count.orNull, "times": .count,
    ])
}
