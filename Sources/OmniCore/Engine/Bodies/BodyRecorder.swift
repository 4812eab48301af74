import NIOCore

/// Passes an answer on to its client and keeps its beginning for the log of bodies.
final class BodyRecorder: ResponseWriter, @unchecked Sendable {  // SAFETY: used on the request's loop only
    private let client: any ResponseWriter
    private let log: BodyLog
    private var entry: BodyEntry
    /// Whether nothing more is kept: there is enough, or no room.
    private var isFull = false

    /// Hands the request over at once: it must not wait in memory for the end of a long stream.
    init(_ client: any ResponseWriter, request: InferenceRequest, log: BodyLog, limit: Int) {
        self.client = client
        self.log = log
        entry = BodyEntry(
            requestID: request.id, startedAt: request.receivedAt, kind: .response, bytes: [], length: 0, limit: limit)
        var asked = entry
        asked.kind = .request
        asked.bytes = request.body
        asked.length = request.bodyLength
        log.offer(asked)
    }

    var isClosed: Bool { client.isClosed }

    func attempting(_ request: ActiveRequest) { client.attempting(request) }
    func metered(_ record: UsageRecord) { client.metered(record) }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        client.respond(status: status, headers: headers, body: body)
        keep(body)
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        client.start(status: status, headers: headers, body: body)
        keep(body)
    }

    func write(_ body: ByteBuffer) async {
        keep(body)
        await client.write(body)
    }

    func finish(_ body: ByteBuffer) {
        client.finish(body)
        keep(body)
    }

    /// The request is over; what came of its answer is handed over.
    func end() {
        guard entry.length > 0 else { return }
        log.offer(entry, isReserved: true)
    }

    private func keep(_ body: ByteBuffer) {
        entry.length += body.readableBytes
        let count = min(body.readableBytes, entry.limit - entry.bytes.count)
        guard !isFull, count > 0 else { return }
        guard log.reserve(count) else {
            isFull = true
            return
        }
        entry.bytes.append(contentsOf: body.readableBytesView.prefix(count))
    }
}
