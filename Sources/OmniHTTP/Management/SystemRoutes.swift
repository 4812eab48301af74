import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var systemRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/monitoring/health", .everyone, .health, health),
            ManagementRoute(.get, "/api/init", .everyone, .initialization, initialization),
        ]
    }

    /// Says only that the daemon works; whoever has logged in also learns about the process.
    private func health(_ call: ManagementRequest) async throws -> ManagementResponse {
        let isSetUp = try await hasPassword()
        let now = dependencies.clock.wallMilliseconds()
        let startedAt = dependencies.startedAt
        let activeRequests = call.session == nil ? 0 : await dependencies.activeRequests().count
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("status")
            writer.value("healthy")
            writer.key("timestamp")
            writer.string(ISOTime.string(now))
            writer.key("setupComplete")
            writer.value(isSetUp)
            writer.key("version")
            writer.string(dependencies.version)
            if call.session != nil {
                writer.key("system")
                writer.beginObject()
                writer.key("version")
                writer.string(dependencies.version)
                writer.key("uptime")
                writer.value(Int((now - startedAt) / 1000))
                writer.key("platform")
                writer.value(ProcessStatus.platform)
                writer.key("pid")
                writer.value(ProcessStatus.processID)
                writer.key("memoryUsage")
                writer.beginObject()
                writer.key("rss")
                if let bytes = ProcessStatus.residentBytes { writer.value(bytes) } else { writer.null() }
                writer.endObject()
                writer.key("activeRequests")
                writer.value(activeRequests)
                writer.endObject()
            }
            writer.key("providerHealth")
            writer.beginObject()
            writer.endObject()
            writer.key("rateLimitStatus")
            writer.beginObject()
            writer.endObject()
            writer.key("lockouts")
            writer.beginArray()
            writer.endArray()
            writer.endObject()
        }
    }

    private func initialization(_ call: ManagementRequest) async throws -> ManagementResponse {
        let isSetUp = try await hasPassword()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("initialized")
            writer.value(true)
            writer.key("setupComplete")
            writer.value(isSetUp)
            writer.key("hasPassword")
            writer.value(isSetUp)
            writer.key("version")
            writer.string(dependencies.version)
            writer.endObject()
        }
    }
}
