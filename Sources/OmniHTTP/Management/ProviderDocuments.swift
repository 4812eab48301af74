import HTTPTypes
import OmniCore

extension RouteDocument {
    static let listConnections = RouteDocument(
        "providers.list", "List the connections",
        query: [
            Parameter("provider", "Only those of this provider or node, by id."),
            Parameter("isActive", "Only those that are active, or are not.", .flag),
        ],
        answers: [.ok(.record(["connections": .array(of: .connection)]))])

    static let createConnection = RouteDocument(
        "providers.create", "Add a connection",
        details: "Names are unique among the connections of a provider. The key is never shown again.",
        body: .json(
            .object([
                "provider": .string(minimum: 1, maximum: 200).meaning(
                    "A provider's id or alias, a node's id or prefix.")
            ])
            .with(.connectionChange).requiring(["provider", "name"])),
        answers: [.created(.record(["connection": .connection]))], refusals: [.conflict])

    static let validateCredential = RouteDocument(
        "providers.validate", "Ask a provider whether a key works, and keep nothing",
        body: .json(
            .object(
                [
                    "provider": .string(minimum: 1, maximum: 200), "apiKey": .string(minimum: 1, maximum: 10_000),
                    "baseUrl": .address.orNull, "providerSpecificData": .object(["baseUrl": .address.orNull]).orNull,
                ], required: ["provider", "apiKey"])),
        answers: [.ok(.connectionTest)])

    static let showConnection = RouteDocument(
        "providers.show", "Show a connection", answers: [.ok(.record(["connection": .connection]))],
        refusals: [.notFound])

    static let changeConnection = RouteDocument(
        "providers.change", "Change a connection",
        details: "Members that are not sent stay as they are; `null` takes one back to its default.",
        body: .optional(.connectionChange), answers: [.ok(.record(["connection": .connection]))],
        refusals: [.notFound, .conflict])

    static let deleteConnection = RouteDocument(
        "providers.delete", "Delete a connection", answers: [.ok(.success)], refusals: [.notFound])

    static let testConnection = RouteDocument(
        "providers.test", "Ask the upstream whether the connection works",
        details: "What it says is kept as `testStatus` and `lastError`. Tokens that are over are renewed first.",
        answers: [.ok(.connectionTest)], refusals: [.notFound])

    static let connectionModels = RouteDocument(
        "providers.models", "List the models of a connection's upstream",
        details: """
            Where the upstream gives no list, the router's own is told, with a `warning` that says so; a node has none, \
            and then the upstream's failure is the answer (502).
            """,
        query: [Parameter("refresh", "Ask again in place of telling what is remembered.", .flag)],
        answers: [
            .ok(
                .record([
                    "provider": .text, "connectionId": .text, "source": .choice("live", "cache", "local_catalog"),
                    "fetchedAt": .moment.optional, "truncated": .flag.optional, "warning": .text.optional,
                    "upstreamStatus": .count.optional, "reason": .text.optional,
                    "models": .array(
                        of: .modelDescription.with(["ownedBy": .text.optional, "known": .flag.optional])),
                ])),
            .other(
                .badGateway,
                .record([
                    "error": .record(["message": .text, "type": .choice("upstream_error"), "code": .text]),
                    "upstreamStatus": .count.optional,
                ]), "The upstream failed, and nothing else is known."),
        ], refusals: [.notFound])
}

extension JSONSchema {
    /// An address that requests may be sent to.
    static let address = JSONSchema.string(maximum: 2000).meaning("http or https, with no credentials in it.")

    /// Limits of an account or a model; null for none.
    static let rateLimits = JSONSchema.object([
        "requestsPerMinute": .integer(1...1_000_000_000).orNull,
        "tokensPerMinute": .integer(1...1_000_000_000_000).orNull, "maxConcurrent": .integer(1...100_000).orNull,
        "minTimeBetweenRequests": .integer(0...60_000).orNull.meaning("In milliseconds."),
    ])

    /// Those limits that are set.
    static let rateLimitsInForce = JSONSchema.component("RateLimits", rateLimits)

    static let connectionOptions = rateLimits.with(
        .object([
            "weight": .number(0.001...1000).orNull, "rateLimitProtection": .flag.orNull,
            "resilienceProfile": .cases(of: ResilienceProfile.Kind.self).orNull,
            "modelLimits": .map(of: rateLimits.orNull).orNull.meaning("Limits of single models on this connection."),
        ]))

    static let connectionChange = JSONSchema.object([
        "name": .string(minimum: 1, maximum: 200), "apiKey": .string(maximum: 10_000).orNull,
        "priority": .integer(1...1000).orNull.meaning("The smallest goes first."), "isActive": .flag.orNull,
        "baseUrl": .address.orNull, "providerSpecificData": .object(["baseUrl": .address.orNull]).orNull,
        "defaultModel": .string(maximum: 200).orNull,
    ]).with(connectionOptions)

    /// A configured account, without its secret.
    static let connection = JSONSchema.component(
        "Connection",
        .record([
            "id": .text, "provider": .text, "authType": .choice("apikey", "oauth"), "name": .text,
            "priority": .count, "isActive": .flag, "hasApiKey": .flag, "oauthProvider": .text.optional,
            "email": .text.optional, "displayName": .text.optional, "scope": .text.optional,
            "tokenType": .text.optional, "expiresAt": .moment.optional, "hasAccessToken": .flag.optional,
            "hasRefreshToken": .flag.optional, "needsLogin": .flag.optional, "apiKeyMasked": .text.optional,
            "keyPreview": .text.optional, "baseUrl": .text.optional,
            "providerSpecificData": .record([
                "prefix": .text.optional, "apiType": .text.optional, "baseUrl": .text.optional,
                "nodeName": .text.optional,
            ]).optional,
            "defaultModel": .text.optional, "testStatus": .text, "lastError": .text.optional,
            "lastErrorAt": .moment.optional, "lastTested": .moment.optional, "createdAt": .moment,
            "updatedAt": .moment,
        ]).with(
            .record([
                "requestsPerMinute": .count.optional, "tokensPerMinute": .count.optional,
                "maxConcurrent": .count.optional, "minTimeBetweenRequests": .count.optional, "weight": .number,
                "rateLimitProtection": .flag, "resilienceProfile": .cases(of: ResilienceProfile.Kind.self),
                "modelLimits": .map(of: rateLimitsInForce).optional,
            ])))

    static let connectionTest = JSONSchema.component(
        "ConnectionTest",
        .record([
            "valid": .flag, "error": .text.orNull, "refreshed": .flag,
            "diagnosis": .record([
                "type": .choice(
                    "ok", "auth_missing", "upstream_auth_error", "upstream_rate_limited", "upstream_unavailable",
                    "upstream_error", "network_error", "unsupported"),
                "source": .choice("local", "upstream"), "message": .text.orNull, "code": .text.orNull,
            ]),
            "latencyMs": .count, "statusCode": .count.orNull, "runtime": .any.meaning("Always null."),
            "testedAt": .moment,
        ]))

    static let modelDescription = JSONSchema.record([
        "id": .text, "name": .text, "type": .text, "contextLength": .count.optional,
        "maxOutputTokens": .count.optional, "dimensions": .count.optional, "capabilities": .texts,
    ])
}
