import OmniJSON

/// End users' identifiers, made fit for a provider's eyes.
enum UserIdentifier {
    /// As it is, or a hash of it when it is an e-mail address or too long.
    static func safe(_ user: JSONText, maximum: Int) -> JSONText {
        let isRevealing = user.escaped.contains(UInt8(ascii: "@"))
        guard isRevealing || user.escaped.count > maximum else { return user }
        return JSONText(escaped: (Array("user_".utf8) + StableHash.hex24(user.escaped))[...])
    }
}
