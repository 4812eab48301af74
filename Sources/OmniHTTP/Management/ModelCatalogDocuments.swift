import HTTPTypes
import OmniCore

extension RouteDocument {
    static let modelCatalog = RouteDocument(
        "models.list", "List the models of all providers",
        query: [
            Parameter("type", "Only models that do this; also `kind`.", JSONSchema(.choice(ModelDescription.kinds))),
            Parameter("provider", "Only those of a provider or node."),
            Parameter("active", "Only those of providers that have an active connection, or none.", .flag),
            Parameter("custom", "Only those that were added, or were not.", .flag),
        ],
        answers: [.ok(.record(["catalog": .map(of: .catalogGroup), "total": .count]))])

    static let modelAvailability = RouteDocument(
        "models.availability", "Tell whether a model can be used right now, or take back what stands against it",
        details: """
            With `provider` beside `model`, or with `action: "clear"`, cooldowns and breakers of the model are taken back; \
            what holds for a whole account stays.
            """,
        body: .json(
            .object(
                [
                    "model": .string(minimum: 1, maximum: 400), "provider": .string(maximum: 200).orNull,
                    "action": .choice("check", "clear").orNull,
                ], required: ["model"])),
        answers: [
            .ok(
                .either(
                    .record([
                        "model": .text, "resolved": .text, "available": .flag, "status": .poolStatus,
                        "reason": .text.optional, "providers": .array(of: .pool),
                    ]), .record(["success": .yes, "removed": .flag, "removedCount": .count])))
        ], refusals: [.notFound])

    static let unavailableModels = RouteDocument(
        "models.unavailable", "List the models that are left alone for a while",
        answers: [
            .ok(
                .record([
                    "unavailableCount": .count,
                    "models": .array(
                        of: .record([
                            "provider": .text, "connectionId": .text, "model": .text,
                            "reason": .cases(of: FailureClass.self), "remainingMs": .count,
                            "nextAvailableAt": .moment,
                        ])),
                ]))
        ])
}

extension JSONSchema {
    static let catalogGroup = JSONSchema.component(
        "CatalogGroup",
        .record([
            "provider": .text, "providerId": .text, "aliases": .texts, "node": .flag, "active": .flag,
            "connections": .count,
            "models": .array(
                of: .modelDescription.with([
                    "custom": .flag, "pricing": .price.orNull,
                    "priceSource": .choice("override", "imported", "built-in", "unknown"),
                ])),
        ]))

    static let poolStatus = JSONSchema.choice(
        "available", "no_credentials", "cooldown", "breaker_open", "rate_limited", "busy", "recovering", "locked")

    static let pool = JSONSchema.record([
        "provider": .text, "model": .text, "status": .poolStatus, "accountsTotal": .count,
        "accountsAvailable": .count, "cooldownRemainingMs": .count.orNull, "nextAvailableAt": .moment.optional,
    ])
}
