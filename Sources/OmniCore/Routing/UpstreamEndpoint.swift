/// The address of an upstream operation, taken apart once.
public struct UpstreamEndpoint: Sendable, Hashable {
    public enum Scheme: String, Sendable { case http, https, simulator }

    public let scheme: Scheme
    public let host: String
    public let port: Int
    /// The value of the `host` header.
    public let authority: String
    /// Path and query as sent on the request line; starts with a slash.
    public var path: String

    public init(scheme: Scheme, host: String, port: Int, path: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        authority = Self.authority(scheme, host, port)
    }

    /// - Parameter url: an absolute `http` or `https` URL without user information or fragment.
    /// - Returns: nil when it is not one.
    public init?(url: String) {
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scheme = Scheme(rawValue: parts[0].lowercased()), scheme != .simulator,
            !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "#") })
        else { return nil }
        let rest = parts[1]
        let authorityEnd = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let defaultPort = scheme == .https ? 443 : 80
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<close])
            let suffix = authority[authority.index(after: close)...]
            guard let parsed = Self.port(suffix, default: defaultPort) else { return nil }
            port = parsed
        } else {
            let hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
            host = String(authority[..<hostEnd])
            guard let parsed = Self.port(authority[hostEnd...], default: defaultPort) else { return nil }
            port = parsed
        }
        guard !host.isEmpty else { return nil }
        self.scheme = scheme
        let tail = String(rest[authorityEnd...])
        path = tail.hasPrefix("/") ? tail : "/" + tail
        self.authority = Self.authority(scheme, host, port)
    }

    private static func port(_ suffix: Substring, default defaultPort: Int) -> Int? {
        if suffix.isEmpty { return defaultPort }
        guard suffix.hasPrefix(":"), suffix.dropFirst().allSatisfy(\.isWholeNumber), let port = Int(suffix.dropFirst()),
            (1...65535).contains(port)
        else { return nil }
        return port
    }

    /// The same at another host.
    func onHost(_ host: String) -> UpstreamEndpoint {
        UpstreamEndpoint(scheme: scheme, host: host, port: port, path: path)
    }

    private static func authority(_ scheme: Scheme, _ host: String, _ port: Int) -> String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (scheme == .https ? 443 : 80) ? name : "\(name):\(port)"
    }
}
