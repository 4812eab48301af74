import OmniCore
import ServiceLifecycle

/// Renews the tokens of accounts that came by OAuth.
///
/// At the shutdown it stops beginning renewals and waits for those under way: a refresh token that was sent may be spent.
struct TokenRenewalService: NamedService {
    static let name = "token renewal"
    let accounts: OAuthAccounts
    let publish: @Sendable () async throws -> Void

    func run() async throws {
        await withGracefulShutdownHandler {
            await accounts.run(publish: publish)
        } onGracefulShutdown: {
            accounts.stop()
        }
    }
}
