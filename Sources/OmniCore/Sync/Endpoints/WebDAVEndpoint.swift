/// A file of a WebDAV server (RFC 4918).
struct WebDAVEndpoint: SyncEndpoint {
    let calls: SyncCalls
    private let folder: UpstreamEndpoint
    private let name: String
    private let headers: [(name: String, value: String)]

    init(_ place: SyncPlace, calls: SyncCalls) throws(SyncFault) {
        guard var folder = UpstreamEndpoint(url: place.url) else {
            throw SyncFault(.invalid, "the address of the WebDAV folder is none")
        }
        while folder.path.hasSuffix("/") { folder.path.removeLast() }
        self.calls = calls
        self.folder = folder
        name = place.name
        if let token = place.secrets["token"] {
            headers = [("authorization", "Bearer \(token)")]
        } else if let user = place.user {
            let pair = "\(user):\(place.secrets["password"] ?? "")"
            headers = [("authorization", "Basic " + Base64URL.paddedText(Array(pair.utf8)))]
        } else {
            headers = []
        }
    }

    func fetch(_ object: SyncObject) async throws(SyncFault) -> StoredSync? {
        let answer = try await calls.send("GET", address(object), headers)
        if answer.status == 404 { return nil }
        try SyncCalls.check(answer.status, doing: "reading")
        return try SyncCalls.stored(answer)
    }

    func store(_ bytes: [UInt8], as object: SyncObject, replacing version: String?) async throws(SyncFault) {
        // A weak one never matches (RFC 9110, chapter 13.1.1), and says too little to be replaced by.
        if let version, version.hasPrefix("W/") {
            throw SyncFault(.unconditional, "the server gives weak ETags only: two machines would overwrite each other")
        }
        let fields =
            headers + [SyncCalls.condition(replacing: version), ("content-type", "application/octet-stream")]
        var answer = try await calls.send("PUT", address(object), fields, body: bytes)
        // 409 means that a folder above is missing (RFC 4918, chapter 9.7.1).
        if answer.status == 409, try await makeFolders() {
            answer = try await calls.send("PUT", address(object), fields, body: bytes)
        }
        guard answer.status != 409 else {
            throw SyncFault(.refused, "the folder does not exist on the WebDAV server and cannot be made")
        }
        try SyncCalls.check(answer.status, doing: "writing")
    }

    func remove(_ object: SyncObject) async throws(SyncFault) {
        let answer = try await calls.send("DELETE", address(object), headers)
        if answer.status != 404 { try SyncCalls.check(answer.status, doing: "removing") }
    }

    private func address(_ object: SyncObject) -> UpstreamEndpoint {
        var address = folder
        address.path += "/\(name)\(object.suffix)"
        return address
    }

    /// Makes the folders that are missing; what is there already refuses to be made once more, which does no harm.
    /// - Returns: whether any was made.
    private func makeFolders() async throws(SyncFault) -> Bool {
        var isMade = false
        var address = folder
        address.path = ""
        for part in folder.path.split(separator: "/") + name.split(separator: "/").dropLast() {
            address.path += "/\(part)"
            let answer = try await calls.send("MKCOL", address, headers)
            isMade = isMade || (200..<300).contains(answer.status)
        }
        return isMade
    }
}
