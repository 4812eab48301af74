import NIOCore
import OmniCore
import Synchronization

/// Keeps an answer whole.
///
/// A program that shows streams would pass the pieces on instead.
final class AnswerCollector: ResponseWriter {
    private let state = Mutex((status: 0, body: ByteBuffer()))

    /// The answer once the engine has returned.
    var answer: (status: Int, body: ByteBuffer) { state.withLock { $0 } }

    /// True would tell the engine that nobody waits any more.
    var isClosed: Bool { false }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        state.withLock { $0 = (status, body) }
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        state.withLock { $0 = (status, body) }
    }

    func write(_ body: ByteBuffer) async { append(body) }

    func finish(_ body: ByteBuffer) { append(body) }

    private func append(_ bytes: ByteBuffer) {
        state.withLock { state in _ = state.body.writeImmutableBuffer(bytes) }
    }
}
