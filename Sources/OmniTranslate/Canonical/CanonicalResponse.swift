public import OmniJSON

/// One complete answer, independent of any wire format.
public struct CanonicalResponse: Sendable {
    public var id: JSONText?
    /// The upstream's own name of the model.
    public var model: JSONText?
    /// Seconds since 1970, when the upstream says.
    public var created: Int?
    public var choices: [Choice] = []
    public var usage: Usage?
    public var serviceTier: JSONText?
    public var systemFingerprint: JSONText?
    public var vendorFields: [VendorField] = []

    public struct Choice: Sendable {
        public var index = 0
        /// Text, reasoning, refusal and tool calls in the order they were produced.
        public var parts: [Part] = []
        public var finish = Finish(.stop)
        /// OpenAI's logprobs object, verbatim.
        public var logprobs: JSONValue?

        public init() {}
    }

    public init() {}
}

/// Why an answer ended.
public struct Finish: Sendable {
    public enum Reason: String, Sendable {
        case stop, stopSequence, toolUse, length, contextFull, contentFilter, refusal, pause, malformedTool, unknown
    }

    public var reason: Reason
    /// The stop sequence that was hit.
    public var stopSequence: JSONText?
    /// The origin's details (`stop_details`), verbatim.
    public var details: JSONValue?

    public init(_ reason: Reason, stopSequence: JSONText? = nil, details: JSONValue? = nil) {
        self.reason = reason
        self.stopSequence = stopSequence
        self.details = details
    }
}

/// Tokens of one answer in five disjoint counts; their sum is the total.
public struct Usage: Sendable, Hashable {
    /// Input that was neither read from nor written to a cache.
    public var input = 0
    public var cacheRead = 0
    public var cacheWrite = 0
    /// Of ``cacheWrite``, what was written with a lifetime of one hour.
    public var cacheWriteOneHour = 0
    /// Output without reasoning.
    public var output = 0
    public var reasoning = 0
    /// Whether the counts are the router's estimate and not the upstream's word.
    public var isEstimated = false

    public var totalInput: Int { input + cacheRead + cacheWrite }
    public var totalOutput: Int { output + reasoning }

    public init() {}
}
