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
        overheadMicroseconds = row["overheadUS"]
        isCached = row["isCached"]
        combo = row["combo"]
        cost = (row["cost"] as Int64?).map { NanoDollars($0) }
        savedCost = (row["savedCost"] as Int64?).map { NanoDollars($0) }
        billed = BilledQuantity(
            unit: row["billedUnit"], thousandths: row["billedThousandths"], variant: row["billedVariant"])
    }
}

extension BilledQuantity {
    /// - Returns: nil for what is no quantity, and for a unit of a later version.
    init?(unit: String?, thousandths: Int64?, variant: String?) {
        guard let unit = unit.flatMap({ Unit(rawValue: $0) }), let thousandths else { return nil }
        self.init(unit, thousandths: Int(clamping: thousandths), variant: variant)
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
}
