import OmniJSON

/// Another router, which keeps what it cannot read.
struct PeerEndpoint: SyncEndpoint {
    let calls: SyncCalls
    private let address: UpstreamEndpoint
    private let headers: [(name: String, value: String)]

    init(_ place: SyncPlace, calls: SyncCalls) throws(SyncFault) {
        guard let base = UpstreamEndpoint(url: place.url) else {
            throw SyncFault(.invalid, "the address of the other router is none")
        }
        var address = base
        // Folders mean nothing there: it keeps names.
        let name = place.name.split(separator: "/").joined(separator: ".")
        address.path = (base.path == "/" ? "" : base.path) + "/api/sync/bundles/\(name)"
        self.calls = calls
        self.address = address
        headers = [("authorization", "Bearer \(place.secrets["token"] ?? "")")]
    }

    func fetch(_ object: SyncObject) async throws(SyncFault) -> StoredSync? {
        var answer = try await calls.send("GET", address(object), headers)
        if answer.status == 404 {
            // Of something else that happens to listen there.
            guard Self.text("code", in: answer.body, below: "error") == "not_found" else {
                throw SyncFault(.refused, "the endpoint is no router that keeps bundles")
            }
            return nil
        }
        try SyncCalls.check(answer.status, doing: "reading")
        guard let contents = Self.text("contents", in: answer.body),
            let bytes = Base64URL.bytes(Self.urlLetters(contents))
        else {
            throw SyncFault(.damaged, "the other router answered with something else")
        }
        answer.body = bytes
        return try SyncCalls.stored(answer)
    }

    func store(_ bytes: [UInt8], as object: SyncObject, replacing version: String?) async throws(SyncFault) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.optional("contents", Base64URL.paddedText(bytes))
        writer.endObject()
        let answer = try await calls.send(
            "PUT", address(object),
            headers + [SyncCalls.condition(replacing: version), ("content-type", "application/json")],
            body: writer.bytes)
        try SyncCalls.check(answer.status, doing: "writing")
    }

    func remove(_ object: SyncObject) async throws(SyncFault) {
        let answer = try await calls.send("DELETE", address(object), headers)
        if answer.status != 404 { try SyncCalls.check(answer.status, doing: "removing") }
    }

    private func address(_ object: SyncObject) -> UpstreamEndpoint {
        var address = address
        address.path += object.suffix
        return address
    }

    private static func urlLetters(_ text: String) -> String {
        let letters = text.utf8.map { letter in
            switch letter {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: letter
            }
        }
        return String(decoding: letters, as: UTF8.self)
    }

    private static func text(_ name: StaticString, in body: [UInt8], below parent: StaticString? = nil) -> String? {
        // What is no JSON has no such member.
        guard let value = try? JSONValue(parsing: body) else { return nil }
        guard let parent else { return value.present(name)?.string }
        return value.present(parent)?.present(name)?.string
    }
}
