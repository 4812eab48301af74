/// Which proxies a person set, and where.
public struct ProxySettings: Sendable, Hashable {
    public enum Level: String, Sendable, CaseIterable {
        /// All upstreams.
        case global
        /// A provider or node.
        case provider
        /// What is asked inside a combo.
        case combo
        /// A connection, by the contract's name for it.
        case key
    }

    /// What a choice is made for.
    public struct Place: Sendable, Hashable {
        public var level: Level
        /// Empty for the global one.
        public var id: String

        public init(_ level: Level, _ id: String = "") {
            self.level = level
            self.id = id
        }

        public static let global = Place(.global)
    }

    public var choices: [Place: ProxyChoice] = [:]
    public var options = Options()

    /// What holds for all of them.
    public struct Options: Sendable, Hashable {
        public var bypass = ProxyBypass()
        /// What is asked to test a proxy; nil for ``defaultTestURL``.
        public var testURL: String?

        /// Answers with the address it was asked from.
        public static let defaultTestURL = "https://api.ipify.org/?format=json"

        public init() {}
    }

    public init() {}

    public subscript(level: Level, id: String) -> ProxyChoice? { choices[Place(level, id)] }
}

/// Proxies that the process was started with, under the names every program knows.
public struct ProxyEnvironment: Sendable, Hashable {
    /// For upstreams without TLS.
    public var http: NetworkProxy?
    public var https: NetworkProxy?
    /// Where neither of the two is set.
    public var all: NetworkProxy?
    public var bypass = ProxyBypass()

    public init() {}

    func proxy(to endpoint: UpstreamEndpoint) -> NetworkProxy? {
        guard let proxy = (endpoint.scheme == .https ? https : http) ?? all, !bypass.contains(endpoint) else {
            return nil
        }
        return proxy
    }
}
