/// Why synchronising did not work.
public struct SyncFault: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case notConfigured = "not_configured"
        case disabled
        /// Another run is under way.
        case busy = "sync_running"
        /// The endpoint has something else by now.
        case changed
        case passphrase = "wrong_passphrase"
        case damaged
        case newer = "newer_version"
        case unreachable
        case unauthorized
        /// The endpoint answered, but not with what was asked.
        case refused
        /// The endpoint would let two machines overwrite each other.
        case unconditional
        case tooLarge = "too_large"
        case invalid
        /// This machine's own store.
        case store
    }

    public let code: Code
    /// For people; starts lower-case; no secret.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
