/// A proxy through which upstreams are reached.
///
/// A class, because targets that name one are copied for every request.
public final class NetworkProxy: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// Asked in the clear to open a tunnel (`CONNECT`).
        case http
        /// The same inside TLS.
        case https
        /// Resolves the upstream's name itself.
        case socks5

        public var defaultPort: Int {
            switch self {
            case .http: 8080
            case .https: 443
            case .socks5: 1080
            }
        }
    }

    public let kind: Kind
    /// A name or an address; IPv6 without brackets.
    public let host: String
    public let port: Int
    public let username: String?
    /// Never shown.
    public let password: String?

    public init(kind: Kind, host: String, port: Int, username: String? = nil, password: String? = nil) {
        self.kind = kind
        self.host = host
        self.port = port
        self.username = username
        self.password = password
    }

    /// For people: user and password are hidden.
    public var description: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        let login = username == nil && password == nil ? "" : password == nil ? "***@" : "***:***@"
        return "\(kind.rawValue)://\(login)\(name):\(port)"
    }

    public static func == (one: NetworkProxy, other: NetworkProxy) -> Bool {
        one === other
            || one.kind == other.kind && one.host == other.host && one.port == other.port
                && one.username == other.username && one.password == other.password
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(host)
        hasher.combine(port)
        hasher.combine(username)
        hasher.combine(password)
    }
}

/// What is decided for one level: a proxy, or that there is none whatever the levels behind it say.
public enum ProxyChoice: Sendable, Hashable {
    case direct
    case proxy(NetworkProxy)
}

/// How a target's requests leave this process, decided when routes are compiled.
public enum UpstreamCarrier: Sendable, Hashable {
    case network
    /// Nothing leaves.
    case simulator
    case proxy(NetworkProxy)
}
