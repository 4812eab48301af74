import Crypto

/// An object of an S3-compatible bucket.
///
/// Two machines cannot overwrite each other by conditional writes:
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html (checked 2026-11-26).
struct S3Endpoint: SyncEndpoint {
    let calls: SyncCalls
    let clock: any RouterClock
    private let address: UpstreamEndpoint
    private let signature: SignatureV4

    init(_ place: SyncPlace, calls: SyncCalls, clock: any RouterClock) throws(SyncFault) {
        guard let base = UpstreamEndpoint(url: place.url), let bucket = place.bucket else {
            throw SyncFault(.invalid, "the address of the bucket is none")
        }
        self.calls = calls
        self.clock = clock
        var address = base
        let folder = base.path == "/" ? "" : base.path
        let isAmazon = base.host.lowercased().hasSuffix(".amazonaws.com")
        if place.usesPathStyle ?? !isAmazon {
            address.path = "\(folder)/\(bucket)/\(place.name)"
        } else {
            address = base.onHost("\(bucket).\(base.host)")
            address.path = "\(folder)/\(place.name)"
        }
        self.address = address
        signature = SignatureV4(
            accessKey: place.user ?? "", secretKey: place.secrets["secretAccessKey"] ?? "",
            sessionToken: place.secrets["sessionToken"], region: place.region, service: "s3")
    }

    func fetch(_ object: SyncObject) async throws(SyncFault) -> StoredSync? {
        let answer = try await send("GET", object)
        if answer.status == 404 { return nil }
        try SyncCalls.check(answer.status, doing: "reading")
        return try SyncCalls.stored(answer)
    }

    func store(_ bytes: [UInt8], as object: SyncObject, replacing version: String?) async throws(SyncFault) {
        let answer = try await send(
            "PUT", object,
            headers: [SyncCalls.condition(replacing: version), ("content-type", "application/octet-stream")],
            body: bytes)
        // What was to be replaced is gone.
        if answer.status == 404, version != nil { try SyncCalls.check(412, doing: "writing") }
        try SyncCalls.check(answer.status, doing: "writing")
    }

    func remove(_ object: SyncObject) async throws(SyncFault) {
        let answer = try await send("DELETE", object)
        if answer.status != 404 { try SyncCalls.check(answer.status, doing: "removing") }
    }

    private func send(
        _ method: String, _ object: SyncObject, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws(SyncFault) -> SyncCalls.Answer {
        var address = address
        address.path += object.suffix
        let signed = signature.headers(
            method: method, host: address.authority, path: address.path, body: body, at: clock.wallMilliseconds())
        return try await calls.send(method, address, headers + signed, body: body)
    }
}
