import NIOHTTP1

/// Request line and fields of a request, as far as the data plane asks for them.
struct RequestHead {
    let method: HTTPMethod
    let fields: RequestFields
    /// Whether the client understands bodies in chunks, as everybody does since HTTP/1.1.
    let takesChunks: Bool
    /// Whether the client wants to go on with its connection.
    let keepsAlive: Bool
    /// The length of the body, where the head tells it.
    let length: Int?
    /// Where the fields keep the target.
    private let target: Range<Int>
    /// The path, where it is one of those nearly all requests have.
    let commonPath: String?

    init(
        method: HTTPMethod, target: Range<Int>, fields: RequestFields, takesChunks: Bool, keepsAlive: Bool,
        length: Int?,
        commonPath: String?
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.takesChunks = takesChunks
        self.keepsAlive = keepsAlive
        self.length = length
        self.commonPath = commonPath
    }

    /// A head that NIO's decoder has read.
    init(_ head: HTTPRequestHead) {
        let fields = RequestFields(head.headers, after: head.uri)
        self.init(
            method: head.method, target: 0..<head.uri.utf8.count, fields: fields,
            takesChunks: head.version.major == 1 && head.version.minor >= 1, keepsAlive: head.isKeepAlive,
            length: fields[.contentLength].flatMap { Int($0) }, commonPath: nil)
    }

    /// The target of the request: path and query.
    var uri: String { fields.text(at: target) }
}
