import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    /// The structured log as a bare array; the header `x-next-cursor` leads to what comes before.
    func callLogs(_ call: ManagementRequest) async throws -> ManagementResponse {
        let names = try await usageNames()
        let page = try await dependencies.usage.page(try usageFilter(call, names: names))
        let kinds = try await bodyKinds(of: page.records)
        var response = ManagementResponse { writer in
            writer.beginArray()
            for (record, kinds) in zip(page.records, kinds) {
                writer.usageRecord(record, names: names, bodies: kinds)
            }
            writer.endArray()
        }
        if let next = page.next, let name = HTTPField.Name("x-next-cursor") { response.headers[name] = String(next) }
        return response
    }

    /// One request by its id, the newest where a client used one twice.
    func callLog(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let detail = try await dependencies.usage.detail(try call.id("id")) else {
            throw ManagementError.notFound("request")
        }
        let names = try await usageNames()
        let bodies = try await bodies(of: detail.record)
        return ManagementResponse { writer in
            writer.usageRecord(detail.record, names: names, bodies: bodies.kinds) { writer in
                writer.way(detail)
                writer.members(of: bodies)
            }
        }
    }
}
