import HTTPTypes
import OmniCore

/// Tokens, sessions, and the audit log.
extension RouteDocument {
    static let listTokens = RouteDocument(
        "tokens.list", "List the administration tokens",
        answers: [.ok(.record(["tokens": .array(of: .adminToken), "total": .count]))])

    static let createToken = RouteDocument(
        "tokens.create", "Make an administration token",
        details: "The token itself is in this answer and nowhere else. It is sent as `Authorization: Bearer …`.",
        body: .json(
            .object(
                [
                    "name": .string(minimum: 1, maximum: 100),
                    "scopes": .array(of: .cases(of: AdminToken.Scope.self)).orNull
                        .meaning("`read` unless told; neither includes the other."),
                    "expiresAt": .string(maximum: 100, format: "date-time").orNull,
                    "expiresInDays": .integer(1...3650).orNull.meaning("Instead of `expiresAt`; neither for never."),
                ], required: ["name"])),
        answers: [.created(JSONSchema.tokenMembers.with(["token": .text]))], refusals: [.conflict])

    static let revokeToken = RouteDocument(
        "tokens.revoke", "Revoke an administration token", answers: [.ok(.success)], refusals: [.notFound])

    static let listLogins = RouteDocument(
        "logins.list", "List the logins in force", details: "The latest first.",
        answers: [
            .ok(
                .record([
                    "sessions": .array(
                        of: .record([
                            "id": .text, "current": .flag.meaning("Whether it makes this call."), "createdAt": .moment,
                            "expiresAt": .moment, "lastUsedAt": .moment.orNull, "address": .text.orNull,
                            "userAgent": .text.orNull,
                        ])), "total": .count,
                ]))
        ])

    static let endAllLogins = RouteDocument(
        "logins.end-all", "Sign out everywhere",
        query: [
            Parameter("keep", "`current` leaves the login that asks.", .choice("current")),
            Parameter("tokens", "Whether all administration tokens are revoked too.", .flag),
        ],
        answers: [.ok(.record(["success": .yes, "ended": .count, "tokensRevoked": .flag]))])

    static let endLogin = RouteDocument(
        "logins.end", "End one login", answers: [.ok(.success)], refusals: [.notFound])

    static let auditLog = RouteDocument(
        "audit.list", "Show the audit log",
        details: """
            The latest entries first. `X-Total-Count` is how many fit, `X-Next-Cursor` the `cursor` of the next page, when \
            there is one.
            """,
        query: [
            Parameter("action", "An action such as `keys.create`, or all of an area: `keys.*`."),
            Parameter("actor", "`session:…`, `token:<id>`, a token's name or id, `anonymous` or `system`."),
            Parameter("target", "An id."), Parameter("ip", "An address."),
            Parameter("outcome", "How it came out.", .cases(of: AuditEntry.Outcome.self)),
            Parameter("from", "Not before this time: ISO 8601, or milliseconds since 1970."),
            Parameter("to", "Before this time."),
            Parameter("limit", "At most so many; 50 unless told.", .integer(1...1000)),
            Parameter("offset", "Not the first so many.", .integer(0...10_000_000)),
            Parameter("cursor", "Only entries before this one.", .integer(1...Int.max)),
            Parameter("format", "`json` unless told.", .choice("json", "jsonl", "csv")),
        ],
        answers: [
            Answer(
                status: .ok, meaning: "Done.",
                content: [
                    ("application/json", .array(of: .auditEntry)), ("application/jsonl", .text), ("text/csv", .text),
                ])
        ])

    static let verifyAuditLog = RouteDocument(
        "audit.verify", "Verify the audit log",
        details: "Computes the codes of all entries anew: one that was changed, removed or added shows.",
        answers: [
            .ok(
                .record([
                    "valid": .flag, "entries": .count.meaning("That were looked at."), "brokenAt": .count.orNull,
                    "message": .text.optional,
                ]))
        ])
}

extension JSONSchema {
    static let tokenMembers = JSONSchema.record([
        "id": .text, "name": .text, "mask": .text, "scopes": .array(of: .cases(of: AdminToken.Scope.self)),
        "createdAt": .moment, "expiresAt": .moment.orNull, "isExpired": .flag, "lastUsedAt": .moment.orNull,
        "lastUsedFrom": .text.orNull,
    ])

    static let adminToken = JSONSchema.component("AdminToken", tokenMembers)

    static let auditEntry = JSONSchema.component(
        "AuditEntry",
        .record([
            "id": .count, "timestamp": .moment, "action": .text, "outcome": .cases(of: AuditEntry.Outcome.self),
            "status": .count.orNull, "actor": .text, "actorName": .text.optional, "target": .text.orNull,
            "details": .anyObject.meaning("`fields` that were sent and what stood there `before`, without secrets."),
            "ip_address": .text.orNull, "requestId": .text.optional,
            "hash": .text.meaning("A code over this entry and the one before."),
        ]))
}
