import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTools

extension ManagementAPI {
    /// What is done to a tool stands in the table of tools: the same for each.
    var toolRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/cli-tools/status", .read, .listTools, listTools),
            ManagementRoute(.get, "/api/cli-tools/runtime/:toolId", .read, .showTool, showTool),
            ManagementRoute(.get, "/api/cli-tools/{toolId}-settings", .read, .showTool, showTool),
            ManagementRoute(.post, "/api/cli-tools/{toolId}-settings", .write, .connectTool, connectTool),
            ManagementRoute(.delete, "/api/cli-tools/{toolId}-settings", .write, .disconnectTool, disconnectTool),
        ]
    }

    func toolBench() throws(ManagementError) -> ToolBench {
        guard let tools = dependencies.tools else { throw .notFound("tool") }
        return tools
    }

    private func listTools(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bench = try toolBench()
        let standings = await bench.standings()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("tools")
            writer.beginArray()
            for standing in standings { writer.tool(standing, bench: bench) }
            writer.endArray()
            writer.key("address")
            writer.string(bench.addresses.preferred)
            writer.key("runtimeMode")
            writer.string(bench.settings.mode.rawValue)
            writer.key("allowsWrites")
            writer.value(bench.settings.allowsWrites)
            writer.endObject()
        }
    }

    private func tool(_ call: ManagementRequest) throws(ManagementError) -> CodingTool {
        guard let tool = CodingTool.named(try call.id("toolId")) else {
            throw ManagementError(.notFound, "unknown_tool", "no such tool; see /api/cli-tools/status")
        }
        return tool
    }

    private func showTool(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bench = try toolBench()
        let standing = await bench.standing(of: try tool(call))
        return ManagementResponse { $0.tool(standing, bench: bench) }
    }

    private func connectTool(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bench = try toolBench()
        let tool = try tool(call)
        let request = try toolRequest(tool, call)
        let keys = ToolKeys(
            store: dependencies.store, publish: dependencies.publish, makeID: { RandomID.make() })
        let outcome = try await bench.connect(tool, request, keys: keys)
        return ManagementResponse { $0.toolOutcome(outcome, message: outcome.connectMessage) }
    }

    private func disconnectTool(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bench = try toolBench()
        let tool = try tool(call)
        let outcome = try await bench.disconnect(tool, isDryRun: try isDryRun(call))
        let message =
            outcome.files.isEmpty
            ? "nothing of this router is in the files of \(tool.name)"
            : outcome.isDryRun ? "this would be taken away" : "\(tool.name) is disconnected"
        return ManagementResponse { $0.toolOutcome(outcome, message: message) }
    }

    private func isDryRun(_ call: ManagementRequest) throws -> Bool {
        try call.flag("dryRun") ?? call.body.bool("dryRun") ?? false
    }

    /// Reads `baseUrl`, `keyId` or `apiKey`, `model`, `models`, or the same as the variables of Claude Code in `env`.
    private func toolRequest(_ tool: CodingTool, _ call: ManagementRequest) throws -> ToolRequest {
        let body = call.body
        var request = ToolRequest()
        request.isDryRun = try isDryRun(call)
        request.address = try body.string("baseUrl").nonEmpty
        request.keyID = try body.string("keyId", maximum: 200).nonEmpty
        request.key = try body.string("apiKey", maximum: 500).nonEmpty
        request.model = try body.string("model", maximum: 200).nonEmpty
        if let models = try body.fields.nested("models") {
            for (name, value) in models.members where !value.isNull {
                guard tool.modelNames.contains(name) else {
                    throw ManagementError.invalid("models.\(name)", "\(tool.name) has no such model")
                }
                request.models[name] = try Self.modelName(value, field: "models.\(name)")
            }
        }
        guard tool.id == "claude", let variables = try body.fields.nested("env") else { return request }
        for (name, value) in variables.members {
            guard let text = value.string else { throw ManagementError.invalid("env.\(name)", "must be a string") }
            switch name {
            case "ANTHROPIC_BASE_URL": request.address = text.trimmed.nonEmpty
            case "ANTHROPIC_AUTH_TOKEN": request.key = text.trimmed.nonEmpty
            case "ANTHROPIC_DEFAULT_OPUS_MODEL":
                request.models["opus"] = try Self.modelName(value, field: "env.\(name)")
            case "ANTHROPIC_DEFAULT_SONNET_MODEL":
                request.models["sonnet"] = try Self.modelName(value, field: "env.\(name)")
            case "ANTHROPIC_DEFAULT_HAIKU_MODEL":
                request.models["haiku"] = try Self.modelName(value, field: "env.\(name)")
            default:
                // Variables of a tool can make it run programs.
                throw ManagementError.invalid("env.\(name)", "is not written; address, key and models are")
            }
        }
        return request
    }

    private static func modelName(_ value: JSONValue, field: String) throws -> String? {
        guard let text = value.string?.trimmed else { throw ManagementError.invalid(field, "must be a string") }
        guard text.utf8.count <= 200, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw ManagementError.invalid(field, "is no name of a model")
        }
        return text.nonEmpty
    }
}

extension String? {
    /// nil for an empty text too.
    fileprivate var nonEmpty: String? { self?.nonEmpty }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

extension ManagementError {
    init(_ fault: ToolFault) {
        let status: HTTPResponse.Status =
            switch fault.code {
            case .invalid, .manual: .badRequest
            case .writesOff: .forbidden
            case .notFound: .notFound
            case .unparseable, .unsupported, .changed, .unsafePath: .conflict
            case .failed: .internalServerError
            }
        let message = fault.field.map { "\($0): \(fault.message)" } ?? fault.message
        self.init(status, fault.code.rawValue, message, field: fault.field)
    }
}

extension ToolOutcome {
    fileprivate var connectMessage: String {
        if isDryRun { return files.isEmpty ? "nothing would change" : "this would change" }
        guard let key, key.isNew else { return "\(tool.name) is connected" }
        return "\(tool.name) is connected with a new client key, \"\(key.name)\": the texts of keys are not kept, "
            + "so that of an existing one cannot be written"
    }
}
