import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var usageRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/usage/history", .admin, usageHistory),
            ManagementRoute(.get, "/api/usage/logs", .admin, usageLogs),
            ManagementRoute(.get, "/api/usage/request-logs", .admin, requestLogs),
        ]
    }

    private func usageHistory(_ call: ManagementRequest) async throws -> ManagementResponse {
        let history = try await dependencies.usage.history(try filter(call))
        let configuration = try await dependencies.store.load()
        let minutes = try await dependencies.usage.minutes(10, until: dependencies.clock.wallMilliseconds())
        return ManagementResponse { writer in
            writer.beginObject()
            writer.totals(history.total)
            writer.key("last10Minutes")
            writer.beginArray()
            for minute in minutes { writer.group(minute) { _ in } }
            writer.endArray()
            writer.key("byProvider")
            writer.beginObject()
            for (provider, totals) in history.byProvider.sorted(by: { $0.key < $1.key }) {
                writer.key(JSONText(provider))
                writer.group(totals) { _ in }
            }
            writer.endObject()
            writer.key("byModel")
            writer.beginObject()
            for (model, totals) in history.byModel.sorted(by: { ($0.key.model, $0.key.provider) < ($1.key.model, $1.key.provider) }) {
                writer.key(JSONText("\(model.model) (\(model.provider))"))
                writer.group(totals) { writer in
                    writer.optional("rawModel", model.model)
                    writer.optional("provider", model.provider)
                }
            }
            writer.endObject()
            writer.key("byAccount")
            writer.beginObject()
            for (id, totals) in history.byConnection.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let name = configuration.connections.first { $0.id == id }?.name
                writer.key(JSONText(name.map { "\($0) (\(id))" } ?? id.rawValue))
                writer.group(totals) { writer in
                    writer.optional("connectionId", id.rawValue)
                    writer.optional("accountName", name)
                }
            }
            writer.endObject()
            writer.key("byApiKey")
            writer.beginObject()
            for (id, totals) in history.byClientKey.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let name = configuration.clientKeys.first { $0.id == id }?.name
                writer.key(JSONText(name.map { "\($0) (\(id))" } ?? id.rawValue))
                writer.group(totals) { writer in
                    writer.optional("apiKeyId", id.rawValue)
                    writer.optional("apiKeyName", name)
                }
            }
            writer.endObject()
            writer.endObject()
        }
    }

    /// The compact form: one line of text a request.
    private func usageLogs(_ call: ManagementRequest) async throws -> ManagementResponse {
        let records = try await dependencies.usage.logs(try filter(call))
        let names = try await connectionNames()
        return ManagementResponse { writer in
            writer.beginArray()
            for record in records {
                let account = record.connectionID.flatMap { names[$0] } ?? "-"
                let input = record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens
                let output = record.outputTokens + record.reasoningTokens
                writer.string(
                    "\(ISOTime.compact(record.startedAt)) | \(record.requestedModel) | \(record.provider.uppercased())"
                        + " | \(account) | \(input) | \(output) | \(record.status)")
            }
            writer.endArray()
        }
    }

    /// The structured form: one object a request.
    private func requestLogs(_ call: ManagementRequest) async throws -> ManagementResponse {
        let filter = try filter(call)
        let records = try await dependencies.usage.logs(filter)
        let names = try await connectionNames()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("logs")
            writer.beginArray()
            for record in records { writer.usageRecord(record, account: record.connectionID.flatMap { names[$0] }) }
            writer.endArray()
            writer.key("limit")
            writer.value(filter.limit)
            writer.key("offset")
            writer.value(filter.offset)
            writer.endObject()
        }
    }

    private func connectionNames() async throws -> [ConnectionID: String] {
        var names: [ConnectionID: String] = [:]
        for connection in try await dependencies.store.load().connections { names[connection.id] = connection.name }
        return names
    }

    private func filter(_ call: ManagementRequest) throws(ManagementError) -> UsageFilter {
        var filter = UsageFilter()
        filter.provider = call.query("provider")
        filter.model = call.query("model")
        filter.connectionID = call.query("connectionId").map { ConnectionID($0) }
        filter.clientKeyID = call.query("apiKeyId").map { ClientKeyID($0) }
        switch call.query("status") {
        case nil, "": break
        case "error": filter.isError = true
        case "ok": filter.isError = false
        default: throw .invalid("status", "must be 'ok' or 'error'")
        }
        filter.limit = try number(call, "limit", in: 1...1000) ?? 200
        filter.offset = try number(call, "offset", in: 0...1_000_000_000) ?? 0
        filter.from = try number(call, "from", in: 0...4_102_444_800_000).map { Int64($0) }
        filter.to = try number(call, "to", in: 0...4_102_444_800_000).map { Int64($0) }
        return filter
    }

    private func number(
        _ call: ManagementRequest, _ name: Substring, in range: ClosedRange<Int>
    ) throws(ManagementError) -> Int? {
        guard let text = call.query(name), !text.isEmpty else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(String(name), "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

extension JSONWriter {
    mutating func totals(_ totals: UsageTotals) {
        // No prices are known yet: unknown is not nothing.
        key("totalCost")
        null()
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
        key("cachedTokens")
        value(totals.cacheReadTokens)
        key("cost")
        null()
        if totals.lastUsedAt > 0 { optional("lastUsed", ISOTime.string(totals.lastUsedAt)) }
        extra(&self)
        endObject()
    }

    mutating func usageRecord(_ record: UsageRecord, account: String?) {
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
        optional("connectionId", record.connectionID?.rawValue)
        optional("account", account)
        optional("apiKeyId", record.clientKeyID?.rawValue)
        key("sourceFormat")
        string(record.clientFormat)
        key("targetFormat")
        string(record.upstreamFormat)
        key("stream")
        value(record.isStreaming)
        key("duration")
        value(record.latencyMS)
        if let time = record.timeToFirstTokenMS {
            key("timeToFirstToken")
            value(time)
        }
        key("attempts")
        value(record.attempts)
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
        key("error")
        if let code = record.errorCode { string(code) } else { null() }
        endObject()
    }
}
