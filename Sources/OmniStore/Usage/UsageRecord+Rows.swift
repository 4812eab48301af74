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
        combo = row["combo"]
        cost = (row["cost"] as Int64?).map { NanoDollars($0) }
        savedCost = (row["savedCost"] as Int64?).map { NanoDollars($0) }
    }

    static let insertion = """
        INSERT INTO usage (sequence, requestID, startedAt, clientKeyID, connectionID, provider, requestedModel,
            servedModel, clientFormat, upstreamFormat, path, status, isStreaming, inputTokens, cacheReadTokens,
            cacheWriteTokens, outputTokens, reasoningTokens, isEstimated, latencyMS, timeToFirstTokenMS, attempts,
            errorCode, combo, cost, savedCost, headMS)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// In the order of the insertion's columns.
    func arguments(number: Int64) -> StatementArguments {
        [
            number, requestID, startedAt, clientKeyID?.rawValue, connectionID?.rawValue, provider, requestedModel,
            servedModel, clientFormat, upstreamFormat, path, status, isStreaming, inputTokens, cacheReadTokens,
            cacheWriteTokens, outputTokens, reasoningTokens, isEstimated, latencyMS, timeToFirstTokenMS, attempts,
            errorCode, combo, cost?.value, savedCost?.value, headMS,
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
        knownCost = NanoDollars(row["knownCost"])
        pricedRequests = row["pricedRequests"]
        unpricedRequests = row["unpricedRequests"]
        savedCost = NanoDollars(row["savedCost"])
        latencyMS = row["latencyMS"]
        lastUsedAt = row["lastUsedAt"]
    }

    /// In the order of ``SumTable/columns``.
    var arguments: StatementArguments {
        [
            requests, errors, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens,
            knownCost.value, pricedRequests, unpricedRequests, savedCost.value, latencyMS, lastUsedAt,
        ]
    }
}
