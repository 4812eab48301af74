import OmniCore
import OmniTranslate

/// Finds out which client key a request carries.
enum ClientAuthentication {
    /// The marks by which a secret of ours is told from the placeholder words that tools send to keyless servers.
    private static let prefix = "sk-omni-"

    /// Where the SDKs of the dialects put a key, the commonest first.
    private enum Place { case authorization, anthropic, google, query }
    private static let places: [Place] = [.authorization, .anthropic, .google, .query]

    /// The first known key of all places counts: some tools fill one with a placeholder and another with the key.
    /// - Throws: ``UpstreamFault`` (401) when a key is required and missing, or when one of ours is given and not valid.
    static func clientKey(
        of head: RequestHead, isRequired: Bool, state: LoopState
    ) throws(UpstreamFault) -> ClientKeyID? {
        var isGiven = false
        var isOurs = false
        for place in places {
            guard let secret = secret(in: place, of: head) else { continue }
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
    private static func secret(in place: Place, of head: RequestHead) -> String? {
        let text: String? =
            switch place {
            case .authorization: bearerToken(head.fields)
            case .anthropic: head.fields[.apiKey]
            case .google: head.fields[.googleKey]
            case .query: queryKey(head.uri)
            }
        return text.map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What follows the scheme `Bearer`, in any case and after any number of blanks (RFC 9110 11.1).
    private static func bearerToken(_ fields: RequestFields) -> String? {
        let usual = fields.withValue(of: .authorization) { value -> String? in
            // As all SDKs write it.
            let prefix: StaticString = "Bearer "
            let length = prefix.utf8CodeUnitCount
            guard value.count > length, UnsafeRawBufferPointer(rebasing: value[..<length]).isExactly(prefix) else {
                return nil
            }
            return String(decoding: value[length...], as: UTF8.self)
        }
        if let usual = usual ?? nil { return usual }
        guard let value = fields[.authorization]?.trimmed else { return nil }
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
