public import OmniJSON

/// An endpoint's address and what it is shown.
///
/// Its description shows no secret.
public struct SyncPlace: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable { case s3, webdav, omniroute }

    public var kind: Kind
    /// Of the service, the folder or the other router; without a slash at the end.
    public var url: String
    /// Of the object below it.
    public var name = SyncPlace.usualName
    /// S3 only.
    public var bucket: String?
    public var region = "us-east-1"
    /// Whether the bucket stands in the path; nil to decide by the address: in Amazon's own it is part of the host name.
    public var usesPathStyle: Bool?
    /// The key of an S3 account, or the user of a WebDAV server.
    public var user: String?
    /// Secrets by their names in the API.
    public var secrets: [String: String] = [:]

    public static let usualName = "omniroute.sync"
    /// What each kind may be shown.
    private static let secretNames: [Kind: [StaticString]] = [
        .s3: ["secretAccessKey", "sessionToken"], .webdav: ["password", "token"], .omniroute: ["token"],
    ]

    public var description: String { "\(kind.rawValue) at \(url)" }

    /// - Parameter old: whose secrets stay, unless they would go elsewhere.
    public init(_ fields: JSONFields, old: SyncPlace?) throws(FieldFault) {
        guard let kind: Kind = try fields.choice("type") ?? old?.kind else {
            throw FieldFault(fields.path("type"), "required")
        }
        self.kind = kind
        var url = try fields.string("url", maximum: 2000) ?? (old?.kind == kind ? old?.url : nil) ?? ""
        while url.hasSuffix("/") { url.removeLast() }
        guard !url.isEmpty else { throw FieldFault(fields.path("url"), "required") }
        if let objection = UpstreamAddressPolicy.objection(to: url) { throw FieldFault(fields.path("url"), objection) }
        guard !url.contains("?") else { throw FieldFault(fields.path("url"), "must have no query") }
        try Self.refuseOpenRoad(url, at: fields.path("url"))
        self.url = url
        let isSame = old?.kind == kind && old?.url == url
        name = try Self.name(in: fields) ?? (isSame ? old?.name : nil) ?? Self.usualName
        user = isSame ? old?.user : nil
        secrets = isSame ? old?.secrets ?? [:] : [:]
        for secret in Self.secretNames[kind] ?? [] where fields.has(secret) {
            let text = try fields.string(secret, maximum: 5000) ?? ""
            if let objection = Credential.objection(to: text) { throw FieldFault(fields.path("\(secret)"), objection) }
            secrets["\(secret)"] = text.isEmpty ? nil : text
        }
        try readOthers(fields, old: isSame ? old : nil)
    }

    private mutating func readOthers(_ fields: JSONFields, old: SyncPlace?) throws(FieldFault) {
        let userName: StaticString = kind == .s3 ? "accessKeyId" : "username"
        if fields.has(userName) {
            let text = try fields.string(userName, maximum: 500) ?? ""
            if let objection = Credential.objection(to: text) {
                throw FieldFault(fields.path("\(userName)"), objection)
            }
            user = text.isEmpty ? nil : text
        }
        switch kind {
        case .s3:
            guard let bucket = try fields.string("bucket", maximum: 255) ?? old?.bucket, Self.isPlain(bucket) else {
                throw FieldFault(fields.path("bucket"), "must be the name of a bucket")
            }
            self.bucket = bucket
            region = try fields.string("region", maximum: 60) ?? old?.region ?? region
            guard Self.isPlain(region) else { throw FieldFault(fields.path("region"), "must be the name of a region") }
            usesPathStyle = old?.usesPathStyle
            try fields.read("pathStyle", into: &usesPathStyle)
            guard user != nil else { throw FieldFault(fields.path("accessKeyId"), "required") }
            guard secrets["secretAccessKey"] != nil else {
                throw FieldFault(fields.path("secretAccessKey"), "required")
            }
        case .omniroute:
            guard secrets["token"] != nil else { throw FieldFault(fields.path("token"), "required") }
        case .webdav: break
        }
    }

    /// Credentials go over the road in clear unless it is encrypted or the person's own network.
    private static func refuseOpenRoad(_ url: String, at path: String) throws(FieldFault) {
        guard let endpoint = UpstreamEndpoint(url: url) else { throw FieldFault(path, "must be a URL") }
        let isOwn = UpstreamAddressPolicy.objection(toHost: endpoint.host, among: .publicOnly) != nil
        guard endpoint.scheme == .https || isOwn else { throw FieldFault(path, "must be an https URL") }
    }

    private static func name(in fields: JSONFields) throws(FieldFault) -> String? {
        guard let name = try fields.string("name", maximum: 200), !name.isEmpty else { return nil }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ isPlain(String($0)) && $0 != "." && $0 != ".." }) else {
            throw FieldFault(fields.path("name"), "must be letters, digits, '-', '_' and '.', with '/' between folders")
        }
        return name
    }

    /// Letters and digits of ASCII, `-`, `_` and `.`.
    public static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// - Parameter showsSecrets: else only which there are.
    public func writeMembers(into writer: inout JSONWriter, showsSecrets: Bool) {
        writer.optional("type", kind.rawValue)
        writer.optional("url", url)
        writer.optional("name", name)
        writer.optional(kind == .s3 ? "accessKeyId" : "username", user)
        if kind == .s3 {
            writer.optional("bucket", bucket)
            writer.optional("region", region)
            writer.optional("pathStyle", usesPathStyle)
        }
        guard showsSecrets else {
            writer.strings("secrets", secrets.keys.sorted())
            return
        }
        for secret in Self.secretNames[kind] ?? [] { writer.optional(secret, secrets["\(secret)"]) }
    }
}
