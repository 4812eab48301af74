import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    func bodies(of record: UsageRecord) async throws -> LoggedBodies {
        try await dependencies.bodies?.bodies(of: record) ?? LoggedBodies()
    }

    /// Which bodies there are of each of these requests.
    func bodyKinds(of records: [UsageRecord]) async throws -> [LoggedBodies.Kinds] {
        guard let bodies = dependencies.bodies else { return records.map { _ in LoggedBodies.Kinds() } }
        return try await bodies.kinds(of: records)
    }

    /// Removes the bodies of one request; that there was one, and what it cost, stays on record.
    func removeBodies(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let detail = try await dependencies.usage.detail(try call.id("id")) else {
            throw ManagementError.notFound("request")
        }
        let count = try await dependencies.bodies?.removeBodies(of: detail.record) ?? 0
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("removedBodies")
            writer.value(count)
            writer.endObject()
        }
    }

    /// Removes the bodies of all requests.
    func removeAllBodies(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await dependencies.bodies?.removeAllBodies()
        return .success(message: "all logged bodies were removed")
    }
}

extension JSONWriter {
    /// `requestBody` and `responseBody`; null when they were not logged or are gone.
    mutating func members(of bodies: LoggedBodies) {
        key("requestBody")
        write(bodies.request)
        key("responseBody")
        write(bodies.response)
    }

    /// JSON as such, anything else as text; of what is longer than the limit, its beginning.
    private mutating func write(_ body: LoggedBodies.Body?) {
        guard let body else { return null() }
        let text = String(decoding: body.bytes, as: UTF8.self)
        guard !body.isCut else {
            beginObject()
            key("_truncated")
            value(true)
            key("_originalSize")
            value(body.length)
            key("_preview")
            string(text)
            endObject()
            return
        }
        // Streams are no JSON.
        if (try? JSONValue(parsing: body.bytes)) != nil { raw(body.bytes[...]) } else { string(text) }
    }
}
