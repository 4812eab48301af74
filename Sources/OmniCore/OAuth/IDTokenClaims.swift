import OmniJSON

/// Who an account is, as an ID token says (OpenID Connect Core, chapter 2).
///
/// The signature is not looked at: the token came straight from the token server (chapter 3.1.3.7, rule 6), and nothing is
/// granted on its word; it only names the account.
struct IDTokenClaims: Sendable, Hashable {
    var subject: String?
    var email: String?

    /// - Returns: nil when the text is no token.
    init?(_ token: String) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, token.utf8.count <= 64 << 10, let bytes = Base64URL.bytes(parts[1]) else { return nil }
        do throws(JSONError) {
            let claims = try JSONValue(parsing: bytes)
            guard claims.kind == .object else { return nil }
            subject = claims["sub"]?.string.flatMap(Self.plain)
            email = claims["email"]?.string.flatMap(Self.plain)
        } catch {
            return nil
        }
    }

    /// Texts that are shown to people and compared; nil for what is neither short nor plain.
    private static func plain(_ text: String) -> String? {
        let isPlain = !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        return isPlain && !text.isEmpty && text.utf8.count <= 300 ? text : nil
    }
}
