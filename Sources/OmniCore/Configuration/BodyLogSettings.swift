/// Stored settings of the log of request and response bodies.
public struct BodyLogSettings: Sendable, Hashable {
    /// Whose bodies are kept.
    public enum Mode: String, Sendable, CaseIterable {
        case off
        /// Those of the client keys that are named.
        case keys
        case all
    }

    /// Default: off.
    public var mode = Mode.off
    /// The client keys that are meant by ``Mode/keys``.
    public var keys: [ClientKeyID] = []
    /// How much is kept of one body, after everything secret was taken out.
    ///
    /// Default: 64 KiB. Range: 1 KiB ... 16 MiB.
    public var maximumBodyBytes = 64 << 10
    /// What all bodies hold together; the oldest go first.
    ///
    /// Default: 256 MiB. Range: 1 MiB ... 1 TiB.
    public var maximumDiskBytes = 256 << 20

    public init() {}

    /// Whether bodies of requests with this key are kept.
    func covers(_ key: ClientKeyID?) -> Bool {
        switch mode {
        case .off: false
        case .keys: key.map(keys.contains) ?? false
        case .all: true
        }
    }
}
