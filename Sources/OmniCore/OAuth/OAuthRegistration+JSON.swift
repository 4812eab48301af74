public import OmniJSON

/// Registrations as the catalogue, the store and the management API write them.
extension OAuthRegistration {
    public static let names: Set<String> = [
        "name", "provider", "authorizeUrl", "tokenUrl", "deviceUrl", "revocationUrl", "scopes", "authorizeParameters",
        "tokenParameters", "pkce", "clientAuthentication", "tokenHeader", "tokenPrefix", "headers", "clientId",
        "clientSecret",
    ]

    /// Takes over the members that are there; `null` takes one back.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        if fields.has("name") { name = try fields.filled("name", maximum: 200) }
        if fields.has("provider") { provider = try fields.filled("provider", maximum: 200) }
        if fields.has("authorizeUrl") { authorizeURL = try Self.address("authorizeUrl", in: fields) }
        if fields.has("tokenUrl") { tokenURL = try Self.address("tokenUrl", in: fields) }
        if fields.has("deviceUrl") { deviceURL = try Self.address("deviceUrl", in: fields) }
        if fields.has("revocationUrl") { revocationURL = try Self.address("revocationUrl", in: fields) }
        if fields.has("scopes") { scopes = try fields.strings("scopes", maximum: 500, count: 100) }
        if fields.has("authorizeParameters") { authorizeParameters = try Self.texts("authorizeParameters", in: fields) }
        if fields.has("tokenParameters") { tokenParameters = try Self.texts("tokenParameters", in: fields) }
        try fields.read("pkce", into: &usesPKCE)
        if fields.has("clientAuthentication") { clientAuthentication = try fields.choice("clientAuthentication") }
        if fields.has("tokenHeader") {
            tokenHeader = try fields.filled("tokenHeader", maximum: 100)?.lowercased()
            if let tokenHeader { try Self.check(header: tokenHeader, at: fields.path("tokenHeader")) }
        }
        if fields.has("tokenPrefix") { tokenPrefix = try Self.prefix(in: fields) }
        if fields.has("headers") {
            headers = try Self.texts("headers", in: fields)
            for name in headers?.keys.sorted() ?? [] { try Self.check(header: name, at: fields.path("headers")) }
        }
        if fields.has("clientId") { clientID = try fields.filled("clientId", maximum: 1000) }
        if fields.has("clientSecret") { clientSecret = try fields.filled("clientSecret", maximum: 10_000) }
    }

    /// Members of an object that was begun.
    /// - Parameter showsSecret: else only whether there is one.
    public func writeMembers(into writer: inout JSONWriter, showsSecret: Bool) {
        func write(_ name: StaticString, _ text: String?) {
            guard let text else { return }
            writer.key(name)
            writer.string(text)
        }
        func write(_ name: StaticString, _ texts: [String: String]?) {
            guard let texts else { return }
            writer.key(name)
            writer.beginObject()
            for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
                writer.key(JSONText(name))
                writer.string(text)
            }
            writer.endObject()
        }
        write("name", name)
        write("provider", provider)
        write("authorizeUrl", authorizeURL)
        write("tokenUrl", tokenURL)
        write("deviceUrl", deviceURL)
        write("revocationUrl", revocationURL)
        if let scopes { writer.strings("scopes", scopes) }
        write("authorizeParameters", authorizeParameters)
        write("tokenParameters", tokenParameters)
        writer.optional("pkce", usesPKCE)
        write("clientAuthentication", clientAuthentication?.rawValue)
        write("tokenHeader", tokenHeader)
        write("tokenPrefix", tokenPrefix)
        write("headers", headers)
        write("clientId", clientID)
        if showsSecret {
            write("clientSecret", clientSecret)
        } else {
            writer.optional("hasClientSecret", clientSecret != nil)
        }
    }

    /// An address that secrets may be sent to: encrypted, or inside the person's own network.
    private static func address(_ name: StaticString, in fields: JSONFields) throws(FieldFault) -> String? {
        guard let url = try fields.filled(name, maximum: 2000) else { return nil }
        let path = fields.path("\(name)")
        if let objection = UpstreamAddressPolicy.objection(to: url) { throw FieldFault(path, objection) }
        guard let endpoint = UpstreamEndpoint(url: url) else { throw FieldFault(path, "must be a URL") }
        let isOwn = UpstreamAddressPolicy.objection(toHost: endpoint.host, among: .publicOnly) != nil
        guard endpoint.scheme == .https || isOwn else { throw FieldFault(path, "must be an https URL") }
        return url
    }

    private static func texts(_ name: StaticString, in fields: JSONFields) throws(FieldFault) -> [String: String]? {
        guard let nested = try fields.nested(name) else { return nil }
        var texts: [String: String] = [:]
        for (name, value) in nested.members {
            guard let text = value.string, text.utf8.count <= 2000, Credential.objection(to: text) == nil,
                !name.isEmpty, name.utf8.count <= 200, Credential.objection(to: name) == nil
            else { throw FieldFault(nested.path(name), "must be a string of printable ASCII") }
            texts[name] = text
        }
        guard texts.count <= 50 else { throw FieldFault(fields.path("\(name)"), "more than 50 members") }
        return texts
    }

    /// Read as it is: the space at its end counts.
    private static func prefix(in fields: JSONFields) throws(FieldFault) -> String? {
        guard let value = fields.value("tokenPrefix") else { return nil }
        guard let text = value.string, text.utf8.count <= 100, Credential.objection(to: text) == nil else {
            throw FieldFault(fields.path("tokenPrefix"), "must be a short string of printable ASCII")
        }
        return text
    }

    private static func check(header name: String, at path: String) throws(FieldFault) {
        // RFC 9110, chapter 5.6.2; and those that the transport writes itself.
        let isToken =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
        let own = ["host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"]
        guard isToken, !own.contains(name.lowercased()) else {
            throw FieldFault(path, "'\(name.prefix(100))' is no header that can be set")
        }
    }
}

extension JSONFields {
    /// A string with something in it; nil when absent, null or empty.
    fileprivate func filled(_ name: StaticString, maximum: Int) throws(FieldFault) -> String? {
        guard let text = try string(name, maximum: maximum), !text.isEmpty else { return nil }
        if let objection = Credential.objection(to: text) { throw FieldFault(path("\(name)"), objection) }
        return text
    }
}
