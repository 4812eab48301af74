public import OmniJSON

/// Routing settings as the management API and the store write them.
extension RoutingSettings {
    /// Members of the settings themselves; `comboDefaults` and `providerOverrides` have functions of their own.
    public static let names: Set<String> = [
        "fallbackStrategy", "stickyRoundRobinLimit", "maxAccountsPerModel", "maxAttempts", "maxRetries", "retryDelayMs",
        "timeoutMs", "queueTimeoutMs", "recoveryWaitMs", "idempotencyWindowMs", "cache",
        "sessionAffinity", "bodyLog",
    ]
    private static let usual = RoutingSettings()

    /// Takes over the members that are there; `null` takes a setting back to its default.
    /// - Returns: the ways to members of objects inside that nobody reads.
    @discardableResult public mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        if fields.has("fallbackStrategy") {
            accountStrategy = try Self.strategy("fallbackStrategy", in: fields) ?? Self.usual.accountStrategy
        }
        try fields.read("stickyRoundRobinLimit", into: &sticky, default: Self.usual.sticky) {
            value throws(FieldFault) in
            try fields.read("stickyRoundRobinLimit", into: &value, in: 0...1000)
            // Other routers take zero for their default.
            if value == 0 { value = nil }
        }
        try Self.read("maxAccountsPerModel", into: &maximumAccounts, Self.usual.maximumAccounts, 1...100, fields)
        try Self.read("maxAttempts", into: &maximumAttempts, Self.usual.maximumAttempts, 1...100, fields)
        try Self.read("maxRetries", into: &retries, Self.usual.retries, 0...10, fields)
        try Self.read("retryDelayMs", into: &retryDelay, Self.usual.retryDelay, 0...60_000, fields)
        try Self.read("timeoutMs", into: &timeout, Self.usual.timeout, 1000...3_600_000, fields)
        try Self.read("queueTimeoutMs", into: &queueTimeout, Self.usual.queueTimeout, 0...600_000, fields)
        try Self.read("recoveryWaitMs", into: &patience, Self.usual.patience, 0...600_000, fields)
        try Self.read(
            "idempotencyWindowMs", into: &idempotencyWindow, Self.usual.idempotencyWindow, 0...86_400_000, fields)
        try fields.read("sessionAffinity", into: &keepsAccounts, default: Self.usual.keepsAccounts) {
            value throws(FieldFault) in
            try fields.read("sessionAffinity", into: &value)
        }
        if fields.has("bodyLog"), fields.value("bodyLog") == nil { bodyLog = Self.usual.bodyLog }
        let unread = try fields.nested("bodyLog").map { nested throws(FieldFault) in try bodyLog.merge(nested) } ?? []
        if fields.has("cache"), fields.value("cache") == nil { cache = Self.usual.cache }
        return try unread + (fields.nested("cache").map { nested throws(FieldFault) in try cache.merge(nested) } ?? [])
    }

    /// Takes over members of `comboDefaults`.
    /// - Returns: the ways to members nobody reads.
    public mutating func mergeComboDefaults(_ fields: JSONFields) throws(FieldFault) -> [String] {
        if fields.has("strategy") {
            let name = try fields.string("strategy", maximum: 100)
            guard let known = name.map({ ComboStrategy(name: $0) }) ?? Self.usual.comboStrategy else {
                let names = ComboStrategy.allCases.map(\.rawValue).joined(separator: ", ")
                throw FieldFault(fields.path("strategy"), "must be one of \(names)")
            }
            comboStrategy = known
        }
        try Self.read("maxComboDepth", into: &maximumDepth, Self.usual.maximumDepth, 1...4, fields)
        try comboDefaults.merge(fields)
        return fields.unknown(besides: Combo.Options.names.union(["strategy", "maxComboDepth"]))
    }

    /// Takes over members of one provider in `providerOverrides`.
    /// - Returns: the ways to members nobody reads.
    public mutating func mergeOverride(of provider: ProviderID, _ fields: JSONFields) throws(FieldFault) -> [String] {
        if fields.has("strategy") { accountStrategies[provider] = try Self.strategy("strategy", in: fields) }
        var options = providerOptions[provider] ?? Combo.Options()
        try fields.read("maxRetries", into: &options.retries, in: 0...10)
        try fields.read("retryDelayMs", into: &options.retryDelay, in: 0...60_000)
        try fields.read("timeoutMs", into: &options.attemptTimeout, in: 100...600_000)
        try fields.read("concurrencyPerModel", into: &options.concurrency, in: 1...100_000)
        providerOptions[provider] = options == Combo.Options() ? nil : options
        return fields.unknown(besides: ["strategy", "maxRetries", "retryDelayMs", "timeoutMs", "concurrencyPerModel"])
    }

    public mutating func removeOverride(of provider: ProviderID) {
        accountStrategies[provider] = nil
        providerOptions[provider] = nil
    }

    /// The members ``merge(_:)`` reads, in an object that was begun.
    /// - Parameter isSparse: whether what has its default is left out, so that it follows later defaults.
    public func writeMembers(into writer: inout JSONWriter, isSparse: Bool) {
        func changed<Value: Equatable>(_ path: KeyPath<RoutingSettings, Value>) -> Value? {
            isSparse && self[keyPath: path] == Self.usual[keyPath: path] ? nil : self[keyPath: path]
        }
        if let strategy = changed(\.accountStrategy) {
            writer.key("fallbackStrategy")
            writer.string(strategy.rawValue)
        }
        writer.optional("stickyRoundRobinLimit", changed(\.sticky))
        writer.optional("maxAccountsPerModel", changed(\.maximumAccounts))
        writer.optional("maxAttempts", changed(\.maximumAttempts))
        writer.optional("maxRetries", changed(\.retries))
        writer.optional("retryDelayMs", changed(\.retryDelay))
        writer.optional("timeoutMs", changed(\.timeout))
        writer.optional("queueTimeoutMs", changed(\.queueTimeout))
        writer.optional("recoveryWaitMs", changed(\.patience))
        writer.optional("idempotencyWindowMs", changed(\.idempotencyWindow))
        if let cache = changed(\.cache) {
            writer.key("cache")
            cache.write(into: &writer, isSparse: isSparse)
        }
        writer.optional("sessionAffinity", changed(\.keepsAccounts))
        if let bodyLog = changed(\.bodyLog) {
            writer.key("bodyLog")
            bodyLog.write(into: &writer, isSparse: isSparse)
        }
    }

    /// - Parameter isSparse: whether only what a person set is written, or everything that is in force.
    public func writeComboDefaults(into writer: inout JSONWriter, isSparse: Bool) {
        writer.beginObject()
        if !isSparse || comboStrategy != Self.usual.comboStrategy {
            writer.key("strategy")
            writer.string(comboStrategy.rawValue)
        }
        if !isSparse || maximumDepth != Self.usual.maximumDepth { writer.optional("maxComboDepth", maximumDepth) }
        if isSparse {
            comboDefaults.writeMembers(into: &writer)
        } else {
            let limits = ComboLimits(comboDefaults)
            var options = comboDefaults
            options.retries = limits.retries
            options.retryDelay = limits.retryDelay
            options.timeout = limits.timeout ?? timeout
            options.queueTimeout = limits.queueTimeout
            options.sticky = limits.sticky
            options.fallbackOnContentFilter = limits.fallbackOnContentFilter
            options.fallbackOnContextOverflow = limits.fallbackOnContextOverflow
            options.maximumAttempts = limits.maximumAttempts
            options.writeMembers(into: &writer)
        }
        writer.endObject()
    }

    /// - Parameter name: how a provider is written.
    public func writeOverrides(into writer: inout JSONWriter, name: (ProviderID) -> String) {
        writer.beginObject()
        let providers = Set(accountStrategies.keys).union(providerOptions.keys)
        for provider in providers.sorted(by: { $0.rawValue < $1.rawValue }) {
            writer.key(JSONText(name(provider)))
            writer.beginObject()
            if let strategy = accountStrategies[provider] {
                writer.key("strategy")
                writer.string(strategy.rawValue)
            }
            if let options = providerOptions[provider] {
                writer.optional("maxRetries", options.retries)
                writer.optional("retryDelayMs", options.retryDelay)
                writer.optional("timeoutMs", options.attemptTimeout)
                writer.optional("concurrencyPerModel", options.concurrency)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    private static func strategy(
        _ name: StaticString, in fields: JSONFields
    ) throws(FieldFault) -> AccountStrategy? {
        guard let text = try fields.string(name, maximum: 100) else { return nil }
        guard let strategy = AccountStrategy(name: text) else {
            let names = AccountStrategy.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldFault(fields.path("\(name)"), "must be one of \(names)")
        }
        return strategy
    }

    private static func read(
        _ name: StaticString, into target: inout Int, _ usual: Int, _ range: ClosedRange<Int>, _ fields: JSONFields
    ) throws(FieldFault) {
        try fields.read(name, into: &target, default: usual) { value throws(FieldFault) in
            try fields.read(name, into: &value, in: range)
        }
    }

    private static func read(
        _ name: StaticString, into target: inout Duration, _ usual: Duration, _ range: ClosedRange<Int>,
        _ fields: JSONFields
    ) throws(FieldFault) {
        try fields.read(name, into: &target, default: usual) { value throws(FieldFault) in
            try fields.read(name, into: &value, in: range)
        }
    }
}
