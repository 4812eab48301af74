import HTTPTypes

extension RouteDocument {
    static let listKeys = RouteDocument(
        "keys.list", "List the client keys",
        answers: [.ok(.record(["keys": .array(of: .clientKey), "total": .count]))])

    static let createKey = RouteDocument(
        "keys.create", "Make a client key", details: "The key itself is in this answer and nowhere else.",
        body: .json(
            .object([
                "name": .string(minimum: 1, maximum: 200),
                "label": .string(maximum: 200).orNull.meaning("The name, where `name` is not sent."),
            ]).with(.keyLimits).requiring(["name"])),
        answers: [
            .created(
                .record([
                    "key": .text, "id": .text, "name": .text, "machineId": .text, "allowedModels": .texts,
                    "allowedConnections": .texts, "createdAt": .moment,
                ]))
        ])

    static let showKey = RouteDocument(
        "keys.show", "Show a client key", answers: [.ok(.clientKey)], refusals: [.notFound])

    static let changeKey = RouteDocument(
        "keys.change", "Change a client key", details: "A revoked key cannot be made active again.",
        body: .optional(
            .object(["name": .string(minimum: 1, maximum: 200).orNull, "isActive": .flag.orNull]).with(.keyLimits)),
        answers: [.ok(.clientKey)], refusals: [.notFound, .conflict])

    static let revokeKey = RouteDocument(
        "keys.revoke", "Revoke a client key", details: "It stays listed: records of its use refer to it.",
        answers: [.ok(.success)], refusals: [.notFound])
}

extension JSONSchema {
    static let keyLimits = JSONSchema.object([
        "allowedModels": .array(of: .string(maximum: 400)).orNull
            .meaning("Names or patterns with `*` and `?`; empty for all."),
        "allowedConnections": .array(of: .string(maximum: 200)).orNull.meaning("Ids; empty for all."),
    ])

    static let clientKey = JSONSchema.component(
        "ClientKey",
        .record([
            "message": .text.optional, "id": .text, "name": .text, "key": .text.meaning("Masked."),
            "machineId": .text, "isActive": .flag, "revokedAt": .moment.optional, "allowedModels": .texts,
            "allowedConnections": .texts, "createdAt": .moment,
        ]))
}
