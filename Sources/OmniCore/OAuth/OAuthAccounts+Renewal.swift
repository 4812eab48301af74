import Logging
import Synchronization

/// Renewals: asked for by requests and by the clock, done here, one at a time for each account.
extension OAuthAccounts {
    /// How often it is looked whose turn it is.
    private static let interval: Duration = .seconds(1)

    /// Renews tokens until ``stop()``; what is under way then is finished, because a token that was sent may be spent.
    ///
    /// - Parameter publish: makes what was written known to the data plane; returns when every loop has it.
    public func run(publish: @escaping @Sendable () async throws -> Void) async {
        await withDiscardingTaskGroup { renewals in
            await withDiscardingTaskGroup { timer in
                timer.addTask { await self.keepTime() }
                for await demand in demands {
                    renewals.addTask { await self.renew(demand, publish: publish) }
                }
                timer.cancelAll()
            }
        }
        let waiting = state.withLock { Array($0.waiters.keys) }
        for id in waiting { release(all: id, with: .failure(OAuthFault(.unavailable, "the router is going down"))) }
    }

    /// Lets ``run(publish:)`` come to its end.
    public func stop() { demandSource.finish() }

    private func keepTime() async {
        while !Task.isCancelled {
            let now = clock.wallMilliseconds()
            for id in state.withLock({ $0.schedule.takeDue(at: now) }) {
                demandSource.yield(RenewalDemand(connection: id))
            }
            // Cancelled at the end, which the loop sees.
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func renew(_ demand: RenewalDemand, publish: @Sendable () async throws -> Void) async {
        let id = demand.connection
        do throws(OAuthFault) {
            let tokens = try await renewed(demand)
            do {
                try await publish()
            } catch {
                // Written they are; whoever waits gets them all the same, and the next change brings them to everybody.
                logger.error("renewed tokens cannot be published", metadata: ["error": "\(error)"])
            }
            state.withLock { $0.schedule.settled(id, tokens, using: &$0.random) }
            if let reason = tokens.loginNeeded {
                logger.warning(
                    "an account needs a new login", metadata: ["connection": "\(id.rawValue)", "reason": "\(reason)"])
                release(all: id, with: .failure(OAuthFault(.loginNeeded, reason)))
            } else {
                logger.debug("tokens renewed", metadata: ["connection": "\(id.rawValue)"])
                release(all: id, with: .success(tokens.accessToken))
            }
        } catch {
            let now = clock.wallMilliseconds()
            state.withLock { $0.schedule.failed(id, error, at: now, using: &$0.random) }
            logger.warning(
                "tokens cannot be renewed", metadata: ["connection": "\(id.rawValue)", "reason": "\(error.message)"])
            release(all: id, with: .failure(error))
        }
    }

    /// The tokens that are in the store now: new ones, or the old ones with word that they are no good any more.
    private func renewed(_ demand: RenewalDemand) async throws(OAuthFault) -> OAuthTokens {
        let id = demand.connection
        if let unwritten = state.withLock({ $0.unwritten[id] }) {
            return try await write(unwritten.new, over: unwritten.old, of: id)
        }
        let configuration = try await load()
        guard let old = configuration.connections.first(where: { $0.id == id })?.credential?.tokens else {
            throw OAuthFault(.loginNeeded, "the connection is gone")
        }
        let isUseless = demand.isRefused || old.isExpired(at: clock.wallMilliseconds())
        guard old.loginNeeded == nil, let refreshToken = old.refreshToken else {
            var spent = old
            spent.loginNeeded = old.loginNeeded ?? "the OAuth server gave no refresh token"
            if isUseless { spent.accessToken = "" }
            return try await write(spent, over: old, of: id)
        }
        let provider = try provider(old.issuer, in: configuration, for: id)
        let answer = try await server.tokens(
            from: provider, [("grant_type", "refresh_token"), ("refresh_token", refreshToken)])
        let now = clock.wallMilliseconds()
        switch answer {
        case .granted(let grant):
            var fresh = grant.tokens(issuer: old.issuer, after: old, at: now)
            let hadTrouble = state.withLock { ($0.schedule.accounts[id]?.failures ?? 0) > 0 }
            if hadTrouble || demand.isRefused { fresh.validSince = now }
            // Nothing stands between the server's answer and the write: a process that ends here has lost a rotated token.
            return try await write(fresh, over: old, of: id)
        case .refused(let error, let description) where Self.endsLogin(error):
            var spent = old
            spent.loginNeeded = "the OAuth server refused to renew the tokens: \(description ?? error)"
            if isUseless { spent.accessToken = "" }
            return try await write(spent, over: old, of: id)
        case .refused(let error, let description):
            throw OAuthFault(.refused, "the OAuth server refused: \(description ?? error)", error: error)
        case .failed(let status):
            throw OAuthFault(.unavailable, "the OAuth server answered with status \(status)")
        }
    }

    /// Whether a refresh token is worth nothing from now on; other errors are the client's or the server's.
    private static func endsLogin(_ error: String) -> Bool {
        // The first is the standard's; the others are what some servers say in its place.
        ["invalid_grant", "bad_refresh_token", "refresh_token_reused", "refresh_token_expired", "access_denied"]
            .contains(error)
    }

    /// - Returns: what the store has then: a login that came between wins.
    private func write(
        _ new: OAuthTokens, over old: OAuthTokens, of id: ConnectionID
    ) async throws(OAuthFault) -> OAuthTokens {
        let isWritten: Bool
        do {
            isWritten = try await store.replaceTokens(of: id, from: old, to: new)
        } catch {
            // Tried again at the next turn, before the server is asked with a token that is spent.
            state.withLock { $0.unwritten[id] = (old, new) }
            throw OAuthFault(.notStored, "the new tokens cannot be written")
        }
        state.withLock { _ = $0.unwritten.removeValue(forKey: id) }
        guard !isWritten else { return new }
        let stored = try await load().connections.first { $0.id == id }?.credential?.tokens
        guard let stored else { throw OAuthFault(.loginNeeded, "the connection is gone") }
        return stored
    }
}
