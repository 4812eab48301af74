/// Asks a model through the whole router, for an eval.
public protocol EvalCaller: Sendable {
    /// - Returns: also when there is no answer; at the latest some moments after the time the call has, or its cancellation.
    func answer(to call: EvalCall) async -> EvalAnswer
}

/// One question to a model.
public struct EvalCall: Sendable {
    /// Identifies it in the request log.
    public var requestID: String
    /// A request of the OpenAI Chat dialect that does not stream.
    public var body: [UInt8]
    public var clientKey: ClientKeyID?
    public var timeout: Duration

    public init(requestID: String, body: [UInt8], clientKey: ClientKeyID? = nil, timeout: Duration) {
        self.requestID = requestID
        self.body = body
        self.clientKey = clientKey
        self.timeout = timeout
    }
}

/// What came of a question to a model.
public struct EvalAnswer: Sendable {
    /// nil when there was no answer in time.
    public var status: Int?
    /// What the model said; where it only called tools, the calls as JSON.
    public var text = ""
    public var finishReason: String?
    /// For people; nil when all is well.
    public var error: String?
    public var latencyMS = 0
    /// What it was and cost, as it stands in the log; nil when nothing was recorded in time.
    public var record: UsageRecord?

    public init(status: Int? = nil, text: String = "", error: String? = nil, latencyMS: Int = 0) {
        self.status = status
        self.text = text
        self.error = error
        self.latencyMS = latencyMS
    }

    /// nil when the price is unknown; what never reached a model cost nothing.
    var cost: NanoDollars? {
        guard let record else { return status == nil ? nil : .zero }
        let isBilled = record.inputTokens + record.outputTokens + record.reasoningTokens > 0 && record.status == 200
        return record.cost ?? (isBilled ? nil : .zero)
    }
}
