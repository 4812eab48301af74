import NIOCore
import OmniTranslate

/// Tells a client that asked for it how its stream gets on, between the events it is sent anyway.
final class ProgressWriter: ResponseWriter, @unchecked Sendable {  // SAFETY: used on the request's loop only
    private let client: any ResponseWriter
    private let format: WireFormat
    private let clock: any RouterClock
    private let startedAt: UInt64
    private let keepAlive: [UInt8]
    private var attempts = 0
    private var queuedMS = 0
    /// Present while an event stream is under way.
    private var inserter: ProgressInserter?
    private var countedTokens: Int?

    init(_ client: any ResponseWriter, format: WireFormat, clock: any RouterClock) {
        self.client = client
        self.format = format
        self.clock = clock
        startedAt = clock.monotonicNanoseconds()
        keepAlive = StreamKeepAlive.frame(for: format)
    }

    var isClosed: Bool { client.isClosed }

    func attempting(_ request: ActiveRequest) {
        attempts += 1
        queuedMS = elapsedMS
        client.attempting(request)
    }

    func metered(_ record: UsageRecord) {
        if !record.isEstimated { countedTokens = record.outputTokens + record.reasoningTokens }
        client.metered(record)
    }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        client.respond(status: status, headers: headers, body: body)
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        let isEventStream = headers.contains { $0.name == "content-type" && $0.value.hasPrefix("text/event-stream") }
        guard isEventStream else { return client.start(status: status, headers: headers, body: body) }
        inserter = ProgressInserter(
            format: format, beginning: .init(attempt: attempts, queuedMS: queuedMS, firstByteMS: elapsedMS))
        guard inserter != nil else { return client.start(status: status, headers: headers, body: body) }
        client.start(
            status: status, headers: headers + [("x-omniroute-progress", "enabled")],
            body: ByteBuffer(bytes: push(body)))
    }

    func write(_ body: ByteBuffer) async {
        let bytes = passed(body)
        if bytes.readableBytes > 0 { await client.write(bytes) }
    }

    func finish(_ body: ByteBuffer) {
        guard inserter != nil else { return client.finish(body) }
        var output = push(body)
        inserter?.countedTokens = countedTokens
        inserter?.finish(at: elapsedMS, into: &output)
        inserter = nil
        client.finish(ByteBuffer(bytes: output))
    }

    func breakOff() { client.breakOff() }

    /// What the client receives; progress takes the place of a keep-alive when it is due.
    private func passed(_ body: ByteBuffer) -> ByteBuffer {
        guard inserter != nil else { return body }
        var output: [UInt8] = []
        if body.readableBytesView.elementsEqual(keepAlive), inserter?.pause(at: elapsedMS, into: &output) == true {
            return ByteBuffer(bytes: output)
        }
        return ByteBuffer(bytes: push(body))
    }

    private func push(_ body: ByteBuffer) -> [UInt8] {
        var output: [UInt8] = []
        let elapsed = elapsedMS
        body.withUnsafeReadableBytes { inserter?.push($0, at: elapsed, into: &output) }
        return output
    }

    private var elapsedMS: Int { Int((clock.monotonicNanoseconds() &- startedAt) / 1_000_000) }
}
