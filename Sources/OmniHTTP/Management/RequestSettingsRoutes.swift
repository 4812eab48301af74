import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTranslate

/// What is decided about all requests: how much models think, instructions before the client's, who may call.
extension ManagementAPI {
    var requestSettingsRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/settings/thinking-budget", .read, .showThinking, showThinking),
            ManagementRoute(.put, "/api/settings/thinking-budget", .write, .changeThinking, changeThinking),
            ManagementRoute(.patch, "/api/settings/thinking-budget", .write, .changeThinking, changeThinking),
            ManagementRoute(.get, "/api/settings/system-prompt", .read, .showSystemPrompt, showSystemPrompt),
            ManagementRoute(.put, "/api/settings/system-prompt", .write, .changeSystemPrompt, changeSystemPrompt),
            ManagementRoute(.patch, "/api/settings/system-prompt", .write, .changeSystemPrompt, changeSystemPrompt),
            ManagementRoute(.get, "/api/settings/ip-filter", .read, .showAddressFilter, showAddressFilter),
            ManagementRoute(.put, "/api/settings/ip-filter", .write, .changeAddressFilter, changeAddressFilter),
            ManagementRoute(.patch, "/api/settings/ip-filter", .write, .changeAddressFilter, changeAddressFilter),
        ]
    }

    private func showThinking(_ call: ManagementRequest) async throws -> ManagementResponse {
        let thinking = try await dependencies.store.load().shaping.thinking
        return Self.answer { thinking.writeMembers(into: &$0) }
    }

    private func changeThinking(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        let thinking = try await dependencies.store.transform { configuration in
            try configuration.shaping.thinking.merge(fields)
            return configuration.shaping.thinking
        }
        try await dependencies.publish()
        return Self.answer(ignored: fields.unknown(besides: ThinkingBudget.names)) { thinking.writeMembers(into: &$0) }
    }

    private func showSystemPrompt(_ call: ManagementRequest) async throws -> ManagementResponse {
        let prompt = try await dependencies.store.load().shaping.systemPrompt
        return Self.answer { prompt.writeMembers(into: &$0) }
    }

    private func changeSystemPrompt(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        let prompt = try await dependencies.store.transform { configuration in
            try configuration.shaping.systemPrompt.merge(fields)
            return configuration.shaping.systemPrompt
        }
        try await dependencies.publish()
        return Self.answer(ignored: fields.unknown(besides: RequestShaping.SystemPrompt.names)) {
            prompt.writeMembers(into: &$0)
        }
    }

    private func showAddressFilter(_ call: ManagementRequest) async throws -> ManagementResponse {
        let filter = try await dependencies.store.load().addressFilter
        let now = dependencies.clock.wallMilliseconds()
        return Self.answer { filter.writeMembers(into: &$0, at: now) }
    }

    /// Refuses a change that would shut out its own author, or this machine, unless `force` says that it is meant.
    private func changeAddressFilter(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        let now = dependencies.clock.wallMilliseconds()
        let isMeant = try call.body.bool("force") == true
        let changed = try await dependencies.store.transform { configuration in
            try configuration.addressFilter.merge(fields, at: now)
            let filter = configuration.addressFilter
            for address in [call.peer] + ["127.0.0.1", "::1"].map({ InternetAddress($0) }) where !isMeant {
                guard let address, !filter.admits(address, at: now) else { continue }
                throw ManagementError(
                    .conflict, "would_lock_out",
                    "this would refuse requests from \(address); send \"force\": true if that is meant "
                        + "(management from this machine itself stays possible)")
            }
            return filter
        }
        try await dependencies.publish()
        return Self.answer(ignored: fields.unknown(besides: AddressFilter.names.union(["force"]))) {
            changed.writeMembers(into: &$0, at: now)
        }
    }

    private static func answer(
        ignored: [String] = [], _ write: (inout JSONWriter) -> Void
    ) -> ManagementResponse {
        ManagementResponse { writer in
            writer.beginObject()
            write(&writer)
            writer.ignored(ignored)
            writer.endObject()
        }
    }
}
