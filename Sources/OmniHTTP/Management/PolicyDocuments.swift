import HTTPTypes
import OmniTranslate

extension RouteDocument {
    static let listPolicies = RouteDocument(
        "policies.list", "List the policies, and what else keeps requests and people out",
        answers: [
            .ok(
                .record([
                    "policies": .array(of: .policy), "total": .count, "circuitBreakers": .array(of: .breaker),
                    "lockedIdentifiers": .array(
                        of: .record(["identifier": .text, "lockedUntil": .moment, "remainingMs": .count])),
                ]))
        ])

    static let createPolicy = RouteDocument(
        "policies.create", "Add a policy, or let somebody log in again",
        details:
            "With `action: \"unlock\"` and an `identifier`, failed logins are forgotten. Unknown members are refused.",
        body: .json(
            .either(
                JSONSchema.policyChange.requiring(["name", "action"]),
                .object(
                    ["action": .choice("unlock"), "identifier": .string(minimum: 1, maximum: 200)],
                    required: ["action", "identifier"]))),
        answers: [
            .created(.policy), .ok(.record(["success": .yes, "action": .choice("unlocked"), "identifier": .text])),
        ])

    static let showPolicy = RouteDocument(
        "policies.show", "Show a policy", answers: [.ok(.policy)], refusals: [.notFound])

    static let changePolicy = RouteDocument(
        "policies.change", "Change a policy",
        details: "Conditions that are sent take the place of all before. Unknown members are refused.",
        body: .optional(.policyChange), answers: [.ok(.policy)], refusals: [.notFound])

    static let deletePolicy = RouteDocument(
        "policies.delete", "Delete a policy", query: [Parameter("id", "The policy, where the path does not say.")],
        answers: [.ok(.success)], refusals: [.notFound])
}

extension JSONSchema {
    private static let clock = JSONSchema.string(maximum: 10).meaning("A time of day such as 08:30.")

    private static let policyMatch = JSONSchema.object([
        "keys": .array(of: .string(maximum: 200)).orNull.meaning("Ids of client keys."),
        "models": .array(of: .string(maximum: 400)).orNull,
        "formats": .array(of: .cases(of: WireFormat.self)).orNull,
        "times": .array(
            of: .object([
                "days": .array(of: .integer(0...6)).orNull.meaning("0 is Sunday."), "from": clock.orNull,
                "until": clock.orNull, "utcOffsetMinutes": .integer(-720...840).orNull,
            ])
        ).orNull,
        "minInputTokens": .integer(0...1_000_000_000).orNull, "maxInputTokens": .integer(0...1_000_000_000).orNull,
        "minCostUsd": .number(0...1_000_000).orNull, "maxCostUsd": .number(0...1_000_000).orNull,
    ])

    static let policyAction = JSONSchema.component(
        "PolicyAction",
        .object(
            [
                "type": .choice("allow", "deny", "rewrite", "force"),
                "reason": .string(maximum: 500).orNull.meaning("Of deny."),
                "model": .string(minimum: 1, maximum: 400).orNull.meaning("Of rewrite."),
                "combo": .string(minimum: 1, maximum: 200).orNull.meaning("Of force."),
            ], required: ["type"]))

    static let policyChange = JSONSchema.object([
        "name": .string(minimum: 1, maximum: 200), "enabled": .flag.orNull,
        "priority": .integer(-1_000_000...1_000_000).orNull.meaning("The smallest is asked first."),
        "match": policyMatch.orNull, "action": .either(.choice("allow", "deny"), .policyAction),
    ])

    static let policy = JSONSchema.component(
        "Policy",
        .record([
            "id": .text, "name": .text, "enabled": .flag, "priority": JSONSchema(.integer(minimum: nil, maximum: nil)),
            "match": policyMatch, "action": .policyAction,
        ]))
}
