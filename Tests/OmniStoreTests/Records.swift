import OmniCore

/// Usage records for tests.
enum Records {
    /// A record whose values follow from one number.
    static func record(_ number: Int, status: Int = 200, change: (inout UsageRecord) -> Void = { _ in }) -> UsageRecord
    {
        var record = UsageRecord(requestID: "r\(number)", startedAt: Int64(number) * 1000)
        record.provider = "openai"
        record.requestedModel = "alias"
        record.servedModel = "gpt"
        record.clientFormat = "openai-chat"
        record.upstreamFormat = "anthropic"
        record.path = "/v1/chat/completions"
        record.status = status
        record.inputTokens = 1
        record.cacheReadTokens = 2
        record.cacheWriteTokens = 4
        record.outputTokens = 8
        record.reasoningTokens = 16
        record.latencyMS = number
        record.attempts = 1
        change(&record)
        return record
    }
}
