import NIOCore

/// Passes an answer on to its client and keeps it for whoever asked the same.
///
/// The run is told its end as soon as the whole answer was given to the client, so that nobody waits for more.
final class AnswerRecorder: ResponseWriter, @unchecked Sendable {  // SAFETY: used on the request's loop only
    /// The run this answer belongs to.
    struct Subject {
        var key: IdempotencyKey
        var run: IdempotencyTable.Run
        var bodyDigest: [UInt8]
        var isDurable: Bool
    }

    private let client: any ResponseWriter
    private let memory: IdempotencyMemory
    private let subject: Subject
    private let clock: any RouterClock
    private var record = UsageRecord(requestID: "", startedAt: 0)
    private var status = 0
    private var headers: [IdempotentAnswer.Header] = []
    private var bytes: [UInt8] = []
    /// Whether the run was told its end, or that the answer is not kept.
    private var isOver = false

    init(_ client: any ResponseWriter, memory: IdempotencyMemory, subject: Subject, clock: any RouterClock) {
        self.client = client
        self.memory = memory
        self.subject = subject
        self.clock = clock
    }

    var isClosed: Bool { client.isClosed }

    func attempting(_ request: ActiveRequest) { client.attempting(request) }

    func metered(_ record: UsageRecord) {
        self.record = record
        client.metered(record)
    }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        client.respond(status: status, headers: headers, body: body)
        keepHead(status, headers)
        keep(body)
        complete(isStream: false)
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        client.start(status: status, headers: headers, body: body)
        keepHead(status, headers)
        keep(body)
    }

    func write(_ body: ByteBuffer) async {
        keep(body)
        await client.write(body)
    }

    func finish(_ body: ByteBuffer) {
        client.finish(body)
        keep(body)
        complete(isStream: true)
    }

    func breakOff() {
        client.breakOff()
        settle(with: nil)
    }

    /// The request is over; if its answer never became whole, the next one in line must try.
    func end() { settle(with: nil) }

    private func complete(isStream: Bool) {
        // A stream that broke after its head has a good status and an error code.
        let isGood = status < 400 ? record.errorCode == nil : true
        guard !isOver, isGood, IdempotentAnswer.isFinal(status: status) else { return settle(with: nil) }
        settle(
            with: IdempotentAnswer(
                key: subject.key, bodyDigest: subject.bodyDigest, completedAt: clock.wallMilliseconds(),
                status: status, headers: headers, isStream: isStream, bytes: bytes, record: record.forDuplicates()))
    }

    private func settle(with answer: IdempotentAnswer?) {
        guard !isOver else { return }
        memory.complete(subject.key, subject.run, with: answer, isDurable: subject.isDurable)
        forget()
    }

    private func keepHead(_ status: Int, _ headers: [(name: String, value: String)]) {
        self.status = status
        // A duplicate has its own.
        self.headers = headers.filter { !Self.ownHeaders.contains($0.name) }
            .map { IdempotentAnswer.Header(name: $0.name, value: $0.value) }
    }

    private static let ownHeaders: Set<String> = ["x-request-id", "request-id", "x-omniroute-overhead"]

    private func keep(_ body: ByteBuffer) {
        let count = body.readableBytes
        guard !isOver, count > 0 else { return }
        guard bytes.count + count <= IdempotencyMemory.maximumAnswerBytes, memory.reserve(count) else {
            memory.release(subject.key, subject.run)
            return forget()
        }
        bytes.append(contentsOf: body.readableBytesView)
    }

    private func forget() {
        isOver = true
        memory.free(bytes.count)
        bytes = []
        headers = []
    }
}
