import HTTPTypes
import Hummingbird
import NIOCore
import OmniCore
import OmniJSON

extension ManagementAPI {
    var eventRoutes: [ManagementRoute] {
        [ManagementRoute(.get, "/api/events", .read, .watchEvents, events)]
    }

    /// Server-sent events of what happens: `requests` when some ended, `pulse` every two seconds, `end` with the session.
    private func events(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let caller = call.caller else { throw ManagementError(.unauthorized, "login_required", "log in first") }
        guard let watcher = dependencies.feed.watch() else {
            throw ManagementError(
                .serviceUnavailable, "too_many_watchers",
                "\(RequestFeed.maximumWatchers) pages watch already, or the router is stopping", retryAfter: 5)
        }
        let stream = EventStream(
            dependencies: dependencies, authenticator: authenticator, caller: caller, watcher: watcher)
        var response = ManagementResponse { _ in }
        response.headers[.contentType] = "text/event-stream"
        response.stream = ResponseBody { writer in
            try await stream.write(to: &writer)
            try await writer.finish(nil)
        }
        return response
    }
}

/// What one page is told, until it leaves, its session ends or the router stops.
private struct EventStream: Sendable {
    /// How often finished requests are looked for.
    static let step = Duration.milliseconds(250)
    static let stepsPerPulse = 8

    let dependencies: ManagementDependencies
    let authenticator: AdminAuthenticator
    let caller: AdminCaller
    let watcher: RequestFeed.Watcher

    func write(to writer: inout any ResponseBodyWriter) async throws {
        var names = UsageNames(try await dependencies.store.load())
        var steps = 0
        // Reconnecting at once would be too eager while the router starts again.
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        while let batch = watcher.next() {
            if batch.requests > 0 {
                if !names.cover(batch) { names = UsageNames(try await dependencies.store.load()) }
                try await writer.write(event("requests") { $0.batch(batch, names: names) })
            }
            if steps % Self.stepsPerPulse == 0 {
                guard try await authenticator.isValid(caller) else {
                    return try await writer.write(event("end") { $0.end(reason: "logged_out") })
                }
                let active = await dependencies.activeRequests().count
                let now = dependencies.clock.wallMilliseconds()
                try await writer.write(event("pulse") { $0.pulse(active: active, at: now) })
            }
            steps += 1
            try await Task.sleep(for: Self.step)
        }
    }

    private func event(_ name: String, _ data: (inout JSONWriter) -> Void) -> ByteBuffer {
        var writer = JSONWriter()
        data(&writer)
        var buffer = ByteBuffer(string: "event: \(name)\ndata: ")
        buffer.writeBytes(writer.bytes)
        buffer.writeStaticString("\n\n")
        return buffer
    }
}

extension UsageNames {
    /// Whether all that is named in a batch is known here.
    fileprivate func cover(_ batch: RequestFeed.Batch) -> Bool {
        batch.records.allSatisfy { record in
            (record.connectionID.map { connections[$0] != nil } ?? true)
                && (record.clientKeyID.map { clientKeys[$0] != nil } ?? true)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func batch(_ batch: RequestFeed.Batch, names: UsageNames) {
        beginObject()
        key("count")
        value(batch.requests)
        key("errors")
        value(batch.errors)
        key("tokens")
        value(batch.tokens)
        money("cost", batch.cost)
        key("requests")
        beginArray()
        // Bodies are kept after the request has ended.
        for record in batch.records { usageRecord(record, names: names, bodies: LoggedBodies.Kinds()) }
        endArray()
        endObject()
    }

    fileprivate mutating func pulse(active: Int, at now: Int64) {
        beginObject()
        key("timestamp")
        string(ISOTime.string(now))
        key("activeRequests")
        value(active)
        endObject()
    }

    fileprivate mutating func end(reason: StaticString) {
        beginObject()
        key("reason")
        value(reason)
        endObject()
    }
}
