import HTTPTypes
import OmniCore

extension RouteDocument {
    static let resilience = RouteDocument(
        "resilience.show", "Show the profiles in force, and every breaker and cooldown that stands",
        answers: [.ok(.resilience)])

    static let changeResilience = RouteDocument(
        "resilience.change", "Change profiles and default limits",
        details: "`null` takes a profile, or one member of it, back to its default.",
        body: .json(
            .object([
                "profiles": .object([
                    "apikey": .resilienceProfile.orNull, "oauth": .resilienceProfile.orNull,
                    "local": .resilienceProfile.orNull,
                ]).orNull, "defaults": .rateLimits.orNull,
            ])),
        answers: [.ok(JSONSchema.resilience.with(["ok": .yes, "success": .yes, "ignored": .texts.optional]))])

    static let resetResilience = RouteDocument(
        "resilience.reset", "Forget cooldowns, breakers and learnt limits",
        body: .optional(.object(["connectionId": .string(maximum: 200).orNull.meaning("Of this one; else of all.")])),
        answers: [.ok(.record(["ok": .yes, "success": .yes, "resetCount": .count, "message": .text]))])

    static let rateLimits = RouteDocument(
        "rate-limits.show", "Show limits and how far they are used up",
        answers: [
            .ok(
                .record([
                    "connections": .array(
                        of: JSONSchema.connectionLimits.with([
                            "provider": .text, "name": .text, "active": .flag, "running": .count,
                            "executing": .count, "recentRequests": .count, "recentTokens": .count,
                            "requests": .allowance.orNull, "tokens": .allowance.orNull,
                            "limits": .array(
                                of: .record([
                                    "model": .text, "source": .choice("manual", "learned"), "running": .count,
                                    "maxConcurrent": .count.orNull, "requests": .allowance.orNull,
                                    "tokens": .allowance.orNull,
                                ])),
                        ])),
                    "overview": .map(of: .record(["running": .count, "executing": .count])),
                    "lockouts": .array(of: .cooldown), "rateLimitDefaults": .rateLimitsInForce,
                ]))
        ])

    static let changeRateLimits = RouteDocument(
        "rate-limits.change", "Change the limits of a connection, of a model on it, or of all that have none",
        body: .json(
            JSONSchema.rateLimits.with(
                .object([
                    "connectionId": .string(maximum: 200).orNull,
                    "model": .string(minimum: 1, maximum: 200).orNull.meaning("With `connectionId`."),
                    "enabled": .flag.orNull.meaning("Whether limits hold for the connection; not with `model`."),
                    "rateLimitProtection": .flag.orNull.meaning("The same as `enabled`."),
                    "defaults": .rateLimits.orNull,
                ]))),
        answers: [
            .ok(
                .either(
                    JSONSchema.connectionLimits.with(["success": .yes, "ignored": .texts.optional]),
                    .record([
                        "success": .yes, "rateLimitDefaults": .rateLimitsInForce, "ignored": .texts.optional,
                    ])))
        ], refusals: [.notFound])

    static let movedRateLimit = RouteDocument(
        "rate-limits.moved", "Lead to /api/rate-limits",
        answers: [
            .other(
                .permanentRedirect, .record(["location": .text, "rateLimitDefaults": .rateLimitsInForce]),
                "The same call at `/api/rate-limits`.")
        ])
}

extension JSONSchema {
    /// Times are milliseconds.
    static let resilienceProfile = JSONSchema.component(
        "ResilienceProfile",
        .object([
            "transientCooldown": .integer(0...3_600_000).orNull, "rateLimitCooldown": .integer(0...3_600_000).orNull,
            "maxBackoffLevel": .integer(0...15).orNull, "circuitBreakerThreshold": .integer(1...20).orNull,
            "circuitBreakerPercentage": .integer(1...100).orNull,
            "circuitBreakerReset": .integer(100...3_600_000).orNull,
            "circuitBreakerMaximum": .integer(100...86_400_000).orNull,
        ]))

    static let breaker = JSONSchema.component(
        "CircuitBreaker",
        .record([
            "name": .text, "connectionId": .text, "model": .text.optional, "state": .choice("OPEN", "HALF_OPEN"),
            "openings": .count, "openUntil": .moment,
        ]))

    static let cooldown = JSONSchema.component(
        "Cooldown",
        .record([
            "connectionId": .text, "model": .text.optional, "reason": .cases(of: FailureClass.self),
            "remainingMs": .count, "until": .moment, "backoffLevel": .count, "isUpstreamsWord": .flag,
        ]))

    static let resilience = JSONSchema.component(
        "Resilience",
        .record([
            "profiles": .record([
                "apikey": .resilienceProfile, "oauth": .resilienceProfile, "local": .resilienceProfile,
            ]),
            "defaults": .record([
                "requestsPerMinute": .count.orNull, "tokensPerMinute": .count.orNull,
                "concurrentRequests": .count.orNull, "minTimeBetweenRequests": .count,
            ]),
            "circuitBreakers": .array(of: .breaker), "cooldowns": .array(of: .cooldown),
        ]))

    static let allowance = JSONSchema.record([
        "limit": .count, "remaining": .count, "perMinute": .count, "resetMs": .count.orNull,
    ])

    /// What was set for a connection, and what is in force.
    static let connectionLimits = rateLimits.with([
        "connectionId": .text, "enabled": .flag, "rateLimitProtection": .flag, "inForce": .rateLimitsInForce,
        "modelLimits": .map(of: .rateLimitsInForce),
    ])
}
