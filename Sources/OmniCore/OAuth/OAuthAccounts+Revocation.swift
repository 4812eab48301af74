import Logging

extension OAuthAccounts {
    /// Takes an account's tokens back at the server that gave them (RFC 7009), as far as it can be asked to.
    ///
    /// Called when the account is gone from here; that the server does not answer changes nothing about it.
    /// - Parameter configuration: with what is known of the server.
    /// - Returns: whether the server has taken back what it was asked to; nil when there is no way to ask it.
    public func revoke(_ tokens: OAuthTokens, in configuration: RouterConfiguration) async -> Bool? {
        guard let provider = configuration.oauthProvider(tokens.issuer, in: catalog),
            let address = provider.revocationURL, provider.clientID != nil
        else { return nil }
        // The refresh token first: servers take its access tokens back with it.
        let all = [("refresh_token", tokens.refreshToken), ("access_token", tokens.accessToken)]
        var isDone = true
        for (kind, token) in all {
            guard let token, !token.isEmpty else { continue }
            do throws(OAuthFault) {
                let form = [(name: "token", value: token), (name: "token_type_hint", value: kind)]
                let answer = try await server.post(form, to: address, as: provider)
                if !(200..<300).contains(answer.status) {
                    isDone = false
                    logger.warning("tokens were not taken back", metadata: ["status": "\(answer.status)"])
                }
            } catch {
                logger.warning("tokens were not taken back", metadata: ["error": "\(error.message)"])
                // The second would wait as long as the first.
                return false
            }
        }
        return isDone
    }
}
