import HTTPTypes
import OmniCore
import OmniTranslate

extension RouteDocument {
    static let showSettings = RouteDocument("settings.show", "Show the settings", answers: [.ok(.settings)])

    static let changeSettings = RouteDocument(
        "settings.change", "Change settings",
        details: """
            Members that are not sent stay; `null` takes one back to its default; `ignored` names members nobody knows. \
            Passwords are changed at `/api/settings/require-login`.
            """,
        body: .optional(
            JSONSchema.settingsChange.with(.comboDefaultsChange).with(
                .object([
                    "requireLogin": .yes.orNull, "requireApiKey": .flag.orNull,
                    "blockedProviders": .array(of: .text).orNull.meaning("Providers and nodes nobody is sent to."),
                    "requireAuthForModels": .flag.orNull, "logRetentionDays": .integer(1...3650).orNull,
                    "instanceName": .string(maximum: 100).orNull,
                    "theme": .cases(of: GeneralSettings.Theme.self).orNull, "language": .string(maximum: 10).orNull,
                    "wildcardAliases": .array(
                        of: .object(
                            ["pattern": .string(maximum: 200), "target": .string(minimum: 1, maximum: 400)],
                            required: ["pattern", "target"])),
                ]))), answers: [.ok(.settings)], refusals: [.conflict])

    static let describeSettings = RouteDocument(
        "settings.describe", "Describe the settings", details: "Their types, defaults and ranges.",
        answers: [
            .ok(
                .record([
                    "settings": .array(
                        of: .record([
                            "name": .text, "type": .choice("boolean", "integer", "string", "array", "object"),
                            "default": .any.optional, "minimum": .number.optional, "maximum": .number.optional,
                            "maxLength": .count.optional, "values": .texts.optional, "restartRequired": .flag,
                            "description": .text,
                        ]))
                ]))
        ])

    static let showComboDefaults = RouteDocument(
        "combo-defaults.show", "Show what combos start from", answers: [.ok(.comboDefaults)])

    static let changeComboDefaults = RouteDocument(
        "combo-defaults.change", "Change what combos start from",
        details: "`providerOverrides` with `null` for a provider takes back what was set for it.",
        body: .json(.comboDefaultsChange),
        answers: [.ok(JSONSchema.comboDefaults.with(["ignored": .texts.optional]))])
}

extension JSONSchema {
    private static let similar = JSONSchema.object([
        "enabled": .flag.orNull, "model": .string(maximum: 200).orNull, "threshold": .number(0.5...1).orNull,
        "scope": .cases(of: CacheSettings.Scope.self).orNull, "part": .text.orNull,
        "maxTemperature": .number(0...1).orNull, "maxEntries": .integer(1...50_000).orNull,
        "timeoutMs": .integer(10...10_000).orNull,
    ])

    private static let cacheChange = JSONSchema.object([
        "mode": .cases(of: CacheSettings.Mode.self).orNull, "scope": .cases(of: CacheSettings.Scope.self).orNull,
        "ttlMs": .integer(1000...2_592_000_000).orNull, "maxEntries": .integer(1...1_000_000).orNull,
        "maxBytes": .integer(1024...(16 << 30)).orNull, "maxAnswerBytes": .integer(1024...(64 << 20)).orNull,
        "maxDiskBytes": .integer(0...(1 << 40)).orNull, "toolCalls": .flag.orNull, "semantic": similar.orNull,
    ])

    private static let bodyLogChange = JSONSchema.object([
        "mode": .cases(of: BodyLogSettings.Mode.self).orNull,
        "keys": .array(of: .string(maximum: 100), maximum: 1000).orNull,
        "maxBodyBytes": .integer(1024...(16 << 20)).orNull, "maxDiskBytes": .integer((1 << 20)...(1 << 40)).orNull,
    ])

    static let settingsChange = JSONSchema.object([
        "fallbackStrategy": .cases(of: AccountStrategy.self).orNull,
        "stickyRoundRobinLimit": .integer(0...1000).orNull, "maxAccountsPerModel": .integer(1...100).orNull,
        "maxAttempts": .integer(1...100).orNull, "maxRetries": .integer(0...10).orNull,
        "retryDelayMs": .integer(0...60_000).orNull, "timeoutMs": .integer(1000...3_600_000).orNull,
        "queueTimeoutMs": .integer(0...600_000).orNull, "recoveryWaitMs": .integer(0...600_000).orNull,
        "idempotencyWindowMs": .integer(0...86_400_000).orNull, "sessionAffinity": .flag.orNull,
        "cache": cacheChange.orNull, "bodyLog": bodyLogChange.orNull,
    ])

    private static let overrideChange = JSONSchema.object([
        "strategy": .cases(of: AccountStrategy.self).orNull, "maxRetries": .integer(0...10).orNull,
        "retryDelayMs": .integer(0...60_000).orNull, "timeoutMs": .integer(100...600_000).orNull,
        "concurrencyPerModel": .integer(1...100_000).orNull,
    ])

    private static let defaultOptions = comboOptions.with(
        .object(["strategy": .cases(of: ComboStrategy.self).orNull, "maxComboDepth": .integer(1...4).orNull]))

    static let comboDefaultsChange = JSONSchema.object([
        "comboDefaults": defaultOptions.orNull,
        "providerOverrides": .map(of: overrideChange.orNull).orNull.meaning("By provider or node."),
    ])

    static let comboDefaults = JSONSchema.record([
        "comboDefaults": defaultOptions, "providerOverrides": .map(of: overrideChange),
        "ignored": .texts.optional,
    ])

    static let settings = JSONSchema.component(
        "Settings",
        .record([
            "requireLogin": .yes, "hasPassword": .flag, "setupComplete": .flag, "requireApiKey": .flag,
            "blockedProviders": .texts, "requireAuthForModels": .flag, "logRetentionDays": .count.orNull,
            "instanceName": .text.orNull, "theme": .cases(of: GeneralSettings.Theme.self), "language": .text.orNull,
            "fallbackStrategy": .cases(of: AccountStrategy.self), "stickyRoundRobinLimit": .count.optional,
            "maxAccountsPerModel": .count, "maxAttempts": .count, "maxRetries": .count, "retryDelayMs": .count,
            "timeoutMs": .count, "queueTimeoutMs": .count, "recoveryWaitMs": .count, "idempotencyWindowMs": .count,
            "cache": cacheChange, "sessionAffinity": .flag, "bodyLog": bodyLogChange,
            "wildcardAliases": .array(of: .record(["pattern": .text, "target": .text])),
        ]).with(comboDefaults))
}
