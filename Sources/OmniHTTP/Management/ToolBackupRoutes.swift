import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTools

extension ManagementAPI {
    var toolBackupRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/cli-tools/backups", .read, .listToolBackups, listToolBackups),
            ManagementRoute(.post, "/api/cli-tools/backups", .write, .restoreToolBackup, restoreToolBackup),
            ManagementRoute(.delete, "/api/cli-tools/backups", .write, .deleteToolBackup, deleteToolBackup),
        ]
    }

    private func listToolBackups(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bench = try toolBench()
        let tool = try tool(call.query("tool") ?? call.query("toolId"))
        let backups = bench.backups.list(toolID: tool?.id)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("backups")
            writer.beginArray()
            for backup in backups { writer.toolBackup(backup) }
            writer.endArray()
            writer.key("total")
            writer.value(backups.count)
            writer.endObject()
        }
    }

    private func restoreToolBackup(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bench = try toolBench()
        let backup: ToolBackups.Backup
        if let id = try call.body.string("backupId", maximum: 200) {
            backup = try bench.backups.backup(id)
        } else {
            // Without an id: undoes the last change of the tool.
            guard let tool = try tool(call.body.string("tool") ?? call.body.string("toolId")) else {
                throw ManagementError.invalid("backupId", "required, or tool for the newest backup of a tool")
            }
            guard let newest = bench.backups.list(toolID: tool.id).first else {
                throw ManagementError.notFound("backup")
            }
            backup = newest
        }
        let outcome = try await bench.restore(backup)
        let message = outcome.files.isEmpty ? "the files are as they were" : "the files are as they were before"
        return ManagementResponse { $0.toolOutcome(outcome, message: message) }
    }

    private func deleteToolBackup(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bench = try toolBench()
        let given = try call.body.string("backupId", maximum: 200) ?? call.query("backupId") ?? call.query("id")
        guard let id = given, !id.isEmpty else { throw ManagementError.invalid("backupId", "required") }
        try await bench.delete(try bench.backups.backup(id))
        return .success(message: "backup deleted")
    }

    private func tool(_ name: String?) throws(ManagementError) -> CodingTool? {
        guard let name, !name.isEmpty else { return nil }
        guard let tool = CodingTool.named(name) else { throw .invalid("tool", "no such tool") }
        return tool
    }
}
