import OmniCore
import OmniJSON

/// What connections and client keys are called; those deleted since have no name.
struct UsageNames: Sendable {
    let connections: [ConnectionID: String]
    let clientKeys: [ClientKeyID: String]

    init(_ configuration: RouterConfiguration) {
        connections = Dictionary(configuration.connections.map { ($0.id, $0.name) }) { first, _ in first }
        clientKeys = Dictionary(configuration.clientKeys.map { ($0.id, $0.name) }) { first, _ in first }
    }

    /// `gpt-4o (openai - Main)`.
    func label(of account: UsageHistory.AccountKey) -> String {
        let name = connections[account.connectionID] ?? account.connectionID.rawValue
        return "\(account.model.model) (\(account.model.provider) - \(name))"
    }
}

/// Requests under way, counted.
struct ActivityCount: Sendable {
    private(set) var byModel: [UsageHistory.ModelKey: Int] = [:]
    private(set) var byConnection: [ConnectionID: [UsageHistory.ModelKey: Int]] = [:]
    /// Equal ones together, sorted by model.
    let requests: [(request: ActiveRequest, count: Int)]

    init(_ active: [ActiveRequest]) {
        var counts: [ActiveRequest: Int] = [:]
        for request in active {
            let model = UsageHistory.ModelKey(model: request.model, provider: request.provider)
            counts[request, default: 0] += 1
            byModel[model, default: 0] += 1
            if let id = request.connectionID { byConnection[id, default: [:]][model, default: 0] += 1 }
        }
        requests = counts.map { (request: $0.key, count: $0.value) }
            .sorted { $0.request.sortKey < $1.request.sortKey }
    }
}

extension ActiveRequest {
    fileprivate var sortKey: (String, String, String) { (model, provider, connectionID?.rawValue ?? "") }
}

extension UsageHistory.ModelKey {
    /// `gpt-4o (openai)`.
    var label: String { "\(model) (\(provider))" }
}

extension JSONWriter {
    mutating func totals(_ totals: UsageTotals) {
        key("totalCost")
        dollars(totals.cost)
        key("totalSavedCost")
        dollars(totals.savedCost)
        key("unpricedRequests")
        value(totals.unpricedRequests)
        key("totalRequests")
        value(totals.requests)
        key("totalErrors")
        value(totals.errors)
        key("totalPromptTokens")
        value(totals.promptTokens)
        key("totalCompletionTokens")
        value(totals.completionTokens)
        key("totalTokens")
        value(totals.promptTokens + totals.completionTokens)
        key("totalCachedTokens")
        value(totals.cacheReadTokens)
        key("totalCacheWriteTokens")
        value(totals.cacheWriteTokens)
        key("totalReasoningTokens")
        value(totals.reasoningTokens)
    }

    mutating func group(_ totals: UsageTotals, _ extra: (inout JSONWriter) -> Void) {
        beginObject()
        key("requests")
        value(totals.requests)
        key("errors")
        value(totals.errors)
        key("promptTokens")
        value(totals.promptTokens)
        key("completionTokens")
        value(totals.completionTokens)
        key("totalTokens")
        value(totals.promptTokens + totals.completionTokens)
        key("cachedTokens")
        value(totals.cacheReadTokens)
        key("cacheWriteTokens")
        value(totals.cacheWriteTokens)
        key("reasoningTokens")
        value(totals.reasoningTokens)
        key("cost")
        dollars(totals.cost)
        key("savedCost")
        dollars(totals.savedCost)
        // How many requests the cost leaves out because nobody knows their price.
        key("unpricedRequests")
        value(totals.unpricedRequests)
        if totals.requests > 0 {
            key("averageLatencyMs")
            value(totals.latencyMS / totals.requests)
        }
        if totals.lastUsedAt > 0 { optional("lastUsed", ISOTime.string(totals.lastUsedAt)) }
        extra(&self)
        endObject()
    }

