import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var syncRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/sync/cloud", .read, .showSync, showSync),
            // Where the configuration goes, and with what secrets, is for whoever knows the password.
            ManagementRoute(.post, "/api/sync/cloud", .session, .changeSync, changeSync),
            ManagementRoute(.get, "/api/sync/initialize", .read, .showSyncScheduler, showScheduler),
            ManagementRoute(.post, "/api/sync/initialize", .write, .startSyncScheduler, startScheduler),
        ]
    }

    private func showSync(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let sync = dependencies.sync else {
            return ManagementResponse { writer in
                writer.beginObject()
                writer.key("enabled")
                writer.value(false)
                writer.key("configured")
                writer.value(false)
                writer.endObject()
            }
        }
        let status = try await sync.status()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.members(status)
            writer.endObject()
        }
    }

    private func changeSync(_ call: ManagementRequest) async throws -> ManagementResponse {
        let action = try call.body.requiredString("action", maximum: 40)
        let sync = try requiredSync()
        do {
            switch action {
            case "configure":
                try await sync.configure(call.body.fields)
                return try await answer(sync, message: "endpoint configured")
            case "enable":
                let report = try await sync.enable()
                return try await answer(sync, message: "synchronising is on", report, isVerified: true)
            case "sync":
                return try await answer(sync, message: "synchronised", try await sync.synchronise())
            case "disable":
                try await sync.disable(removesBundle: try call.body.bool("removeRemote") ?? false)
                return try await answer(sync, message: "synchronising is off")
            case "resolve": return try await resolve(call.body, sync)
            default:
                throw ManagementError.invalid("action", "must be one of configure, enable, sync, disable, resolve")
            }
        } catch let fault as SyncFault {
            throw ManagementError(fault)
        }
    }

    /// Keeps a decision and carries it out at once; one that cannot be carried out now is not lost.
    private func resolve(_ body: ManagementBody, _ sync: CloudSync) async throws -> ManagementResponse {
        let id = try body.requiredString("id", maximum: 2000)
        let name = try body.requiredString("choice", maximum: 20)
        guard let choice = SyncResolution.Choice(rawValue: name) else {
            let known = SyncResolution.Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ManagementError.invalid("choice", "must be one of \(known)")
        }
        guard try await sync.status().isEnabled else {
            throw SyncFault(.disabled, "synchronising is off; send action 'enable' first")
        }
        try await sync.resolve(conflict: id, choice)
        return try await answer(sync, message: "conflict settled", try await sync.synchronise())
    }

    private func answer(
        _ sync: CloudSync, message: String, _ report: CloudSync.Report? = nil, isVerified: Bool = false
    ) async throws -> ManagementResponse {
        let status = try await sync.status()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("message")
            writer.string(message)
            if isVerified {
                writer.key("verified")
                writer.value(true)
            }
            if let report {
                writer.key("changes")
                writer.beginObject()
                for (name, count) in [("pulled", report.pulled), ("pushed", report.pushed)] {
                    writer.key(JSONText(name))
                    writer.value(count)
                }
                writer.endObject()
            }
            writer.members(status)
            writer.endObject()
        }
    }

    private func showScheduler(_ call: ManagementRequest) async throws -> ManagementResponse {
        scheduler(message: "the scheduler runs with the daemon")
    }

    /// There is nothing to start: a daemon that answers has a scheduler, which does nothing until synchronising is on.
    private func startScheduler(_ call: ManagementRequest) async throws -> ManagementResponse {
        scheduler(message: "the scheduler runs with the daemon already")
    }

    private func scheduler(message: String) -> ManagementResponse {
        let isThere = dependencies.sync != nil
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("initialized")
            writer.value(isThere)
            writer.key("message")
            writer.string(message)
            writer.endObject()
        }
    }

    func requiredSync() throws(ManagementError) -> CloudSync {
        guard let sync = dependencies.sync else {
            throw ManagementError(.notImplemented, "not_configured", "this router does not synchronise")
        }
        return sync
    }
}

extension ManagementError {
    init(_ fault: SyncFault) {
        let status: HTTPResponse.Status =
            switch fault.code {
            case .notConfigured, .disabled, .busy, .changed, .passphrase: .conflict
            case .invalid: .badRequest
            case .tooLarge: .contentTooLarge
            case .damaged, .newer, .unreachable, .unauthorized, .refused, .unconditional: .badGateway
            case .store: .internalServerError
            }
        self.init(status, fault.code.rawValue, fault.message)
    }
}
