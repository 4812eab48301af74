import HTTPTypes
import OmniCore
import OmniTranslate

extension RouteDocument {
    static let showThinking = RouteDocument(
        "thinking-budget.show", "Show how much models think", answers: [.ok(.thinkingBudget)])

    static let changeThinking = RouteDocument(
        "thinking-budget.change", "Change how much models think",
        body: .optional(
            .object([
                "mode": .cases(of: ThinkingBudget.Mode.self).orNull,
                "customBudget": .integer(ThinkingBudget.range).orNull.meaning("In tokens, for the mode `custom`."),
                "effortLevel": .cases(of: ThinkingBudget.Level.self).orNull.meaning("For the mode `adaptive`."),
            ])), answers: [.ok(JSONSchema.thinkingBudget.with(["ignored": .texts.optional]))])

    static let showSystemPrompt = RouteDocument(
        "system-prompt.show", "Show the system prompt put before every request", answers: [.ok(.systemPrompt)])

    static let changeSystemPrompt = RouteDocument(
        "system-prompt.change", "Change the system prompt put before every request",
        body: .optional(
            .object([
                "enabled": .flag.orNull,
                "prompt": .string(maximum: RequestShaping.SystemPrompt.maximumBytes).orNull,
            ])), answers: [.ok(JSONSchema.systemPrompt.with(["ignored": .texts.optional]))])

    static let showAddressFilter = RouteDocument(
        "ip-filter.show", "Show from which addresses the router may be called", answers: [.ok(.addressFilter)])

    static let changeAddressFilter = RouteDocument(
        "ip-filter.change", "Change from which addresses the router may be called",
        details: """
            Whole lists, or single entries to add and remove. A change that would shut out its own author or this machine \
            is refused (409) unless `force` says that it is meant.
            """,
        body: .optional(
            .object([
                "enabled": .flag.orNull, "mode": .cases(of: AddressFilter.Mode.self).orNull,
                "blacklist": .addressRanges.orNull, "whitelist": .addressRanges.orNull,
                "addBlacklist": .addressRange.orNull, "removeBlacklist": .addressRange.orNull,
                "addWhitelist": .addressRange.orNull, "removeWhitelist": .addressRange.orNull,
                "tempBan": .object(
                    [
                        "ip": .string(maximum: 100), "durationMs": .integer(1000...31_536_000_000).orNull,
                        "reason": .string(maximum: 200).orNull,
                    ], required: ["ip"]
                ).orNull,
                "removeBan": .string(maximum: 100).orNull, "force": .flag.orNull,
            ])), answers: [.ok(JSONSchema.addressFilter.with(["ignored": .texts.optional]))], refusals: [.conflict])
}

extension JSONSchema {
    static let thinkingBudget = JSONSchema.record([
        "mode": .cases(of: ThinkingBudget.Mode.self), "customBudget": .count,
        "effortLevel": .cases(of: ThinkingBudget.Level.self),
    ])

    static let systemPrompt = JSONSchema.record(["enabled": .flag, "prompt": .text])

    static let addressRange = JSONSchema.string(maximum: 100)
        .meaning("An address or a range such as 10.0.0.0/8 or 2001:db8::/32.")
    static let addressRanges = JSONSchema.array(of: .addressRange, maximum: 10_000)

    static let addressFilter = JSONSchema.record([
        "enabled": .flag, "mode": .cases(of: AddressFilter.Mode.self), "blacklist": .texts, "whitelist": .texts,
        "tempBans": .array(
            of: .record([
                "ip": .text, "until": .count.meaning("Milliseconds since 1970."), "reason": .text,
                "remainingMs": .count,
            ])),
    ])
}
