public import OmniJSON

/// Choices as the management API and the store write them.
extension ProxyChoice {
    /// What `password` may hold to say that the old one stays; the same is said by leaving it out.
    public static let unchangedPassword = "unchanged"

    /// - Parameters:
    ///   - value: an object, or an address such as `socks5://user:password@host:1080`.
    ///   - old: what was chosen before; its password stays where none is sent, as long as it goes to the same proxy.
    public init(_ value: JSONValue, path: String, over old: ProxyChoice? = nil) throws(FieldFault) {
        if let url = value.string {
            do throws(FieldFault) {
                self = .proxy(try NetworkProxy(url: url))
            } catch {
                throw FieldFault(path, "\(error.field) \(error.message)")
            }
            return
        }
        let fields = try JSONFields(value, path: path)
        var type = try fields.string("type", maximum: 20)?.lowercased() ?? NetworkProxy.Kind.http.rawValue
        if type == "direct" {
            self = .direct
            return
        }
        if type == "socks5h" { type = "socks5" }
        guard let kind = NetworkProxy.Kind(rawValue: type) else {
            throw FieldFault(fields.path("type"), "must be one of http, https, socks5, direct")
        }
        guard var host = try fields.string("host", maximum: 300), !host.isEmpty else {
            throw FieldFault(fields.path("host"), "required")
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        var username = try fields.string("username", maximum: 255)
        if username?.isEmpty == true { username = nil }
        let port = try Self.port(fields)
        var password = try Self.password(fields)
        if password == nil, username != nil, !fields.has("password") || fields.value("password") != nil,
            case .proxy(let known) = old, known.password != nil
        {
            guard known.host == host.lowercased(), known.port == port, known.username == username, known.kind == kind
            else {
                // It must not follow to another place because somebody changed that alone.
                throw FieldFault(
                    fields.path("password"), "must be sent again (or null) when the proxy or its user changes")
            }
            password = known.password
        }
        self = .proxy(
            try NetworkProxy(
                checking: kind, host: host, port: port, username: username,
                password: password?.isEmpty == true ? nil : password,
                path: fields.path("")))
    }

    /// A number, or the text of one, as forms send it.
    private static func port(_ fields: JSONFields) throws(FieldFault) -> Int {
        let value = fields.value("port")
        guard let port = value?.int ?? value?.string.flatMap({ Int($0) }), (1...65535).contains(port) else {
            throw FieldFault(fields.path("port"), "must be a whole number from 1 to 65535")
        }
        return port
    }

    /// - Returns: nil when the old one is meant, empty for none.
    private static func password(_ fields: JSONFields) throws(FieldFault) -> String? {
        guard fields.has("password") else { return nil }
        guard let value = fields.value("password") else { return "" }
        // Not trimmed: spaces may be part of it.
        guard let text = value.string else { throw FieldFault(fields.path("password"), "must be a string") }
        return text == unchangedPassword ? nil : text
    }

    /// An object of its own.
    /// - Parameter showsSecret: else only whether there is a password.
    public func write(into writer: inout JSONWriter, showsSecret: Bool = false) {
        writer.beginObject()
        writer.key("type")
        switch self {
        case .direct: writer.string("direct")
        case .proxy(let proxy):
            writer.string(proxy.kind.rawValue)
            writer.key("host")
            writer.string(proxy.host)
            writer.key("port")
            writer.value(proxy.port)
            if let username = proxy.username {
                writer.key("username")
                writer.string(username)
            }
            if showsSecret {
                if let password = proxy.password {
                    writer.key("password")
                    writer.string(password)
                }
            } else {
                writer.key("hasPassword")
                writer.value(proxy.password != nil)
            }
        }
        writer.endObject()
    }

    /// Reads what ``write(into:showsSecret:)`` wrote with its secret.
    public init(stored value: JSONValue) throws(FieldFault) { try self.init(value, path: "proxy") }
}

extension ProxySettings.Options {
    public static let names: Set<String> = ["noProxy", "bypassLoopback", "testUrl"]

    /// Takes over the members that are there; `null` takes one back to its default.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        if fields.has("noProxy") {
            let includesLoopback = bypass.includesLoopback
            bypass = try ProxyBypass(
                rules: try Self.list(fields), path: fields.path("noProxy"))
            bypass.includesLoopback = includesLoopback
        }
        try fields.read("bypassLoopback", into: &bypass.includesLoopback, default: true) { value throws(FieldFault) in
            try fields.read("bypassLoopback", into: &value)
        }
        if fields.has("testUrl") {
            testURL = try fields.string("testUrl", maximum: 2000).flatMap { $0.isEmpty ? nil : $0 }
            if let testURL, let objection = UpstreamAddressPolicy.objection(to: testURL) {
                throw FieldFault(fields.path("testUrl"), objection)
            }
        }
    }

    /// An array, or one text with commas between, as the environment has it.
    private static func list(_ fields: JSONFields) throws(FieldFault) -> [String] {
        guard fields.value("noProxy")?.string != nil else {
            return try fields.strings("noProxy", maximum: 300, count: 1000) ?? []
        }
        let text = try fields.string("noProxy", maximum: 10_000) ?? ""
        return text.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }

    /// Members of an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.strings("noProxy", bypass.rules.map(\.description))
        writer.key("bypassLoopback")
        writer.value(bypass.includesLoopback)
        writer.key("testUrl")
        if let testURL { writer.string(testURL) } else { writer.null() }
    }
}
