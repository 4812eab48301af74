import HTTPTypes
import OmniCore

extension RouteDocument {
    /// What narrows down all questions about usage.
    private static let usageFilter = [
        Parameter("provider", "Served by this provider."), Parameter("model", "Served by this model."),
        Parameter("connectionId", "Served by this connection."),
        Parameter("account", "Served by the connection of this name or id."),
        Parameter("apiKeyId", "Asked with this client key."),
        Parameter("apiKey", "Asked with the client key of this name or id."),
        Parameter("combo", "Asked of this combo; `true` for any, `false` for none."),
        Parameter("status", "`ok`, `error` or a status from 100 to 599."),
        Parameter("search", "Holds this text.", .string(maximum: 200)),
        Parameter("range", "A period that ends now.", .cases(of: UsageRange.self)),
        Parameter("from", "Milliseconds since 1970 or a time."), Parameter("to", "Milliseconds since 1970 or a time."),
    ]

    private static let usagePage =
        usageFilter + [
            Parameter("limit", "At most so many; 200 unless told.", .integer(1...1000)),
            Parameter("offset", "After so many.", .integer(0...1_000_000_000)),
            Parameter("cursor", "What the page before told.", .integer(1...Int.max)),
        ]

    static let usageHistory = RouteDocument(
        "usage.history", "Sum up what was used",
        query: usageFilter + [Parameter("groupBy", "The periods of a series.", .cases(of: UsagePeriod.self))],
        answers: [.ok(.usageHistory)])

    static let usageLogs = RouteDocument(
        "usage.logs", "List requests as lines of text", query: usagePage, answers: [.ok(.texts)])

    static let requestLogs = RouteDocument(
        "requests.list", "List requests", query: usagePage,
        answers: [
            .ok(
                .record([
                    "logs": .array(of: .usageRecord), "limit": .count, "offset": .count,
                    "nextCursor": .text.orNull.meaning("Leads to what comes before."),
                ]))
        ])

    static let requestLog = RouteDocument(
        "requests.show", "Show a request with its whole way",
        answers: [.ok(.record(["log": JSONSchema.usageRecord.with(.loggedBodies), "route": .wayTaken]))],
        refusals: [.notFound])

    static let removeAllBodies = RouteDocument(
        "requests.remove-all-bodies", "Remove the logged bodies of all requests", answers: [.ok(.success)])

    static let removeBodies = RouteDocument(
        "requests.remove-bodies", "Remove the logged bodies of one request",
        answers: [.ok(.record(["success": .yes, "removedBodies": .count]))], refusals: [.notFound])

    static let callLogs = RouteDocument(
        "calls.list", "List requests as a bare array",
        details: "The header `x-next-cursor` leads to what comes before.", query: usagePage,
        answers: [.ok(.array(of: .usageRecord))])

    static let callLog = RouteDocument(
        "calls.show", "Show a request with its way and bodies in one object",
        answers: [.ok(JSONSchema.usageRecord.with(.loggedBodies).with(["route": .wayTaken]))],
        refusals: [.notFound])

    static let usageAnalytics = RouteDocument(
        "usage.analytics", "Figures for charts", details: "Days are those of UTC.", query: usageFilter,
        answers: [.ok(.usageAnalytics)])

    static let connectionUsage = RouteDocument(
        "usage.connection", "Show what a connection has left, and what was used through it",
        details: "Nothing is asked of the upstream: what its answers did not tell is not known.", query: usageFilter,
        answers: [
            .ok(
                .record([
                    "connectionId": .text, "provider": .text, "name": .text, "plan": .any,
                    "quotas": .map(
                        of: .record([
                            "used": .count, "total": .count, "remaining": .count,
                            "remainingPercentage": .count.optional, "unlimited": .flag, "resetAt": .moment.orNull,
                        ])),
                    "limitReached": .flag, "fetchedAt": .moment.orNull, "message": .text.optional,
                    "usage": .usageGroup,
                ]))
        ], refusals: [.notFound])
}
