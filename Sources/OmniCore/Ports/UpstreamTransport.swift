public import NIOCore

/// Carries one request to an upstream and its answer back.
///
/// Implemented over sockets and by the simulator.
public protocol UpstreamTransport: Sendable {
    /// Sends a request and waits for the head of its answer.
    ///
    /// Runs on `eventLoop`, whose thread must be the caller's; cancelling the task abandons the call.
    func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange
}

/// One answer being received.
///
/// Confined to the event loop it was opened on.
public protocol UpstreamExchange: AnyObject, Sendable {
    /// The HTTP status.
    var status: Int { get }
    /// The response headers whose names begin as asked for, as they came.
    ///
    /// - Parameter isMeant: given the first letter in lower case: names are made into strings only where it is one of those.
    func headers(where isMeant: (_ initial: UInt8) -> Bool) -> [(name: String, value: String)]
    /// The first value of a response header, matched without regard to case.
    func header(_ name: String) -> String?
    /// Whether the first value of a response header begins so, without regard to case in either.
    func header(_ name: String, beginsWith prefix: String) -> Bool
    /// The next piece of the body. After `.end` or an error it must not be called again.
    ///
    /// Reading is on demand but for a bounded amount: while this is not called, at most some hundred KiB are taken from
    /// the socket, and then the upstream must wait.
    func next() async throws(TransportError) -> UpstreamPiece
    /// Gives the answer up; the connection is not reused. Harmless after the end.
    func abandon()
}

extension UpstreamExchange {
    public func header(_ name: String, beginsWith prefix: String) -> Bool {
        header(name)?.lowercased().hasPrefix(prefix) == true
    }

    /// Reads the whole body.
    ///
    /// - Throws: ``TransportError``, of code tooLarge for a body of more than `limit` bytes, which is given up.
    public func collect(limit: Int) async throws(TransportError) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            switch try await next() {
            case .bytes(let bytes):
                guard body.count + bytes.readableBytes <= limit else {
                    abandon()
                    throw TransportError(.tooLarge, "the upstream's answer is larger than \(limit) bytes")
                }
                body.append(contentsOf: bytes.readableBytesView)
            case .silence: continue
            case .end: return body
            }
        }
    }
}

/// What a wait for an answer's body brought.
public enum UpstreamPiece: Sendable {
    /// Bytes as read from the socket; never empty.
    case bytes(ByteBuffer)
    /// Nothing came for ``UpstreamDeadlines/silence``; the answer goes on.
    case silence
    case end
}

/// A request to an upstream, ready to be written.
public struct UpstreamRequest: Sendable {
    public var endpoint: UpstreamEndpoint
    public var method: String = "POST"
    /// Headers besides `host` and `content-length`, which the transport writes.
    public var headers: [(name: String, value: String)]
    public var body: ByteBuffer
    /// A file that follows the body; nil for nearly all requests.
    public var upload: UpstreamUpload?
    public var deadlines: UpstreamDeadlines
    /// Whether the call may be sent again after a connection died without an answer.
    public var isSafeToRepeat = true
    /// For transports without sockets: the upstream's model and format, and what real ones read from the address.
    public var target: Target
    public var isStreaming = false
    public var usesArrayFraming = false
    /// Which addresses may be called, also when a name leads to them.
    public var addresses = UpstreamAddressPolicy.Scope.configured

    public init(
        endpoint: UpstreamEndpoint, headers: [(name: String, value: String)], body: ByteBuffer,
        deadlines: UpstreamDeadlines, target: Target
    ) {
        self.endpoint = endpoint
        self.headers = headers
        self.body = body
        self.deadlines = deadlines
        self.target = target
    }
}

/// How long each part of an upstream call may take.
public struct UpstreamDeadlines: Sendable, Hashable {
    /// From the first packet to an open connection, TLS included.
    ///
    /// Default: 10 s.
    public var connect: Duration = .seconds(10)
    /// From the request to the first piece of the answer's body.
    ///
    /// Default: 300 s; reasoning models think long.
    public var firstEvent: Duration = .seconds(300)
    /// The longest silence between two pieces of the body.
    ///
    /// Default: 120 s.
    public var betweenEvents: Duration = .seconds(120)
    /// The whole call.
    ///
    /// Default: 600 s.
    public var total: Duration = .seconds(600)
    /// The time without a byte after which a wait ends with ``UpstreamPiece/silence``.
    ///
    /// Default: 15 s.
    public var silence: Duration = .seconds(15)

    public init() {}
}

/// Why an upstream call failed below HTTP.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case invalidAddress, resolutionFailed, connectionRefused, connectTimeout, tlsFailed, connectionLost
        case firstEventTimeout, stalled, totalTimeout, cancelled, protocolViolation, unsupportedEncoding, tooLarge
        /// Between here and the network proxy: nothing is known of the upstream.
        case proxyUnresolvable, proxyRefused, proxyTimeout, proxyTLSFailed
        /// The proxy wants other credentials, or any.
        case proxyAuthentication
        /// The proxy does not lead there, or has broken off.
        case proxyDenied, proxyFailed
        /// The file that was to be sent can no longer be read here.
        case uploadLost
    }

    public let code: Code
    /// For people; no secret and no address.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
