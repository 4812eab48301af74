import HTTPTypes

extension RouteDocument {
    static let listAliases = RouteDocument(
        "aliases.list", "List the aliases",
        answers: [.ok(.record(["aliases": .map(of: .text).meaning("What each alias or pattern stands for.")]))])

    static let setAlias = RouteDocument(
        "aliases.set", "Set what an alias or a pattern stands for",
        details: "`*` and `?` in an alias make it a pattern. A model is `provider/model`, a combo or another alias.",
        body: .json(
            .object(
                ["alias": .string(minimum: 1, maximum: 200), "model": .string(minimum: 1, maximum: 400)],
                required: ["alias", "model"])),
        answers: [.ok(.record(["success": .yes, "alias": .text, "model": .text]))], refusals: [.conflict])

    static let removeAlias = RouteDocument(
        "aliases.remove", "Remove an alias", details: "The alias is named in the query or in the body.",
        query: [Parameter("alias", "The alias to remove.")],
        body: .optional(.object(["alias": .string(maximum: 200)])), answers: [.ok(.success)], refusals: [.notFound])
}
