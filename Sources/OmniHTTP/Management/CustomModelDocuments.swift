import HTTPTypes
import OmniCore

extension RouteDocument {
    static let listCustomModels = RouteDocument(
        "custom-models.list", "List the models that were added to providers",
        query: [Parameter("provider", "Of one provider or node, as an array; else of all, by their prefixes.")],
        answers: [
            .ok(.record(["models": .either(.array(of: .customModel), .map(of: .array(of: .customModel)))]))
        ])

    static let createCustomModel = RouteDocument(
        "custom-models.create", "Add a model to a provider", query: customModelQuery,
        body: .optional(.customModelChange), answers: [.created(.keptCustomModel)], refusals: [.conflict])

    static let setCustomModel = RouteDocument(
        "custom-models.set", "Add a model to a provider, or put it in place of the one of this id",
        query: customModelQuery, body: .optional(.customModelChange),
        answers: [.ok(.keptCustomModel), .created(.keptCustomModel)], refusals: [.conflict])

    static let changeCustomModel = RouteDocument(
        "custom-models.change", "Change a model that was added", query: customModelQuery,
        body: .optional(.customModelChange), answers: [.ok(.keptCustomModel)], refusals: [.notFound, .conflict])

    static let deleteCustomModel = RouteDocument(
        "custom-models.delete", "Remove a model that was added", query: customModelQuery,
        body: .optional(
            .object([
                "provider": .string(maximum: 200).orNull, "modelId": .string(maximum: 400).orNull,
                "model": .string(maximum: 400).orNull, "id": .string(maximum: 400).orNull,
            ])), answers: [.ok(.record(["success": .yes, "removed": .yes]))], refusals: [.notFound])

    private static let customModelQuery = [
        Parameter("provider", "The provider or node, where the body does not say."),
        Parameter("modelId", "The model's id, where the body does not say; also `model`."),
    ]
}

extension JSONSchema {
    private static let modelKind = JSONSchema(.choice(ModelDescription.kinds))

    static let customModelChange = JSONSchema.object([
        "provider": .string(minimum: 1, maximum: 200), "modelId": .string(minimum: 1, maximum: 400),
        "modelName": .string(maximum: 200).orNull, "type": modelKind.orNull,
        "contextLength": .integer(1...100_000_000).orNull, "maxOutputTokens": .integer(1...100_000_000).orNull,
        "dimensions": .integer(1...1_000_000).orNull,
        "capabilities": .array(of: .cases(of: ModelCapability.self)).orNull,
        "source": .choice("manual", "imported").orNull,
    ])

    static let customModel = JSONSchema.component(
        "CustomModel",
        .record([
            "id": .text, "name": .text, "source": .choice("manual", "imported"), "type": modelKind,
            "contextLength": .count.optional, "maxOutputTokens": .count.optional, "dimensions": .count.optional,
            "capabilities": .array(of: .cases(of: ModelCapability.self)), "provider": .text,
            "model": .text.meaning("As clients name it."), "createdAt": .moment, "updatedAt": .moment,
        ]))

    static let keptCustomModel = JSONSchema.record(["model": .customModel, "warnings": .texts.optional])
}
