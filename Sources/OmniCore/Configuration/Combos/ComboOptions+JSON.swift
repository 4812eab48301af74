public import OmniJSON

/// Options as the member `config` of combos, `comboDefaults` and `providerOverrides` write them.
extension Combo.Options {
    static let names: Set<String> = [
        "maxRetries", "retryDelayMs", "timeoutMs", "attemptTimeoutMs", "concurrencyPerModel", "queueTimeoutMs",
        "sticky",
        "fallbackOnContentFilter", "fallbackOnContextOverflow", "maxAttempts",
    ]

    /// Takes over the members that are there; `null` takes an option back to its default.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        try fields.read("maxRetries", into: &retries, in: 0...10)
        try fields.read("retryDelayMs", into: &retryDelay, in: 0...60_000)
        try fields.read("timeoutMs", into: &timeout, in: 1000...600_000)
        try fields.read("attemptTimeoutMs", into: &attemptTimeout, in: 100...600_000)
        try fields.read("concurrencyPerModel", into: &concurrency, in: 1...100_000)
        try fields.read("queueTimeoutMs", into: &queueTimeout, in: 0...600_000)
        try fields.read("sticky", into: &sticky, in: 1...1000)
        try fields.read("fallbackOnContentFilter", into: &fallbackOnContentFilter)
        try fields.read("fallbackOnContextOverflow", into: &fallbackOnContextOverflow)
        try fields.read("maxAttempts", into: &maximumAttempts, in: 1...100)
    }

    /// Members of an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.optional("maxRetries", retries)
        writer.optional("retryDelayMs", retryDelay)
        writer.optional("timeoutMs", timeout)
        writer.optional("attemptTimeoutMs", attemptTimeout)
        writer.optional("concurrencyPerModel", concurrency)
        writer.optional("queueTimeoutMs", queueTimeout)
        writer.optional("sticky", sticky)
        writer.optional("fallbackOnContentFilter", fallbackOnContentFilter)
        writer.optional("fallbackOnContextOverflow", fallbackOnContextOverflow)
        writer.optional("maxAttempts", maximumAttempts)
    }
}
