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

    static let insertion = """
        INSERT INTO usage (sequence, requestID, startedAt, clientKeyID, connectionID, provider, requestedModel,
            servedModel, clientFormat, upstreamFormat, path, status, isStreaming, inputTokens, cacheReadTokens,
            cacheWriteTokens, outputTokens, reasoningTokens, isEstimated, latencyMS, timeToFirstTokenMS, attempts,
            errorCode, combo, cost, savedCost, headMS, isCached, billedUnit, billedThousandths,
            billedVariant, overheadUS)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Sets the values of an insertion, in the order of its columns.
    ///
    /// One by one: a list of so many values in their boxes would cost more than the insertion itself.
    func bind(to statement: Statement, number: Int64) throws {
        // As many as the statement has; it only is to forget what it had.
        statement.setUncheckedArguments([])
        var values = StatementValues(statement: statement.sqliteStatement)
        try values.append(number)
        try values.append(requestID)
        try values.append(startedAt)
        try values.append(clientKeyID?.rawValue)
        try values.append(connectionID?.rawValue)
        try values.append(provider)
        try values.append(requestedModel)
        try values.append(servedModel)
        try values.append(clientFormat)
        try values.append(upstreamFormat)
        try values.append(path)
        try values.append(status)
        try values.append(isStreaming)
        try values.append(inputTokens)
        try values.append(cacheReadTokens)
        try values.append(cacheWriteTokens)
        try values.append(outputTokens)
        try values.append(reasoningTokens)
        try values.append(isEstimated)
        try values.append(latencyMS)
        try values.append(timeToFirstTokenMS)
        try values.append(attempts)
        try values.append(errorCode)
        try values.append(combo)
        try values.append(cost?.value)
        try values.append(savedCost?.value)
        try values.append(headMS)
        try values.append(isCached)
        try values.append(billed?.unit.rawValue)
        try values.append(billed?.thousandths)
        try values.append(billed?.variant)
        try values.append(overheadMicroseconds)
    }
}

extension BilledQuantity {
    /// - Returns: nil for what is no quantity, and for a unit of a later version.
    init?(unit: String?, thousandths: Int64?, variant: String?) {
        guard let unit = unit.flatMap({ Unit(rawValue: $0) }), let thousandths else { return nil }
        self.init(unit, thousandths: Int(clamping: thousandths), variant: variant)
    }
}

/// Sets a statement's values from the first to the last.
private struct StatementValues {
    let statement: SQLiteStatement
    private var count: CInt = 0

    init(statement: SQLiteStatement) { self.statement = statement }

    mutating func append(_ value: some StatementBinding) throws {
        count += 1
        let code = ResultCode(rawValue: value.bind(to: statement, at: count))
        guard code == .SQLITE_OK else { throw DatabaseError(resultCode: code) }
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
