public import NIOCore

/// Gets new access tokens for accounts whose upstream refused the old one.
public protocol TokenRenewer: Sendable {
    /// Waits for a renewal, begun by this call or by another: at any time there is one for each account at most.
    ///
    /// Suspends the calling task only; cancelling it ends the wait, and the renewal goes on.
    /// - Parameters:
    ///   - refused: the token that the upstream refused.
    ///   - eventLoop: where the end of the patience is kept.
    /// - Returns: a token that is not the refused one; nil when there is none to be had within `patience`.
    func token(
        of connection: ConnectionID, insteadOf refused: String, on eventLoop: any EventLoop, within patience: Duration
    ) async -> String?
}
