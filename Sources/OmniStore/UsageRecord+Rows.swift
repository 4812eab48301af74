import GRDB
import OmniCore

extension UsageRecord {
    init(row: Row) {
        self.init(requestID: row["requestID"], startedAt: row["startedAt"])
        clientKeyID = (row["clientKeyID"] as String?).map { ClientKeyID($0) }
        connectionID = (row["connectionID"] as String?).map { ConnectionID($0) }
        provider = row["provider"]
        requestedModel = row["requestedModel"]
        servedModel = row["servedModel"]
        clientFormat = row["clientFormat"]
        upstreamFormat = row["upstreamFormat"]
        path = row["path"]
        status = row["status"]
        isStreaming = row["isStreaming"]
        inputTokens = row["inputTokens"]
        cacheReadTokens = row["cacheReadTokens"]
        cacheWriteTokens = row["cacheWriteTokens"]
        outputTokens = row["outputTokens"]
        reasoningTokens = row["reasoningTokens"]
        isEstimated = row["isEstimated"]
        latencyMS = row["latencyMS"]
        timeToFirstTokenMS = row["timeToFirstTokenMS"]
        attempts = row["attempts"]
        errorCode = row["errorCode"]
        headMS = row["headMS"]
    }

    /// In the order of the insertion's columns.
    var arguments: StatementArguments {
        [
            requestID, startedAt, clientKeyID?.rawValue, connectionID?.rawValue, provider, requestedModel, servedModel,
            clientFormat, upstreamFormat, path, status, isStreaming, inputTokens, cacheReadTokens, cacheWriteTokens,
            outputTokens, reasoningTokens, isEstimated, latencyMS, timeToFirstTokenMS, attempts, errorCode,
            headMS,
        ]
    }
}

extension UsageTotals {
    init(row: Row) {
        self.init()
        requests = row["requests"]
        errors = row["errors"]
        inputTokens = row["inputTokens"]
        cacheReadTokens = row["cacheReadTokens"]
        cacheWriteTokens = row["cacheWriteTokens"]
        outputTokens = row["outputTokens"]
        reasoningTokens = row["reasoningTokens"]
        lastUsedAt = row["lastUsedAt"]
    }

    mutating func add(_ other: UsageTotals) {
        requests += other.requests
        errors += other.errors
        inputTokens += other.inputTokens
        cacheReadTokens += other.cacheReadTokens
        cacheWriteTokens += other.cacheWriteTokens
        outputTokens += other.outputTokens
        reasoningTokens += other.reasoningTokens
        lastUsedAt = max(lastUsedAt, other.lastUsedAt)
    }
}
