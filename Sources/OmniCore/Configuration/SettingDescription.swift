public import OmniJSON

/// One setting as people and programs may read of it: its type, its default, what it may be.
public struct SettingDescription: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case boolean(Bool)
        /// nil for a default that is no number.
        case integer(Int?, ClosedRange<Int>)
        case text(String?, maximum: Int)
        case choice(String, [String])
        case list
        /// With members of its own, which the documentation tells of.
        case object
    }

    public var name: String
    public var kind: Kind
    /// One sentence.
    public var text: String

    /// All settings of `/api/settings`, in the order in which they are shown.
    ///
    /// All hold from the next request on.
    public static let all: [SettingDescription] = {
        let usual = RoutingSettings()
        func milliseconds(_ duration: Duration) -> Int { Int(duration.clampedNanoseconds / 1_000_000) }
        return [
            SettingDescription(
                name: "instanceName", kind: .text(nil, maximum: 100), text: "What the dashboard calls this router."),
            SettingDescription(
                name: "theme", kind: .choice("system", GeneralSettings.Theme.allCases.map(\.rawValue)),
                text: "How the dashboard looks to people who have chosen no theme."),
            SettingDescription(
                name: "language", kind: .text(nil, maximum: 10),
                text: "The dashboard's language for people who have chosen none."),
            SettingDescription(
                name: "requireApiKey", kind: .boolean(false),
                text: "Whether requests need a client key; REQUIRE_API_KEY goes before it."),
            SettingDescription(
                name: "requireAuthForModels", kind: .boolean(false),
                text: "Whether lists of models need a client key, where requests need none."),
            SettingDescription(
                name: "blockedProviders", kind: .list, text: "Providers nobody is sent to, and that no list shows."),
            SettingDescription(
                name: "logRetentionDays", kind: .integer(nil, 1...3650),
                text: "Days that requests stay in the log; the audit log is kept twice as long."),
            SettingDescription(
                name: "fallbackStrategy",
                kind: .choice(usual.accountStrategy.rawValue, AccountStrategy.allCases.map(\.rawValue)),
                text: "How one of several accounts of a provider is chosen."),
            SettingDescription(
                name: "stickyRoundRobinLimit", kind: .integer(usual.sticky, 0...1000),
                text: "Requests an account serves in its turn, for round robin; 0 means the default."),
            SettingDescription(
                name: "sessionAffinity", kind: .boolean(usual.keepsAccounts),
                text: "Whether a conversation stays on the account that served it."),
            SettingDescription(
                name: "maxAccountsPerModel", kind: .integer(usual.maximumAccounts, 1...100),
                text: "Accounts of one model attempted for one request."),
            SettingDescription(
                name: "maxAttempts", kind: .integer(usual.maximumAttempts, 1...100),
                text: "Attempts for one request."),
            SettingDescription(
                name: "maxRetries", kind: .integer(usual.retries, 0...10),
                text: "Attempts at the same target after the first, for requests that name no combo."),
            SettingDescription(
                name: "retryDelayMs", kind: .integer(milliseconds(usual.retryDelay), 0...60_000),
                text: "The time between such attempts."),
            SettingDescription(
                name: "timeoutMs", kind: .integer(milliseconds(usual.timeout), 1000...3_600_000),
                text: "The time for a whole request, up to its first event."),
            SettingDescription(
                name: "queueTimeoutMs", kind: .integer(milliseconds(usual.queueTimeout), 0...600_000),
                text: "How long a request waits for a free place."),
            SettingDescription(
                name: "recoveryWaitMs", kind: .integer(milliseconds(usual.patience), 0...600_000),
                text: "How long a request waits for the first target to recover when none is left."),
            SettingDescription(
                name: "idempotencyWindowMs", kind: .integer(milliseconds(usual.idempotencyWindow), 0...86_400_000),
                text: "How long an answer is repeated to duplicates of its request."),
            SettingDescription(name: "cache", kind: .object, text: "Which answers are kept to be given again."),
            SettingDescription(name: "bodyLog", kind: .object, text: "Which bodies are logged."),
            SettingDescription(
                name: "wildcardAliases", kind: .list, text: "Patterns of model names, with what they mean."),
            SettingDescription(name: "comboDefaults", kind: .object, text: "What holds for all combos."),
            SettingDescription(
                name: "providerOverrides", kind: .object, text: "What holds for the steps of single providers."),
        ]
    }()

    /// - Parameter restartRequired: no setting here needs one; those of the environment are read at the start.
    public func write(into writer: inout JSONWriter, restartRequired: Bool = false) {
        writer.beginObject()
        writer.key("name")
        writer.string(name)
        writer.key("type")
        switch kind {
        case .boolean(let usual):
            writer.value("boolean")
            writer.key("default")
            writer.value(usual)
        case .integer(let usual, let range):
            writer.value("integer")
            writer.key("default")
            if let usual { writer.value(usual) } else { writer.null() }
            writer.key("minimum")
            writer.value(range.lowerBound)
            writer.key("maximum")
            writer.value(range.upperBound)
        case .text(let usual, let maximum):
            writer.value("string")
            writer.key("default")
            if let usual { writer.string(usual) } else { writer.null() }
            writer.key("maxLength")
            writer.value(maximum)
        case .choice(let usual, let names):
            writer.value("string")
            writer.key("default")
            writer.string(usual)
            writer.key("values")
            writer.beginArray()
            for name in names { writer.string(name) }
            writer.endArray()
        case .list: writer.value("array")
        case .object: writer.value("object")
        }
        writer.key("restartRequired")
        writer.value(restartRequired)
        writer.key("description")
        writer.string(text)
        writer.endObject()
    }
}
