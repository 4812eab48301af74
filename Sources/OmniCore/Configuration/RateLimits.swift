public import OmniJSON

/// How much an account, or one model on it, may be used; nil for no limit.
public struct RateLimits: Sendable, Hashable {
    public var requestsPerMinute: Int?
    public var tokensPerMinute: Int?
    /// Attempts in flight at most.
    public var maximumConcurrency: Int?
    /// The least time between the beginnings of two attempts.
    public var minimumInterval: Duration?

    public init() {}

    /// The members ``merge(_:)`` reads.
    public static let names: Set<String> = [
        "requestsPerMinute", "tokensPerMinute", "maxConcurrent", "concurrentRequests", "minTimeBetweenRequests",
    ]

    /// Takes over the members that are there; `null` takes a limit away.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        try fields.read("requestsPerMinute", into: &requestsPerMinute, in: 1...1_000_000_000)
        try fields.read("tokensPerMinute", into: &tokensPerMinute, in: 1...1_000_000_000_000)
        // Connections and the contract's defaults have different names for the same.
        try fields.read("concurrentRequests", into: &maximumConcurrency, in: 1...100_000)
        try fields.read("maxConcurrent", into: &maximumConcurrency, in: 1...100_000)
        try fields.read("minTimeBetweenRequests", into: &minimumInterval, in: 0...60_000)
        if minimumInterval == .zero { minimumInterval = nil }
    }

    /// Members of an object that was begun; limits that are not there are left out.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.optional("requestsPerMinute", requestsPerMinute)
        writer.optional("tokensPerMinute", tokensPerMinute)
        writer.optional("maxConcurrent", maximumConcurrency)
        writer.optional("minTimeBetweenRequests", minimumInterval)
    }
}
