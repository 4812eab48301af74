public import NIOCore

/// Takes the answer to one request, wherever it goes: a client's socket or an embedding program.
///
/// Either ``respond(status:headers:body:)`` is called once, or ``start(status:headers:body:)`` once, then ``write(_:)``
/// any number of times and ``finish(_:)`` or ``breakOff()`` once. Confined to the request's event loop.
public protocol ResponseWriter: AnyObject, Sendable {
    /// An attempt begins; for whoever shows what is going on.
    func attempting(_ request: ActiveRequest)
    /// The tokens and the cost of the answer are known, or as well as they will be; before its last bytes.
    func metered(_ record: UsageRecord)
    /// Sends a complete answer.
    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer)
    /// Begins a streamed answer with its first bytes, sent at once.
    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer)
    /// Sends more of a streamed answer; suspends while the client takes no more.
    func write(_ body: ByteBuffer) async
    /// Sends the last bytes of a streamed answer, possibly none, and ends it in order.
    func finish(_ body: ByteBuffer)
    /// Breaks a streamed answer off so that the client sees that it is not whole, where its bytes cannot say so.
    func breakOff()
    /// Whether the client went away; then nothing more needs to be written.
    var isClosed: Bool { get }
}

extension ResponseWriter {
    public func breakOff() { finish(ByteBuffer()) }
    public func attempting(_ request: ActiveRequest) {}
    public func metered(_ record: UsageRecord) {}
}
