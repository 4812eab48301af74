import NIOCore
import OmniCore
import Synchronization

/// Keeps what a client would have received.
final class RecordingWriter: ResponseWriter {
    enum Call: Sendable, Hashable { case respond, start, write, finish }

    struct Received: Sendable {
        var calls: [Call] = []
        var status: Int?
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
        /// What came with the head, when the answer is streamed.
        var firstBytes: [UInt8] = []
        /// How many pieces of upstream answers had been read when the head was sent.
        var readsBeforeHead: Int?
        /// How many records there were when the answer's last byte was written.
        var recordsBeforeEnd: Int?
        /// The same, where the end of a stream brings no byte of its own.
        var recordsBeforeLastByte: Int?

        var text: String { String(decoding: body, as: UTF8.self) }

        /// All values of a header.
        func header(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

        /// Whether the calls are one whole answer.
        var isWhole: Bool {
            calls == [.respond]
                || calls.first == .start && calls.last == .finish
                    && calls.dropFirst().dropLast().allSatisfy { $0 == .write }
        }
    }

    private let state = Mutex(Received())
    private let closed = Mutex(false)
    private let transport: ScriptedTransport
    private let recorder: RecordKeeper?

    init(_ transport: ScriptedTransport, recorder: RecordKeeper? = nil) {
        self.transport = transport
        self.recorder = recorder
    }

    var received: Received { state.withLock { $0 } }

    var isClosed: Bool { closed.withLock { $0 } }

    /// The client goes away.
    func close() { closed.withLock { $0 = true } }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        head(.respond, status, headers, body)
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        head(.start, status, headers, body)
        state.withLock { $0.firstBytes = Array(body.readableBytesView) }
    }

    func write(_ body: ByteBuffer) async { take(.write, body) }

    func finish(_ body: ByteBuffer) { take(.finish, body) }

    private func head(_ call: Call, _ status: Int, _ headers: [(name: String, value: String)], _ body: ByteBuffer) {
        let reads = transport.reads
        state.withLock { state in
            state.status = status
            state.headers = headers
            state.readsBeforeHead = reads
        }
        take(call, body)
    }

    private func take(_ call: Call, _ body: ByteBuffer) {
        let records = recorder?.records.count
        state.withLock { state in
            if call == .respond || call == .finish { state.recordsBeforeEnd = records }
            if body.readableBytes > 0 { state.recordsBeforeLastByte = records }
            state.calls.append(call)
            state.body.append(contentsOf: body.readableBytesView)
        }
    }
}
