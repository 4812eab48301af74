import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTranslate

/// Logged requests, asked again.
extension ManagementAPI {
    var replayRoutes: [ManagementRoute] {
        [ManagementRoute(.post, "/api/usage/request-logs/:id/replay", .write, "requests.replay", replayRequest)]
    }

    /// Sends a logged request again, to the model `model` or the one it named, as any client's request is sent.
    ///
    /// Its body must have been logged whole and without anything taken out. The answer comes in one piece, also when the
    /// request was for a stream. It costs what it costs. Optional: `timeoutMs` (120000).
    private func replayRequest(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let workbench = dependencies.workbench else { throw ManagementError.notFound("endpoint") }
        guard let detail = try await dependencies.usage.detail(try call.id("id")) else {
            throw ManagementError.notFound("request")
        }
        let wanted = try call.body.string("model", maximum: 400) ?? ""
        let timeout = try call.body.int("timeoutMs", in: 500...600_000) ?? 120_000
        let replay = try LoggedReplay(
            detail.record, body: try await bodies(of: detail.record).request, model: wanted,
            at: dependencies.clock.wallMilliseconds())
        let configuration = try await dependencies.store.load()
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        let answer = await workbench.ask(replay.request, in: snapshot, timeout: .milliseconds(timeout))
        let names = UsageNames(configuration)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(answer.status == 200)
            writer.key("id")
            writer.string(replay.request.id)
            writer.key("model")
            writer.string(replay.model)
            writer.key("format")
            writer.string(replay.request.clientFormat.rawValue)
            writer.key("status")
            if let status = answer.status { writer.value(status) } else { writer.null() }
            writer.key("latencyMs")
            writer.value(answer.latencyMS)
            writer.key("attempts")
            writer.value(answer.attempts)
            writer.key("log")
            if let record = answer.record {
                writer.usageRecord(record, names: names, bodies: LoggedBodies.Kinds())
            } else {
                writer.null()
            }
            writer.optional("translation", answer.record?.losses)
            writer.key("redacted")
            writer.value(replay.isRedacted)
            writer.key("responseBody")
            writer.answer(answer.body)
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// JSON as such, anything else as text, nothing as null.
    fileprivate mutating func answer(_ body: [UInt8]) {
        if body.isEmpty {
            null()
        } else if (try? JSONValue(parsing: body)) != nil {
            // What no parser can read stands there as a text.
            raw(body[...])
        } else {
            value(JSONText(escaping: body))
        }
    }
}
