import NIOHTTP1
import OmniCore
import OmniTranslate

/// Finds out which client key a request carries.
enum ClientAuthentication {
    /// The marks by which a secret of ours is told from the placeholder words that tools send to keyless servers.
    private static let prefix = "sk-omni-"

    /// - Throws: ``UpstreamFault`` (401) when a key is required and missing, or when one of ours is given and not valid.
    static func clientKey(
        headers: HTTPHeaders, uri: String, isRequired: Bool, state: LoopState
    ) throws(UpstreamFault) -> ClientKeyID? {
        guard let secret = secret(headers: headers, uri: uri) else {
            guard isRequired else { return nil }
            throw UpstreamFault(
                .authentication,
                message: "no client key: send one as 'Authorization: Bearer <key>' or 'x-api-key: <key>'",
                code: "missing_api_key")
        }
        if let id = state.clientKey(for: secret) { return id }
        guard isRequired || secret.hasPrefix(prefix) else { return nil }
        throw UpstreamFault(
            .authentication, message: "the client key is unknown or was revoked", code: "invalid_api_key")
    }

    /// The secret in the place where each dialect's own SDK puts it.
    private static func secret(headers: HTTPHeaders, uri: String) -> String? {
        if let value = headers.first(name: "x-api-key") ?? headers.first(name: "x-goog-api-key"), !value.isEmpty {
            return value
        }
        if let value = headers.first(name: "authorization") {
            let parts = value.split(separator: " ", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "bearer" { return String(parts[1]) }
        }
        guard let query = uri.firstIndex(of: "?") else { return nil }
        for pair in uri[uri.index(after: query)...].split(separator: "&") where pair.hasPrefix("key=") {
            return String(pair.dropFirst(4))
        }
        return nil
    }
}
