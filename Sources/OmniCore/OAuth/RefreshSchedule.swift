/// When tokens are renewed, and which requests wait for a renewal: decisions without effects.
///
/// Course of an account: at rest, renewing (at most once at a time), then at rest with new tokens, at rest for some time
/// after trouble of the server, or in need of a login, which nothing but a login ends.
struct RefreshSchedule: Sendable {
    struct Account: Sendable {
        var tokens: OAuthTokens
        /// When it is the turn of the account by itself; nil for never.
        var due: Int64?
        var isRenewing = false
        /// In a row, for reasons that may pass.
        var failures = 0
        var lastFault: OAuthFault?
        /// When a refusal last began a renewal.
        var refusedAt: Int64?
    }

    /// What an upstream's refusal of a token leads to.
    enum Demand: Sendable, Equatable {
        /// There is another one already.
        case token(String)
        /// The caller begins a renewal, and waits for it.
        case begin
        /// One is under way.
        case join
        /// A renewal would not help, or must wait.
        case hopeless
    }

    private(set) var accounts: [ConnectionID: Account] = [:]

    /// The least time a server that failed is left alone, and the most, in milliseconds.
    static let shortestPause: Int64 = 5000
    static let longestPause: Int64 = 300_000
    /// The least time between two renewals that refusals begin: when the token of the first is refused at once, another
    /// would be too.
    static let refusalInterval: Int64 = 30_000

    /// Takes over the tokens of a configuration; of connections that are gone nothing stays.
    mutating func adopt(_ tokens: [ConnectionID: OAuthTokens], using random: inout some RandomNumberGenerator) {
        accounts = accounts.filter { tokens[$0.key] != nil }
        for (id, tokens) in tokens where accounts[id]?.tokens != tokens {
            var account = Account(tokens: tokens, due: Self.due(tokens, using: &random))
            if let old = accounts[id], old.isRenewing {
                account.isRenewing = true
                account.refusedAt = old.refusedAt
            }
            accounts[id] = account
        }
    }

    /// Accounts whose turn it is; each is renewing from now on.
    mutating func takeDue(at now: Int64) -> [ConnectionID] {
        let due = accounts.filter { _, account in
            !account.isRenewing && account.due.map { $0 <= now } ?? false
        }.map(\.key)
        for id in due { accounts[id]?.isRenewing = true }
        return due.sorted { $0.rawValue < $1.rawValue }
    }

    /// An upstream refused a token.
    mutating func demand(_ id: ConnectionID, insteadOf refused: String, at now: Int64) -> Demand {
        guard let account = accounts[id] else { return .hopeless }
        if account.tokens.accessToken != refused, account.tokens.isUsable { return .token(account.tokens.accessToken) }
        if account.isRenewing { return .join }
        if account.failures > 0, let due = account.due, due > now { return .hopeless }
        if account.tokens.loginNeeded == nil {
            let wasJustRefused = account.refusedAt.map { now - $0 < Self.refusalInterval } ?? false
            guard account.tokens.refreshToken != nil, !wasJustRefused || account.tokens.isExpired(at: now) else {
                return .hopeless
            }
        } else if !account.tokens.isUsable {
            return .hopeless
        }
        accounts[id]?.isRenewing = true
        accounts[id]?.refusedAt = now
        return .begin
    }

    /// A person wants new tokens now, whatever the time.
    mutating func demandByHand(_ id: ConnectionID) -> Demand {
        guard let account = accounts[id] else { return .hopeless }
        if account.isRenewing { return .join }
        accounts[id]?.isRenewing = true
        return .begin
    }

    /// New tokens are written, or the account is known to need a login.
    mutating func settled(_ id: ConnectionID, _ tokens: OAuthTokens, using random: inout some RandomNumberGenerator) {
        guard let old = accounts[id] else { return }
        var account = Account(tokens: tokens, due: Self.due(tokens, using: &random))
        account.refusedAt = old.refusedAt
        accounts[id] = account
    }

    /// The server could not help this time.
    mutating func failed(
        _ id: ConnectionID, _ fault: OAuthFault, at now: Int64, using random: inout some RandomNumberGenerator
    ) {
        guard var account = accounts[id] else { return }
        account.isRenewing = false
        account.failures += 1
        account.lastFault = fault
        let grown = Self.shortestPause << Int64(min(account.failures - 1, 10))
        let pause = min(grown, Self.longestPause)
        account.due = now + Int64.random(in: (pause / 2)...pause, using: &random)
        accounts[id] = account
    }

    /// When tokens are to be renewed: ahead of their end by a tenth of their life, from five minutes up, yet by a fifth at
    /// most, and up to half of that earlier by lot, so that accounts of one login do not come all at once.
    ///
    /// Those that need a login are due at their end, to be taken out of service.
    static func due(_ tokens: OAuthTokens, using random: inout some RandomNumberGenerator) -> Int64? {
        guard let expiresAt = tokens.expiresAt, tokens.isUsable else { return nil }
        if tokens.loginNeeded != nil { return expiresAt }
        guard tokens.refreshToken != nil else { return nil }
        let life = max(expiresAt - tokens.obtainedAt, 0)
        let margin = min(max(life / 10, 300_000), life / 5)
        return expiresAt - margin - Int64.random(in: 0...(margin / 2), using: &random)
    }
}
