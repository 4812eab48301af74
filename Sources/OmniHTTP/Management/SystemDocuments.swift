import HTTPTypes
import OmniCore
import OmniTranslate

extension RouteDocument {
    static let initialization = RouteDocument(
        "init.show", "Tell how far the daemon is set up",
        details: "Whoever asks for text and not for JSON gets the word `Initialized`.",
        answers: [
            Answer(
                status: .ok, meaning: "Done.",
                content: [
                    (
                        "application/json",
                        .record([
                            "initialized": .yes, "setupComplete": .flag, "hasPassword": .flag, "version": .text,
                            "instanceName": .text.orNull, "theme": .cases(of: GeneralSettings.Theme.self),
                            "language": .text.orNull,
                        ])
                    ), ("text/plain", .text),
                ])
        ])

    static let showTelemetry = RouteDocument(
        "telemetry.show", "Tell how long requests took lately",
        query: [
            Parameter(
                "windowMs", "Those that ended within so many milliseconds; 300000 unless told.",
                .integer(1...Telemetry.maximumWindow))
        ],
        answers: [
            .ok(
                JSONSchema.telemetry.with([
                    "windowMs": .count, "providers": .map(of: .telemetry),
                    "phaseBreakdown": .record(["connect": .spread, "stream": .spread]),
                ]))
        ])

    static let showMetrics = RouteDocument(
        "telemetry.metrics", "Show all figures in Prometheus' text format",
        answers: [.media("text/plain", "The figures.")])

    static let watchEvents = RouteDocument(
        "events.watch", "Watch what happens",
        details: """
            Server-sent events: `requests` when some ended, `pulse` every two seconds, `end` with the session. 503 when \
            too many watch already.
            """,
        answers: [.media("text/event-stream", "Events, until the connection ends.")], refusals: [.serviceUnavailable])

    static let listSessions = RouteDocument(
        "conversations.list", "List conversations heard of lately and the connections they are on",
        query: [Parameter("limit", "At most so many; 1000 unless told.", .integer(1...10_000))],
        answers: [
            .ok(
                .record([
                    "count": .count, "sessionAffinity": .flag,
                    "sessions": .array(
                        of: .record([
                            "sessionId": .text, "connectionId": .text.orNull, "connectionName": .text.optional,
                            "provider": .text.optional, "model": .text,
                            "createdAt": .count.meaning("Milliseconds since 1970."), "lastActive": .count,
                            "ageMs": .count, "requestCount": .count, "activeRequests": .count,
                        ])),
                ]))
        ])

    static let showCache = RouteDocument(
        "cache.show", "Show what is in the cache of answers and what came of it",
        answers: [
            .ok(
                .record([
                    "semanticCache": .cacheFigures,
                    "idempotency": .record(["activeKeys": .count, "windowMs": .count]),
                ]))
        ])

    static let clearCache = RouteDocument(
        "cache.clear", "Empty the cache of answers",
        query: [
            Parameter("model", "Only answers of this model; not with `expired`."),
            Parameter("expired", "Only answers that are too old.", .flag),
        ],
        answers: [.ok(.record(["ok": .yes, "success": .yes, "removed": .count, "expiredRemoved": .count]))])

    static let explainRoute = RouteDocument(
        "routes.explain", "Tell what a request would lead to right now", details: "A dry run that counts for nothing.",
        body: .json(
            .object(
                [
                    "model": .string(minimum: 1, maximum: 400), "format": .cases(of: WireFormat.self).orNull,
                    "inputTokens": .integer(0...100_000_000).orNull, "hasTools": .flag.orNull,
                    "hasImages": .flag.orNull, "outputTokens": .integer(0...100_000_000).orNull,
                    "keyId": .string(maximum: 200).orNull.meaning("A client key, whose limits and policies then hold."),
                ], required: ["model"])),
        answers: [
            .ok(
                .record([
                    "model": .text,
                    "policy": .record(["id": .text, "name": .text, "action": .policyAction]).orNull,
                    "decision": .choice("attempt", "wait", "refuse"), "target": JSONSchema.routeTarget.orNull,
                    "reason": .text.optional, "waitMs": .count.orNull,
                    "candidates": .array(
                        of: JSONSchema.routeTarget.with(["decision": .text, "readyInMs": .count.orNull])),
                    "skippedSteps": .array(of: .record(["step": .text, "reason": .text])),
                ]))
        ])
}

extension JSONSchema {
    private static let spreadMembers = JSONSchema.record([
        "count": .count, "p50": .count, "p95": .count, "p99": .count, "avg": .count,
    ])

    static let spread = JSONSchema.component("Spread", spreadMembers)

    static let telemetry = spreadMembers.with(["errorRate": .share, "ttft": .spread, "overheadUs": .spread])

    static let routeTarget = JSONSchema.record([
        "provider": .text, "connectionId": .text.optional, "model": .text, "format": .cases(of: WireFormat.self),
    ])

    static let cacheFigures = JSONSchema.record([
        "memorySize": .count, "memoryMaxSize": .count, "dbSize": .count, "hitRate": .share, "hits": .count,
        "misses": .count, "tokensSaved": .count, "memoryEntries": .count, "dbEntries": .count,
        "memoryBytes": .count, "memoryMaxBytes": .count, "dbBytes": .count, "dbMaxBytes": .count, "dbReads": .count,
        "stored": .count, "evictions": .count, "joined": .count, "waiting": .count, "bypasses": .count,
        "costSaved": .money, "mode": .cases(of: CacheSettings.Mode.self),
        "scope": .cases(of: CacheSettings.Scope.self), "ttlMs": .count,
        "semantic": .record([
            "enabled": .flag, "model": .text, "threshold": .share, "scope": .cases(of: CacheSettings.Scope.self),
            "part": .text, "hits": .count, "misses": .count, "hitRate": .share, "entries": .count,
            "maxEntries": .count, "bytes": .count, "stored": .count, "embeddingCalls": .count,
            "embeddingFailures": .count, "embeddingTimeouts": .count, "embeddingCost": .money,
            "lastFailure": .text.orNull, "restMs": .count,
        ]),
    ])
}
