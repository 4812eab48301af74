import FoundationEssentials
import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// What this router keeps for a person's other machines.
extension ManagementAPI {
    var syncBundleRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/sync/tokens", .read, .listSyncTokens, listSyncTokens),
            ManagementRoute(.post, "/api/sync/tokens", .session, .createSyncToken, createSyncToken),
            ManagementRoute(.delete, "/api/sync/tokens/:id", .session, .removeSyncToken, removeSyncToken),
            ManagementRoute(.get, "/api/sync/bundles", .read, .listBundles, listBundles),
            ManagementRoute(.get, "/api/sync/bundles/:name", .synchronise, .showBundle, showBundle),
            ManagementRoute(
                .put, "/api/sync/bundles/:name", .synchronise, .storeBundle, maximumBody: 24 << 20, storeBundle),
            ManagementRoute(.delete, "/api/sync/bundles/:name", .synchronise, .removeBundle, removeBundle),
        ]
    }

    // MARK: Tokens

    private func listSyncTokens(_ call: ManagementRequest) async throws -> ManagementResponse {
        let tokens = try await dependencies.sync?.tokens() ?? []
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("tokens")
            writer.beginArray()
            for token in tokens { writer.syncToken(token) }
            writer.endArray()
            writer.key("total")
            writer.value(tokens.count)
            writer.endObject()
        }
    }

    private func createSyncToken(_ call: ManagementRequest) async throws -> ManagementResponse {
        let name = try call.body.requiredString("name", maximum: 200)
        let made = try await requiredSync().makeToken(id: RandomID.make(), name: name)
        return ManagementResponse(status: .created) { writer in
            writer.syncToken(made.token, secret: made.secret)
        }
    }

    private func removeSyncToken(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard try await requiredSync().removeToken(call.id("id")) else { throw ManagementError.notFound("token") }
        return .success(message: "token removed")
    }

    // MARK: Bundles

    private func listBundles(_ call: ManagementRequest) async throws -> ManagementResponse {
        let bundles = try await dependencies.sync?.hostedBundles() ?? []
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("bundles")
            writer.beginArray()
            for bundle in bundles {
                writer.beginObject()
                writer.key("name")
                writer.string(bundle.name)
                writer.key("size")
                writer.value(bundle.size)
                writer.key("updatedAt")
                writer.string(ISOTime.string(bundle.updatedAt))
                writer.endObject()
            }
            writer.endArray()
            writer.key("total")
            writer.value(bundles.count)
            writer.endObject()
        }
    }

    private func showBundle(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let bundle = try await requiredSync().hostedBundle(try bundleName(call)) else {
            throw ManagementError.notFound("bundle")
        }
        var response = ManagementResponse { writer in
            writer.beginObject()
            writer.key("contents")
            writer.string(Data(bundle.bytes).base64EncodedString())
            writer.key("version")
            writer.string(bundle.version)
            writer.endObject()
        }
        response.headers[.eTag] = bundle.version
        return response
    }

    private func storeBundle(_ call: ManagementRequest) async throws -> ManagementResponse {
        let name = try bundleName(call)
        let replaced = try replacedVersion(call.request.headers)
        guard let text = try call.body.fields.value("contents")?.string else {
            throw ManagementError.invalid("contents", "must be a string in base64")
        }
        guard let contents = Data(base64Encoded: text), !contents.isEmpty else {
            throw ManagementError.invalid("contents", "must be base64 of some bytes")
        }
        guard contents.count <= SyncBundle.maximumBytes else {
            throw ManagementError(
                .contentTooLarge, "too_large", "contents: larger than \(SyncBundle.maximumBytes >> 20) MiB",
                field: "contents")
        }
        let version: String?
        do {
            version = try await requiredSync().host([UInt8](contents), as: name, replacing: replaced)
        } catch let fault as SyncFault {
            throw ManagementError(fault)
        }
        guard let version else {
            throw ManagementError(.preconditionFailed, "changed", "another version is kept here by now")
        }
        var response = ManagementResponse(status: replaced == nil ? .created : .ok) { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("version")
            writer.string(version)
            writer.endObject()
        }
        response.headers[.eTag] = version
        return response
    }

    private func removeBundle(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard try await requiredSync().removeHostedBundle(try bundleName(call)) else {
            throw ManagementError.notFound("bundle")
        }
        return .success(message: "bundle removed")
    }

    private func bundleName(_ call: ManagementRequest) throws(ManagementError) -> String {
        let name = try call.id("name")
        guard name.utf8.count <= 240, SyncPlace.isPlain(name) else {
            throw .invalid("name", "must be letters, digits, '-', '_' and '.'")
        }
        return name
    }

    /// What a write is to replace; nil for nothing.
    private func replacedVersion(_ headers: HTTPFields) throws(ManagementError) -> String? {
        if let version = headers[.ifMatch] { return version }
        guard headers[.ifNoneMatch] == "*" else {
            throw ManagementError(
                .preconditionRequired, "condition_required",
                "If-Match with the version that is replaced, or If-None-Match: * for the first one, is required")
        }
        return nil
    }
}

extension JSONWriter {
    fileprivate mutating func syncToken(_ token: SyncToken, secret: String? = nil) {
        beginObject()
        key("id")
        string(token.id)
        key("name")
        string(token.name)
        optional("token", secret)
        key("createdAt")
        string(ISOTime.string(token.createdAt))
        optional("lastUsedAt", token.usedAt.map(ISOTime.string))
        endObject()
    }
}
