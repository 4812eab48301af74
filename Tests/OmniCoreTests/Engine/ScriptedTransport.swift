import NIOCore
import OmniCore
import Synchronization
import Testing

/// An upstream that answers from a script and notes what it was sent.
final class ScriptedTransport: UpstreamTransport {
    /// The answer to one call.
    enum Reply: Sendable {
        case unreachable(TransportError.Code)
        case answer(status: Int = 200, headers: [(name: String, value: String)] = [], pieces: [Piece])

        static func json(_ body: String, status: Int = 200, headers: [(name: String, value: String)] = []) -> Reply {
            .answer(status: status, headers: headers + [("content-type", "application/json")], pieces: [.bytes(body)])
        }

        /// An event stream, one piece for each argument.
        static func events(_ pieces: Piece..., headers: [(name: String, value: String)] = []) -> Reply {
            .answer(headers: headers + [("Content-Type", "text/event-stream; charset=utf-8")], pieces: pieces)
        }
    }

    enum Piece: Sendable, ExpressibleByStringLiteral {
        case bytes(String)
        case silence
        case failure(TransportError.Code)
        /// Nothing more comes until the task is cancelled.
        case stuck

        init(stringLiteral value: String) { self = .bytes(value) }
    }

    private struct State {
        var replies: [Reply]
        var requests: [UpstreamRequest] = []
        var reads = 0
        var abandoned = 0
    }

    private let state: Mutex<State>
    /// Yields when a piece is ``Piece/stuck``.
    let stuck: AsyncStream<Void>
    private let stuckSignal: AsyncStream<Void>.Continuation

    init(_ replies: [Reply]) {
        state = Mutex(State(replies: replies))
        (stuck, stuckSignal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var requests: [UpstreamRequest] { state.withLock { $0.requests } }
    /// Pieces read over all answers, the end included.
    var reads: Int { state.withLock { $0.reads } }
    var abandoned: Int { state.withLock { $0.abandoned } }

    func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        #expect(eventLoop.inEventLoop, "calls run on the request's loop")
        let reply: Reply? = state.withLock { state in
            state.requests.append(request)
            return state.replies.isEmpty ? nil : state.replies.removeFirst()
        }
        switch reply {
        case nil:
            Issue.record("a call the script does not have")
            throw TransportError(.connectionRefused, "no more replies")
        case .unreachable(let code): throw TransportError(code, "scripted")
        case .answer(let status, let headers, let pieces):
            return ScriptedExchange(status: status, headers: headers, pieces: pieces, transport: self)
        }
    }

    fileprivate func noteRead() { state.withLock { $0.reads += 1 } }
    fileprivate func noteAbandon() { state.withLock { $0.abandoned += 1 } }
    fileprivate func noteStuck() { stuckSignal.yield() }
}

private final class ScriptedExchange: UpstreamExchange {
    let status: Int
    private let headers: [(name: String, value: String)]
    private let transport: ScriptedTransport
    /// nil once the end or an error was given out.
    private let pieces: Mutex<[ScriptedTransport.Piece]?>

    init(
        status: Int, headers: [(name: String, value: String)], pieces: [ScriptedTransport.Piece],
        transport: ScriptedTransport
    ) {
        self.status = status
        self.headers = headers
        self.transport = transport
        self.pieces = Mutex(pieces)
    }

    func headers(where isMeant: (UInt8) -> Bool) -> [(name: String, value: String)] {
        headers.filter { isMeant(($0.name.utf8.first ?? 0) | 0x20) }
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    func next() async throws(TransportError) -> UpstreamPiece {
        transport.noteRead()
        let piece: ScriptedTransport.Piece? = pieces.withLock { pieces in
            guard var rest = pieces else {
                Issue.record("next() was called after the end")
                return .failure(.protocolViolation)
            }
            guard !rest.isEmpty else {
                pieces = nil
                return nil
            }
            let piece = rest.removeFirst()
            pieces = rest
            return piece
        }
        switch piece {
        case nil: return .end
        case .bytes(let text): return .bytes(ByteBuffer(string: text))
        case .silence: return .silence
        case .failure(let code):
            pieces.withLock { $0 = nil }
            throw TransportError(code, "scripted")
        case .stuck:
            transport.noteStuck()
            // Ends by cancellation only.
            let (never, signal) = AsyncStream<Never>.makeStream(bufferingPolicy: .bufferingNewest(1))
            for await _ in never {}
            withExtendedLifetime(signal) {}
            pieces.withLock { $0 = nil }
            throw TransportError(.cancelled, "the task was cancelled")
        }
    }

    func abandon() { transport.noteAbandon() }
}
