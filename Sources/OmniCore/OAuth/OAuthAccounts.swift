public import Logging
public import NIOCore
import Synchronization

/// The accounts that came by OAuth: logs them in and keeps their tokens good.
///
/// The only place where the decisions of ``PendingLogins``, ``DeviceLogins`` and ``RefreshSchedule`` meet token servers and
/// the store. Renewals run in ``run(publish:)``, whoever waits for them: a client that leaves must not cut one off, because
/// the refresh token may be spent by then.
public final class OAuthAccounts: TokenRenewer {
    let store: any ConfigurationStore
    let catalog: ProviderCatalog
    let clock: any RouterClock
    let logger: Logger
    let server: TokenServer
    let state = Mutex(State())
    let demands: AsyncStream<RenewalDemand>
    let demandSource: AsyncStream<RenewalDemand>.Continuation
    private let eventLoopGroup: any EventLoopGroup

    struct State: Sendable {
        var schedule = RefreshSchedule()
        var pending = PendingLogins()
        var devices = DeviceLogins()
        var waiters: [ConnectionID: [Waiter]] = [:]
        var waiterCount: UInt64 = 0
        /// Tokens that a server gave and that could not be written yet: the ones they replace may be spent.
        var unwritten: [ConnectionID: (old: OAuthTokens, new: OAuthTokens)] = [:]
        var random = SystemRandomNumberGenerator()
    }

    /// Somebody who waits for a renewal.
    struct Waiter: Sendable {
        var serial: UInt64
        var continuation: CheckedContinuation<Result<String, OAuthFault>, Never>
    }

    /// A renewal that is to be done now.
    struct RenewalDemand: Sendable {
        var connection: ConnectionID
        /// Whether an upstream refused the present token.
        var isRefused = false
    }

    /// - Parameter eventLoopGroup: the group the transport was made for.
    public init(
        store: any ConfigurationStore, catalog: ProviderCatalog, transport: any UpstreamTransport,
        eventLoopGroup: any EventLoopGroup, clock: any RouterClock, userAgent: String = "omniroute", logger: Logger
    ) {
        self.store = store
        self.catalog = catalog
        self.clock = clock
        self.logger = logger
        self.eventLoopGroup = eventLoopGroup
        server = TokenServer(transport: transport, eventLoopGroup: eventLoopGroup, userAgent: userAgent)
        // One for each account at most is under way.
        (demands, demandSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(100_000))
    }

    /// Takes over the accounts of a configuration.
    public func adopt(_ configuration: RouterConfiguration) {
        var tokens: [ConnectionID: OAuthTokens] = [:]
        for connection in configuration.connections {
            if let own = connection.credential?.tokens { tokens[connection.id] = own }
        }
        state.withLock { $0.schedule.adopt(tokens, using: &$0.random) }
    }

    /// How the renewal of an account's tokens stands.
    public func standing(of id: ConnectionID) -> RenewalStanding? {
        state.withLock { state in
            state.schedule.accounts[id].map { account in
                RenewalStanding(
                    isRenewing: account.isRenewing, nextAt: account.due, failures: account.failures,
                    lastFault: account.lastFault)
            }
        }
    }

    /// The provider, when there is a client to talk to it with.
    /// - Parameter connection: whose proxy leads there; nil before there is one.
    func provider(
        _ id: String, in configuration: RouterConfiguration, for connection: ConnectionID? = nil
    ) throws(OAuthFault) -> OAuthProvider {
        guard var provider = configuration.oauthProvider(id, in: catalog) else {
            throw OAuthFault(.notConfigured, "no OAuth provider '\(id.prefix(100))' is configured")
        }
        provider.route = TokenRoute(
            provider.provider, of: connection, in: configuration, catalog: catalog)
        guard provider.clientID != nil else {
            throw OAuthFault(
                .notConfigured, "the OAuth provider '\(id)' has no client id; register a client there and tell its id")
        }
        return provider
    }

    func load() async throws(OAuthFault) -> RouterConfiguration {
        do {
            return try await store.load()
        } catch {
            throw OAuthFault(.notStored, "the configuration cannot be read")
        }
    }

    // MARK: Waiting

    public func token(
        of connection: ConnectionID, insteadOf refused: String, on eventLoop: any EventLoop, within patience: Duration
    ) async -> String? {
        let now = clock.wallMilliseconds()
        let result = await wait(for: connection, isRefused: true, on: eventLoop, within: patience) {
            $0.demand(connection, insteadOf: refused, at: now)
        }
        return try? result.get()  // Why there is none is told by the account's standing.
    }

    /// Renews the tokens of an account because a person wants it.
    public func renew(_ connection: ConnectionID) async throws(OAuthFault) {
        let result = await wait(
            for: connection, isRefused: false, on: eventLoopGroup.next(), within: .seconds(30)
        ) { $0.demandByHand(connection) }
        _ = try result.get()
    }

    private func wait(
        for id: ConnectionID, isRefused: Bool, on eventLoop: any EventLoop, within patience: Duration,
        _ demand: (inout RefreshSchedule) -> RefreshSchedule.Demand
    ) async -> Result<String, OAuthFault> {
        let serial = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        let timer = eventLoop.scheduleTask(in: TimeAmount(patience)) { self.release(serial, of: id) }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let next = state.withLock { state in
                    // Told before, the cancellation found nobody to release.
                    guard !Task.isCancelled else { return RefreshSchedule.Demand.hopeless }
                    let next = demand(&state.schedule)
                    if next == .begin || next == .join {
                        state.waiters[id, default: []].append(Waiter(serial: serial, continuation: continuation))
                    }
                    return next
                }
                switch next {
                case .token(let token): continuation.resume(returning: .success(token))
                case .hopeless: continuation.resume(returning: .failure(Self.noRenewal))
                case .join: break
                case .begin: demandSource.yield(RenewalDemand(connection: id, isRefused: isRefused))
                }
            }
        } onCancel: {
            release(serial, of: id)
        }
    }

    private static let noRenewal = OAuthFault(.unavailable, "the tokens were not renewed in time")

    /// Ends one wait without a token.
    private func release(_ serial: UInt64, of id: ConnectionID) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters[id]?.firstIndex(where: { $0.serial == serial }) else { return nil }
            return state.waiters[id]?.remove(at: index)
        }
        waiter?.continuation.resume(returning: .failure(Self.noRenewal))
    }

    /// Ends all waits for an account.
    func release(all id: ConnectionID, with result: Result<String, OAuthFault>) {
        let waiters = state.withLock { $0.waiters.removeValue(forKey: id) ?? [] }
        for waiter in waiters { waiter.continuation.resume(returning: result) }
    }
}

/// How the renewal of an account's tokens stands.
public struct RenewalStanding: Sendable, Hashable {
    public var isRenewing: Bool
    /// When it is next done by itself, in milliseconds since 1970; nil for never.
    public var nextAt: Int64?
    /// In a row, for reasons that may pass.
    public var failures: Int
    public var lastFault: OAuthFault?
}
