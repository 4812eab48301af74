import Synchronization

/// The one ``LimitBook`` of a router behind its lock.
///
/// Each call holds the lock for some additions and never across a suspension. Where nothing is limited, nothing is locked.
public final class LimitMemory: Sendable {
    private let book = Mutex(LimitBook())
    private let isLimiting = Atomic(false)

    public init() {}

    var isActive: Bool { isLimiting.load(ordering: .relaxed) }

    /// - Returns: the scopes whose use so far must be looked up and given to ``load(_:of:at:)``.
    public func configure(_ limits: [LimitScope: UsageLimits]) -> [LimitScope] {
        let fresh = book.withLock { book in
            let fresh = book.configure(limits)
            isLimiting.store(!book.isEmpty, ordering: .relaxed)
            return fresh
        }
        return fresh
    }

    public func load(_ past: LimitBook.Past, of scope: LimitScope, at now: Int64) {
        book.withLock { $0.load(past, of: scope, at: now) }
    }

    /// - Returns: nil for a scope without limits.
    public func standing(of scope: LimitScope, at now: Int64) -> LimitBook.Standing? {
        book.withLock { $0.standing(of: scope, at: now) }
    }

    func reserve(
        _ scopes: [LimitScope], cost: NanoDollars, tokens: Int, at now: Int64
    ) throws(LimitRefusal) -> LimitBook.Reservation? {
        let result: Result<LimitBook.Reservation?, LimitRefusal> = book.withLock { book in
            do throws(LimitRefusal) {
                return .success(try book.reserve(scopes, cost: cost, tokens: tokens, at: now))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func settle(
        _ reservation: LimitBook.Reservation, cost: NanoDollars?, tokens: Int, isCounted: Bool, at now: Int64
    ) {
        book.withLock { $0.settle(reservation, cost: cost, tokens: tokens, isCounted: isCounted, at: now) }
    }
}
