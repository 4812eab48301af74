import HTTPTypes
import OmniCore

/// Whether the daemon works, and its end.
extension RouteDocument {
    static let health = RouteDocument(
        "health.show", "Tell how the daemon and its providers are",
        details: "Whoever may read also learns about the process, the providers, the limits in use and who must wait.",
        answers: [.ok(.health), .other(.serviceUnavailable, .unhealthy, "The configuration cannot be read.")])

    static let live = RouteDocument(
        "health.live", "Tell that the daemon answers", answers: [.ok(.record(["status": .choice("ok")]))])

    static let ready = RouteDocument(
        "health.ready", "Tell whether the daemon can serve",
        answers: [
            .ok(.record(["status": .choice("ok")])),
            .other(
                .serviceUnavailable, .record(["status": .choice("unavailable")]), "The configuration cannot be read."),
        ])

    static let restart = RouteDocument(
        "daemon.restart", "Start the daemon anew",
        details: "Running requests are finished first. A login older than ten minutes needs the password again.",
        body: .optional(.confirmation), answers: [.other(.accepted, .ending, "It is about to.")],
        refusals: [.tooManyRequests, .notImplemented])

    static let shutdown = RouteDocument(
        "daemon.shutdown", "End the daemon",
        details: "Running requests are finished first. A login older than ten minutes needs the password again.",
        body: .optional(.confirmation), answers: [.other(.accepted, .ending, "It is about to.")],
        refusals: [.tooManyRequests, .notImplemented])
}

extension JSONSchema {
    fileprivate static let confirmation = JSONSchema.object(["password": .string(maximum: 1000).orNull])

    fileprivate static let ending = JSONSchema.record([
        "success": .yes, "status": .choice("restarting", "stopping"), "message": .text,
    ])

    fileprivate static let unhealthy = JSONSchema.record([
        "status": .choice("unhealthy"), "live": .yes, "ready": .flag, "timestamp": .moment,
    ])

    fileprivate static let health = JSONSchema.record([
        "status": .choice("healthy", "degraded").meaning("`degraded` when a provider has no usable account."),
        "live": .yes, "ready": .yes, "timestamp": .moment, "setupComplete": .flag, "version": .text,
        "system": .record([
            "version": .text, "startedAt": .moment, "uptime": .count.meaning("In seconds."), "platform": .text,
            "pid": .count, "memoryUsage": .record(["rss": .count.orNull.meaning("In bytes.")]),
            "activeRequests": .count,
        ]).optional,
        "providerHealth": .map(
            of: .record([
                "state": .choice("CLOSED", "OPEN", "HALF_OPEN"), "failures": .count,
                "lastFailure": .count.orNull.meaning("Milliseconds since 1970."), "accounts": .count,
                "available": .count,
            ])),
        "rateLimitStatus": .map(
            of: .record([
                "running": .count, "executing": .count, "recentRequests": .count, "recentTokens": .count,
                "maxConcurrent": .count.orNull,
            ])
        ).meaning("By provider and connection."), "lockouts": .array(of: .cooldown),
        "loginLockouts": .array(of: .record(["identifier": .text, "lockedUntil": .moment])).optional,
    ])
}
