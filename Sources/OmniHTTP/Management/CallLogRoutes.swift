import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    /// The structured log as a bare array; the header `x-next-cursor` leads to what comes before.
    func callLogs(_ call: ManagementRequest) async throws -> ManagementResponse {
        let names = try await usageNames()
        let page = try await dependencies.usage.page(try usageFilter(call, names: names))
        var response = ManagementResponse { writer in
            writer.beginArray()
            for record in page.records { writer.usageRecord(record, names: names) }
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
        return ManagementResponse { writer in
            writer.usageRecord(detail.record, names: names) { writer in
                writer.way(detail)
                // Bodies are never kept.
                writer.nullable("requestBody", nil)
                writer.nullable("responseBody", nil)
            }
        }
    }
}
