import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    /// One request with its whole way: what was considered and why it was kept or skipped, and every attempt with its times.
    func requestLog(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("id")
        guard let detail = try await dependencies.usage.detail(id) else {
            throw ManagementError.notFound("request")
        }
        let names = UsageNames(try await dependencies.store.load())
        let bodies = try await bodies(of: detail.record)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("log")
            writer.usageRecord(detail.record, names: names, bodies: bodies.kinds) { $0.members(of: bodies) }
            writer.way(detail)
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// The member `route`.
    mutating func way(_ detail: UsageDetail) {
        key("route")
        if let route = detail.route { raw(route[...]) } else { directRoute(detail.record) }
    }

    /// The way of a request that its first candidate served at once, in the words of ``RouteLog/json``.
    fileprivate mutating func directRoute(_ record: UsageRecord) {
        beginObject()
        key("candidates")
        beginArray()
        if record.attempts > 0 {
            directTarget(record)
            key("decision")
            value("chosen")
            key("atMs")
            value(0)
            key("readyInMs")
            null()
            key("times")
            value(1)
            endObject()
        }
        endArray()
        key("skippedSteps")
        beginArray()
        endArray()
        key("omitted")
        value(0)
        key("attempts")
        beginArray()
        if record.attempts > 0 {
            directTarget(record)
            key("outcome")
            string(record.errorCode ?? "served")
            key("queuedMs")
            value(0)
            key("startMs")
            value(0)
            key("headMs")
            if let head = record.headMS { value(head) } else { null() }
            key("firstEventMs")
            if let first = record.timeToFirstTokenMS { value(first) } else { null() }
            key("endMs")
            value(record.latencyMS)
            endObject()
        }
        endArray()
        endObject()
    }

    private mutating func directTarget(_ record: UsageRecord) {
        beginObject()
        key("provider")
        string(record.provider)
        key("connectionId")
        if let connection = record.connectionID { string(connection.rawValue) } else { null() }
        key("model")
        string(record.servedModel)
        key("format")
        string(record.upstreamFormat)
    }
}
