import OmniCore
import OmniTranslate

/// Finds out which client key a request carries.
enum ClientAuthentication {
    /// The marks by which a secret of ours is told from the placeholder words that tools send to keyless servers.
    private static let prefix = "sk-omni-"

    /// Where the SDKs of the dialects put a key, the commonest first.
    private enum Place: CaseIterable { case authorization, anthropic, google, query }

    /// The first known key of all places counts: some tools fill one with a placeholder and another with the key.
    /// - Throws: ``UpstreamFault`` (401) when a key is required and missing, or when one of ours is given and not valid.
    static func clientKey(
        fields: RequestFields, uri: String, isRequired: Bool, state: LoopState
    ) throws(UpstreamFault) -> ClientKeyID? {
        var isGiven = false
        var isOurs = false
        for place in Place.allCases {
            guard let secret = secret(in: place, fields: fields, uri: uri) else { continue }
            if let id = state.clientKey(for: secret) { return id }
            isGiven = true
            isOurs = isOurs || secret.hasPrefix(prefix)
        }
        guard isRequired || isOurs else { return nil }
        guard isGiven else {
            throw UpstreamFault(
                .authentication,
                message: "no client key: send one as 'Authorization: Bearer <key>' or 'x-api-key: <key>'",
                code: "missing_api_key")
        }
        throw UpstreamFault(
            .authentication, message: "the client key is unknown or was revoked", code: "invalid_api_key")
    }

    /// - Returns: nil when there is nothing in this place.
    private static func secret(in place: Place, fields: RequestFields, uri: String) -> String? {
        let text: String? =
            switch place {
            case .authorization: fields[.authorization].flatMap(bearerToken)
            case .anthropic: fields[.apiKey]
            case .google: fields[.googleKey]
            case .query: queryKey(uri)
            }
        return text.map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What follows the scheme `Bearer`, in any case and after any number of blanks (RFC 9110 11.1).
    private static func bearerToken(_ value: String) -> String? {
        let prefix = "Bearer "
        // As all SDKs write it.
        if value.utf8.starts(with: prefix.utf8) { return String(value.dropFirst(prefix.utf8.count)) }
        let value = value.trimmed
        let end = value.utf8.firstIndex(where: isBlank) ?? value.endIndex
        guard value[..<end].lowercased() == "bearer" else { return nil }
        return String(Substring(value[end...].utf8.drop(while: isBlank)))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func queryKey(_ uri: String) -> String? {
        guard let query = uri.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        return uri[uri.index(after: query)...].split(separator: "&").first { $0.hasPrefix("key=") }
            .map { String($0.dropFirst(4)) }
    }
}