    /// The four groupings of the contract and that by combo; each group is named as a person would name it.
    mutating func groups(_ history: UsageHistory, names: UsageNames) {
        key("byProvider")
        beginObject()
        for (provider, totals) in history.byProvider.sorted(by: { $0.key < $1.key }) {
            key(JSONText(provider))
            group(totals) { _ in }
        }
        endObject()
        key("byModel")
        beginObject()
        for (model, totals) in history.byModel.sorted(by: { $0.key.label < $1.key.label }) {
            key(JSONText(model.label))
            group(totals) { writer in writer.servedModel(model) }
        }
        endObject()
        key("byAccount")
        beginObject()
        let accounts = history.byAccount.map { (label: names.label(of: $0.key), account: $0.key, totals: $0.value) }
        for (label, account, totals) in accounts.sorted(by: { $0.label < $1.label }) {
            key(JSONText(label))
            group(totals) { writer in
                writer.optional("connectionId", account.connectionID.rawValue)
                writer.nullable("accountName", names.connections[account.connectionID])
                writer.servedModel(account.model)
            }
        }
        endObject()
        key("byApiKey")
        beginObject()
        for (id, totals) in history.byClientKey.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let name = names.clientKeys[id]
            key(JSONText(name.map { "\($0) (\(id))" } ?? id.rawValue))
            group(totals) { writer in
                writer.optional("apiKeyId", id.rawValue)
                writer.nullable("apiKeyName", name)
            }
        }
        endObject()
        key("byCombo")
        beginObject()
        for (combo, totals) in history.byCombo.sorted(by: { $0.key < $1.key }) {
            key(JSONText(combo))
            group(totals) { _ in }
        }
        endObject()
    }

    private mutating func servedModel(_ model: UsageHistory.ModelKey) {
        optional("rawModel", model.model)
        optional("provider", model.provider)
    }

    /// `pending` counts by name, `activeRequests` is the same as a list.
    mutating func activity(_ activity: ActivityCount, names: UsageNames) {
        key("pending")
        beginObject()
        key("byModel")
        counts(activity.byModel)
        key("byAccount")
        beginObject()
        for (id, models) in activity.byConnection.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            key(JSONText(id.rawValue))
            counts(models)
        }
        endObject()
        endObject()
        key("activeRequests")
        beginArray()
        for (request, count) in activity.requests {
            beginObject()
            key("model")
            string(request.model)
            key("provider")
            string(request.provider)
            key("account")
            string(request.connectionID.map { names.connections[$0] ?? $0.rawValue } ?? "-")
            key("count")
            value(count)
            endObject()
        }
        endArray()
    }

    private mutating func counts(_ counts: [UsageHistory.ModelKey: Int]) {
        beginObject()
        for (model, count) in counts.sorted(by: { $0.key.label < $1.key.label }) {
            key(JSONText(model.label))
            value(count)
        }
        endObject()
    }

    mutating func usageRecord(
        _ record: UsageRecord, names: UsageNames, bodies: LoggedBodies.Kinds,
        _ extra: (inout JSONWriter) -> Void = { _ in }
    ) {
        beginObject()
        key("id")
        string(record.requestID)
        key("timestamp")
        string(ISOTime.string(record.startedAt))
        key("method")
        value("POST")
        key("path")
        string(record.path)
        key("status")
        value(record.status)
        key("model")
        string(record.requestedModel)
        key("servedModel")
        string(record.servedModel)
        key("provider")
        string(record.provider)
        nullable("connectionId", record.connectionID?.rawValue)
        nullable("account", record.connectionID.flatMap { names.connections[$0] })
        nullable("apiKeyId", record.clientKeyID?.rawValue)
        nullable("apiKeyName", record.clientKeyID.flatMap { names.clientKeys[$0] })
        nullable("comboName", record.combo)
        key("sourceFormat")
        string(record.clientFormat)
        key("targetFormat")
        string(record.upstreamFormat)
        key("stream")
        value(record.isStreaming)
        key("duration")
        value(record.latencyMS)
        key("timeToFirstToken")
        if let time = record.timeToFirstTokenMS { value(time) } else { null() }
        key("overheadUs")
        if let time = record.overheadMicroseconds { value(time) } else { null() }
        key("tokensPerSecond")
        if let speed = record.tokensPerSecond { value(JSONNumber((speed * 10).rounded() / 10)) } else { null() }
        key("attempts")
        value(record.attempts)
        key("cost")
        dollars(record.cost)
        key("savedCost")
        dollars(record.savedCost)
        key("billed")
        billed(record.billed)
        key("tokens")
        beginObject()
        key("in")
        value(record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens)
        key("out")
        value(record.outputTokens + record.reasoningTokens)
        key("input")
        value(record.inputTokens)
        key("cacheRead")
        value(record.cacheReadTokens)
        key("cacheWrite")
        value(record.cacheWriteTokens)
        key("output")
        value(record.outputTokens)
        key("reasoning")
        value(record.reasoningTokens)
        key("estimated")
        value(record.isEstimated)
        endObject()
        key("hasRequestBody")
        value(bodies.hasRequest)
        key("hasResponseBody")
        value(bodies.hasResponse)
        nullable("error", record.errorCode)
        extra(&self)
        endObject()
    }

    /// A member that is null when there is no value.
    mutating func nullable(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }
}
