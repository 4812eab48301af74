import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// How the daemon is to go on after it has stopped.
public enum DaemonEnd: String, Sendable {
    case shutdown
    case restart
}

extension ManagementAPI {
    var lifecycleRoutes: [ManagementRoute] {
        [
            ManagementRoute(.post, "/api/restart", .session, .restart) { call in
                try await end(.restart, call)
            },
            ManagementRoute(.post, "/api/shutdown", .session, .shutdown) { call in
                try await end(.shutdown, call)
            },
        ]
    }

    /// Answers at once; running requests are finished, and then the daemon ends or begins anew.
    ///
    /// Somebody whose login is older than ten minutes gives the `password` again.
    private func end(_ end: DaemonEnd, _ call: ManagementRequest) async throws -> ManagementResponse {
        try await authenticator.confirm(call, password: call.body.string("password", maximum: 1000))
        guard let begin = dependencies.endDaemon else {
            throw ManagementError(.notImplemented, "not_available", "this router is part of another program")
        }
        begin(end)
        return ManagementResponse(status: .accepted) { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("status")
            writer.value(end == .restart ? "restarting" : "stopping")
            writer.key("message")
            writer.value(
                end == .restart
                    ? "running requests are finished, then the router starts again"
                    : "running requests are finished, then the router ends")
            writer.endObject()
        }
    }
}
