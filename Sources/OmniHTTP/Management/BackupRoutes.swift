import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OmniCore
import OmniJSON

extension ManagementAPI {
    var backupRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/db-backups", .read, .listBackups, listBackups),
            ManagementRoute(.put, "/api/db-backups", .write, .createBackup, createBackup),
            ManagementRoute(.post, "/api/db-backups", .session, .restoreBackup, runsAlone: true, restoreBackup),
            ManagementRoute(.delete, "/api/db-backups", .write, .deleteBackup, removeBackup),
            ManagementRoute(.get, "/api/db-backups/export", .session, .exportBackup, exportBackup),
            ManagementRoute(.post, "/api/db-backups/export", .session, .exportSealedBackup, exportBackup),
            ManagementRoute(.get, "/api/db-backups/exportAll", .session, .exportEverything, exportEverything),
            ManagementRoute(.post, "/api/db-backups/exportAll", .session, .exportSealedEverything, exportEverything),
            ManagementRoute(
                .post, "/api/db-backups/import", .session, .importBackup, readsBody: true, runsAlone: true,
                importBackup),
            ManagementRoute(.get, "/api/db-backups/settings", .read, .showBackupSettings, showBackupSettings),
            ManagementRoute(.put, "/api/db-backups/settings", .write, .changeBackupSettings, changeBackupSettings),
            ManagementRoute(
                .patch, "/api/db-backups/settings", .write, .changeBackupSettings, changeBackupSettings),
            ManagementRoute(.get, "/api/storage/health", .read, .showStorage, showStorage),
        ]
    }

    private var keeper: any BackupKeeper {
        get throws(ManagementError) {
            guard let keeper = dependencies.backups else { throw .notFound("backup") }
            return keeper
        }
    }

    private func listBackups(_ call: ManagementRequest) async throws -> ManagementResponse {
        let keeper = try keeper
        let (backups, settings) = (try await keeper.backups(), try await keeper.settings())
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("backups")
            writer.beginArray()
            for backup in backups {
                writer.beginObject()
                writer.members(of: backup)
                writer.endObject()
            }
            writer.endArray()
            writer.key("settings")
            writer.beginObject()
            settings.writeMembers(into: &writer)
            writer.endObject()
            writer.endObject()
        }
    }

    private func createBackup(_ call: ManagementRequest) async throws -> ManagementResponse {
        let backup = try await keeper.create(.manual)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("created")
            writer.value(true)
            writer.members(of: backup)
            writer.endObject()
        }
    }

    private func removeBackup(_ call: ManagementRequest) async throws -> ManagementResponse {
        let text = try call.query("id") ?? call.body.string("id") ?? call.body.string("backupId")
        let id = try Self.identifier(text, field: "id")
        try await keeper.remove(id)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("deleted")
            writer.string(id.text)
            writer.endObject()
        }
    }

    /// Only the form of a name gets further than this.
    private static func identifier(_ text: String?, field: String) throws(ManagementError) -> BackupID {
        guard let text, !text.isEmpty else { throw .invalid(field, "required") }
        guard let id = BackupID(text) else { throw .invalid(field, "is no id of a backup") }
        return id
    }

    // MARK: Restore

    private func restoreBackup(_ call: ManagementRequest) async throws -> ManagementResponse {
        let text = try call.body.string("backupId") ?? call.body.string("id")
        let id = try Self.identifier(text, field: "backupId")
        let key = try call.body.string("storageKey")
        let keeper = try keeper
        let report = try await restore { try await keeper.restore(id, otherKey: key) }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("restored")
            writer.value(true)
            writer.key("backupId")
            writer.string(id.text)
            writer.members(of: report)
            writer.endObject()
        }
    }

    private func importBackup(_ call: ManagementRequest) async throws -> ManagementResponse {
        let keeper = try keeper
        let upload = try await keeper.upload()
        let form = try await BackupForm(call.request, into: upload)
        let report = try await restore {
            try await keeper.restore(upload, passphrase: form.passphrase, otherKey: form.storageKey)
        }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("imported")
            writer.value(true)
            writer.key("filename")
            writer.string(form.fileName)
            writer.members(of: report)
            writer.endObject()
        }
    }

    /// Restores while nothing else changes, and puts the result in force; where that fails, what was there before.
    private func restore(_ body: () async throws -> RestoreReport) async throws -> RestoreReport {
        let keeper = try keeper
        return try await changes.alone {
            let report = try await body()
            do {
                try await dependencies.publish()
            } catch {
                dependencies.logger.error(
                    "what was restored cannot be put in force; the state before comes back",
                    metadata: ["error": "\(error)"])
                _ = try await keeper.restore(report.safetyCopy, otherKey: nil)
                try await dependencies.publish()
                throw BackupFault(.failed, "what was restored cannot be put in force; the state before is back")
            }
            dependencies.logger.notice("restored", metadata: ["safetyCopy": "\(report.safetyCopy.text)"])
            return report
        }
    }

    // MARK: Export

    private func exportBackup(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await export(call, isComplete: false)
    }

    private func exportEverything(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await export(call, isComplete: true)
    }

    private func export(_ call: ManagementRequest, isComplete: Bool) async throws -> ManagementResponse {
        // Addresses are written to logs and kept in histories.
        guard call.query("passphrase") == nil else {
            throw ManagementError.invalid("passphrase", "send it in the body of a POST, not in the address")
        }
        var request = BackupExportRequest()
        request.isComplete = isComplete
        request.includesHistory = try call.flag("history") ?? call.body.bool("history") ?? true
        if let id = try call.query("id") ?? call.body.string("id") {
            request.backup = try Self.identifier(id, field: "id")
        }
        request.passphrase = try call.body.string("passphrase")
        if request.passphrase?.isEmpty == true { throw ManagementError.invalid("passphrase", "empty") }
        let export = try await keeper.export(request)
        var response = ManagementResponse { _ in }
        response.headers[.contentType] = export.contentType
        response.headers[.contentDisposition] = "attachment; filename=\"\(export.fileName)\""
        response.stream = ResponseBody(contentLength: export.length) { writer in
            while let bytes = try export.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
            try await writer.finish(nil)
        }
        return response
    }

    // MARK: Settings and storage

    private func showBackupSettings(_ call: ManagementRequest) async throws -> ManagementResponse {
        let settings = try await keeper.settings()
        return ManagementResponse { writer in
            writer.beginObject()
            settings.writeMembers(into: &writer)
            writer.endObject()
        }
    }

    private func changeBackupSettings(_ call: ManagementRequest) async throws -> ManagementResponse {
        let keeper = try keeper
        var settings = try await keeper.settings()
        let ignored = try settings.merge(call.body.fields)
        try await keeper.update(settings)
        let changed = settings
        return ManagementResponse { writer in
            writer.beginObject()
            changed.writeMembers(into: &writer)
            writer.ignored(ignored)
            writer.endObject()
        }
    }

    private func showStorage(_ call: ManagementRequest) async throws -> ManagementResponse {
        let figures = try await keeper.storage(checksIntegrity: try call.flag("check") ?? false)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.members(of: figures)
            writer.endObject()
        }
    }
}
