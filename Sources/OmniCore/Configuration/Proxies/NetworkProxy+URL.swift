extension NetworkProxy {
    /// Reads an address as environments and people write it: `http://user:password@host:3128`, or just `host:3128`.
    ///
    /// - Throws: what is wrong with it, without the text itself, which may hold a password.
    public convenience init(url: String) throws(FieldFault) {
        var rest = Substring(url)
        var kind = Kind.http
        if let mark = url.ranges(of: "://").first {
            let scheme = url[..<mark.lowerBound].lowercased()
            // Both resolve names at the proxy here.
            guard let known = scheme == "socks5h" ? .socks5 : Kind(rawValue: scheme) else {
                throw FieldFault("type", "must be one of http, https, socks5")
            }
            kind = known
            rest = url[mark.upperBound...]
        }
        rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var username: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            username = try Self.decoded(login[0], "username")
            password = login.count == 2 ? try Self.decoded(login[1], "password") : nil
            rest = rest[rest.index(after: at)...]
        }
        // The rest is read as the address of an upstream is.
        guard let endpoint = UpstreamEndpoint(url: "http://\(rest)/") else {
            throw FieldFault("host", "must be a host name or an address, and a port from 1 to 65535")
        }
        let hasPort = rest.drop { $0 != "]" }.contains(":") || !rest.hasPrefix("[") && rest.contains(":")
        try self.init(
            checking: kind, host: endpoint.host, port: hasPort ? endpoint.port : kind.defaultPort,
            username: username?.isEmpty == true ? nil : username,
            password: password?.isEmpty == true ? nil : password)
    }

    /// - Parameter path: how fields are named in what is thrown, such as `global.`.
    convenience init(
        checking kind: Kind, host: String, port: Int, username: String?, password: String?, path: String = ""
    ) throws(FieldFault) {
        guard !host.isEmpty, host.utf8.count <= 253,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@[]\\%\"<>".utf8.contains($0) })
        else { throw FieldFault("\(path)host", "must be a host name or an address without scheme and port") }
        let isAddress = host.utf8.contains(UInt8(ascii: ":"))
        guard !isAddress || InternetAddress(host) != nil else {
            throw FieldFault("\(path)host", "must be a host name or an address; the port has a field of its own")
        }
        if let objection = UpstreamAddressPolicy.objection(toHost: host) {
            throw FieldFault("\(path)host", objection)
        }
        guard (1...65535).contains(port) else {
            throw FieldFault("\(path)port", "must be a whole number from 1 to 65535")
        }
        // SOCKS5 has one byte for the length of each (RFC 1929); a colon ends the name in HTTP's (RFC 7617).
        for (name, text) in [("username", username), ("password", password)] {
            guard let text else { continue }
            guard text.utf8.count <= 255, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                throw FieldFault(path + name, "must be at most 255 bytes without control characters")
            }
        }
        guard username?.utf8.contains(UInt8(ascii: ":")) != true || kind == .socks5 else {
            throw FieldFault("\(path)username", "must not hold a colon")
        }
        guard password == nil || username != nil else {
            throw FieldFault("\(path)username", "required beside a password")
        }
        self.init(kind: kind, host: host.lowercased(), port: port, username: username, password: password)
    }

    private static func decoded(_ text: Substring, _ field: String) throws(FieldFault) -> String {
        var bytes: [UInt8] = []
        var input = text.utf8.makeIterator()
        while let byte = input.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = input.next().flatMap(Self.digit), let low = input.next().flatMap(Self.digit) else {
                throw FieldFault(field, "holds a % that is not followed by two hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw FieldFault(field, "must be UTF-8")
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
