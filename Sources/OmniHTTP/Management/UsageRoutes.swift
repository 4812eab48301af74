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
            ManagementRoute(.get, "/api/usage/request-logs/:id", .admin, requestLog),
        ]
    }

    private func usageHistory(_ call: ManagementRequest) async throws -> ManagementResponse {
        let history = try await dependencies.usage.history(try filter(call))
        let minutes = try await dependencies.usage.minutes(10, until: dependencies.clock.wallMilliseconds())
        let activity = ActivityCount(await dependencies.activeRequests())
        let names = try await usageNames()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.totals(history.total)
            writer.key("last10Minutes")
            writer.beginArray()
            for minute in minutes { writer.group(minute) { _ in } }
            writer.endArray()
            writer.groups(history, names: names)
            writer.activity(activity, names: names)
            writer.endObject()
        }
    }

    /// The compact form: one line of text a request.
    private func usageLogs(_ call: ManagementRequest) async throws -> ManagementResponse {
        let records = try await dependencies.usage.logs(try filter(call))
        let names = try await usageNames()
        return ManagementResponse { writer in
            writer.beginArray()
            for record in records {
                let account = record.connectionID.flatMap { names.connections[$0] } ?? "-"
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
        let names = try await usageNames()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("logs")
            writer.beginArray()
            for record in records { writer.usageRecord(record, names: names) }
            writer.endArray()
            writer.key("limit")
            writer.value(filter.limit)
            writer.key("offset")
            writer.value(filter.offset)
            writer.endObject()
        }
    }

    private func usageNames() async throws -> UsageNames { UsageNames(try await dependencies.store.load()) }

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
        case let text?:
            guard let status = Int(text), (100...599).contains(status) else {
                throw .invalid("status", "must be 'ok', 'error' or a status from 100 to 599")
            }
            filter.status = status
        }
        filter.limit = try number(call, "limit", in: 1...1000) ?? 200
        filter.offset = try number(call, "offset", in: 0...1_000_000_000) ?? 0
        filter.from = try time(call, "from")
        filter.to = try time(call, "to")
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

    /// Milliseconds since 1970, also written as such; a date or a date and a time is read as ISO 8601.
    private func time(_ call: ManagementRequest, _ name: Substring) throws(ManagementError) -> Int64? {
        guard let text = call.query(name), !text.isEmpty else { return nil }
        if let number = Int64(text), (0...4_102_444_800_000).contains(number) { return number }
        guard let time = ISOTime.milliseconds(from: text) else {
            throw .invalid(String(name), "must be milliseconds since 1970 or a time such as 2026-02-25T10:00:00Z")
        }
        return time
    }
}
