public import OmniJSON

/// Tokens as the store keeps them, encrypted.
extension OAuthTokens {
    public init(stored fields: JSONFields) throws(FieldFault) {
        func text(_ name: StaticString) throws(FieldFault) -> String? { try fields.string(name, maximum: 1 << 20) }
        func time(_ name: StaticString) -> Int64? { fields.value(name)?.int.map(Int64.init) }
        guard let issuer = try text("issuer"), let obtainedAt = time("obtainedAt") else {
            throw FieldFault("issuer", "missing")
        }
        self.init(
            issuer: issuer, accessToken: try text("accessToken") ?? "", refreshToken: try text("refreshToken"),
            obtainedAt: obtainedAt)
        expiresAt = time("expiresAt")
        tokenType = try text("tokenType")
        scope = try text("scope")
        subject = try text("subject")
        email = try text("email")
        validSince = time("validSince") ?? obtainedAt
        loginNeeded = try text("loginNeeded")
    }

    public func writeMembers(into writer: inout JSONWriter) {
        func write(_ name: StaticString, _ text: String?) {
            guard let text else { return }
            writer.key(name)
            writer.string(text)
        }
        write("issuer", issuer)
        write("accessToken", accessToken)
        write("refreshToken", refreshToken)
        write("tokenType", tokenType)
        write("scope", scope)
        write("subject", subject)
        write("email", email)
        write("loginNeeded", loginNeeded)
        writer.optional("expiresAt", expiresAt.map { Int($0) })
        writer.optional("obtainedAt", Int(obtainedAt))
        writer.optional("validSince", Int(validSince))
    }
}
