/// Which upstreams are reached without the proxies that are meant for all.
public struct ProxyBypass: Sendable, Hashable {
    /// One entry of a list of exceptions, as it was written.
    public struct Rule: Sendable, Hashable, CustomStringConvertible {
        private enum Pattern: Hashable {
            case all
            /// A name and everything below it.
            case domain(String)
            case range(AddressRange)
        }

        public let description: String
        private let pattern: Pattern
        /// nil for all ports.
        private let port: Int?

        /// - Parameter text: `*`, a name (which stands for what is below it too), an address, a range such as
        ///   `10.0.0.0/8`, each but the range with a port if wanted.
        /// - Returns: nil when it is none of these.
        public init?(_ text: String) {
            description = text
            var name = Substring(text.lowercased())
            if name == "*" {
                (pattern, port) = (.all, nil)
                return
            }
            if let range = AddressRange(String(name)) {
                (pattern, port) = (.range(range), nil)
                return
            }
            var port: Int?
            if let colon = name.lastIndex(of: ":") {
                guard let number = Int(name[name.index(after: colon)...]), (1...65535).contains(number) else {
                    return nil
                }
                port = number
                name = name[..<colon]
            }
            self.port = port
            if let address = AddressRange(String(name)), !name.contains("/") {
                pattern = .range(address)
                return
            }
            if name.hasPrefix("*.") { name = name.dropFirst(2) } else if name.hasPrefix(".") { name = name.dropFirst() }
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@[]*:,\\".utf8.contains($0) })
            else { return nil }
            pattern = .domain(String(name))
        }

        func matches(_ host: String, port: Int, address: InternetAddress?) -> Bool {
            guard self.port == nil || self.port == port else { return false }
            switch pattern {
            case .all: return true
            case .domain(let name): return host == name || host.hasSuffix("." + name)
            case .range(let range): return address.map(range.contains) ?? false
            }
        }
    }

    public var rules: [Rule] = []
    /// Whether upstreams on this machine count too.
    ///
    /// Default: true, since no proxy elsewhere reaches them.
    public var includesLoopback = true

    public init() {}

    /// - Throws: ``FieldFault`` that names the entry.
    public init(rules texts: [String], path: String) throws(FieldFault) {
        for (index, text) in texts.enumerated() {
            guard let rule = Rule(text) else {
                throw FieldFault(
                    "\(path)[\(index)]", "must be a host name, an address, a range such as 10.0.0.0/8, or *")
            }
            rules.append(rule)
        }
    }

    public func contains(_ endpoint: UpstreamEndpoint) -> Bool {
        var host = endpoint.host.lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        let address = InternetAddress(host)
        if includesLoopback {
            let isUnspecified = address?.description == "0.0.0.0" || address?.description == "::"
            if host == "localhost" || host.hasSuffix(".localhost") || isUnspecified || address?.isLoopback == true {
                return true
            }
        }
        return rules.contains { $0.matches(host, port: endpoint.port, address: address) }
    }
}
