import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var usageRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/usage/history", .read, .usageHistory, usageHistory),
            ManagementRoute(.get, "/api/usage/logs", .read, .usageLogs, usageLogs),
            ManagementRoute(.get, "/api/usage/request-logs", .read, .requestLogs, requestLogs),
            ManagementRoute(.get, "/api/usage/request-logs/:id", .read, .requestLog, requestLog),
            ManagementRoute(.delete, "/api/usage/request-logs", .write, .removeAllBodies, removeAllBodies),
            ManagementRoute(.delete, "/api/usage/request-logs/:id", .write, .removeBodies, removeBodies),
            ManagementRoute(.get, "/api/usage/call-logs", .read, .callLogs, callLogs),
            ManagementRoute(.get, "/api/usage/call-logs/:id", .read, .callLog, callLog),
            ManagementRoute(.get, "/api/usage/analytics", .read, .usageAnalytics, usageAnalytics),
            ManagementRoute(.get, "/api/usage/:connectionId", .read, .connectionUsage, connectionUsage),
        ]
    }

    private func usageHistory(_ call: ManagementRequest) async throws -> ManagementResponse {
        let names = try await usageNames()
        let filter = try usageFilter(call, names: names)
        let period = try usagePeriod(call)
        let history = try await dependencies.usage.history(filter)
        var slices: [UsageSlice] = []
        if let period { slices = try await dependencies.usage.series(filter, by: period) }
        let series = UsageSlice.sumsByStart(slices)
        let minutes = try await dependencies.usage.minutes(10, until: dependencies.clock.wallMilliseconds())
        let activity = ActivityCount(await dependencies.activeRequests())
        return ManagementResponse { writer in
            writer.beginObject()
            writer.totals(history.total)
            writer.key("last10Minutes")
            writer.beginArray()
            for minute in minutes { writer.group(minute) { _ in } }
            writer.endArray()
            writer.groups(history, names: names)
            if period != nil {
                writer.key("series")
                writer.beginArray()
                for (start, totals) in series {
                    writer.group(totals) { $0.optional("start", ISOTime.string(start)) }
                }
                writer.endArray()
            }
            writer.activity(activity, names: names)
            writer.endObject()
        }
    }

    /// The compact form: one line of text a request.
    private func usageLogs(_ call: ManagementRequest) async throws -> ManagementResponse {
        let names = try await usageNames()
        let records = try await dependencies.usage.logs(try usageFilter(call, names: names))
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
        let names = try await usageNames()
        let filter = try usageFilter(call, names: names)
        let page = try await dependencies.usage.page(filter)
        let kinds = try await bodyKinds(of: page.records)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("logs")
            writer.beginArray()
            for (record, kinds) in zip(page.records, kinds) {
                writer.usageRecord(record, names: names, bodies: kinds)
            }
            writer.endArray()
            writer.key("limit")
            writer.value(filter.limit)
            writer.key("offset")
            writer.value(filter.offset)
            // The next page as a place in the log, which stays right while requests are added; null at the end.
            writer.nullable("nextCursor", page.next.map { String($0) })
            writer.endObject()
        }
    }

    func usageNames() async throws -> UsageNames { UsageNames(try await dependencies.store.load()) }
}
