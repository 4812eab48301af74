import Crypto

/// Signs requests as Amazon's services and those that are like them want it.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (checked 2026-11-26)
struct SignatureV4: Sendable {
    let accessKey: String
    let secretKey: String
    /// For credentials that last a while only.
    let sessionToken: String?
    let region: String
    let service: String

    /// The headers that make a request valid.
    /// - Parameters:
    ///   - path: as it is sent, without a query. time: milliseconds since 1970.
    func headers(
        method: String, host: String, path: String, body: [UInt8], at time: Int64
    ) -> [(name: String, value: String)] {
        let stamp = Self.stamp(time)
        let digest = Self.digest(body)
        var signed = [
            (name: "host", value: host), (name: "x-amz-content-sha256", value: digest),
            (name: "x-amz-date", value: stamp),
        ]
        if let sessionToken { signed.append(("x-amz-security-token", sessionToken)) }
        let names = signed.map(\.name).joined(separator: ";")
        let canonical =
            [method, path, ""].joined(separator: "\n") + "\n"
            + signed.map { "\($0.name):\($0.value)\n" }.joined() + "\n\(names)\n\(digest)"
        let day = String(stamp.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(Self.digest(Array(canonical.utf8)))"
        var key = Array("AWS4\(secretKey)".utf8)
        for part in [day, region, service, "aws4_request"] { key = Self.code(part, key: key) }
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope), SignedHeaders=\(names), "
            + "Signature=\(Self.code(text, key: key).hexadecimal)"
        // The transport writes the host itself.
        return signed.dropFirst() + [("authorization", authorization)]
    }

    private static func code(_ text: String, key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }

    private static func digest(_ bytes: [UInt8]) -> String { Array(SHA256.hash(data: bytes)).hexadecimal }

    /// `20260225T100000Z`.
    static func stamp(_ time: Int64) -> String {
        ISOTime.string(time).prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
