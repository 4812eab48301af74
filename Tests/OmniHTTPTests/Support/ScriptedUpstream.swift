import NIOCore
import OmniCore
import Synchronization
import TestSupport

/// An upstream whose answers a test writes, without a socket between.
///
/// Reached as `up/<model>`; the model's name decides what happens unless a script is given.
final class ScriptedUpstream: UpstreamTransport {
    typealias Script = @Sendable (UpstreamRequest) async throws(TransportError) -> ScriptedExchange

    let node = ProviderNode(
        id: ProviderNodeID("node-up"), name: "Up", prefix: "up", type: .openAICompatible, apiType: .chat,
        baseURL: "http://127.0.0.1:9/v1")
    let connection = Connection(id: ConnectionID("connection-up"), provider: ProviderID("node-up"), name: "up")
    private let script: Script
    private let seen = Mutex<[String]>([])

    init(_ script: @escaping Script = { _ throws(TransportError) in ScriptedExchange.completion }) {
        self.script = script
    }

    /// The bodies of the requests it received, in order.
    var requests: [String] { seen.withLock { $0 } }

    func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        seen.withLock { $0.append(String(buffer: request.body)) }
        return try await script(request)
    }
}

/// An answer whose pieces come when a test lets them.
final class ScriptedExchange: UpstreamExchange {
    /// What follows the pieces.
    enum End: Sendable { case inOrder, lost, never }

    let status: Int
    private let headers: [(name: String, value: String)]
    private let pieces: @Sendable (Int) async -> String?
    private let end: End
    private let state = Mutex((position: 0, wasGivenUp: false))
    /// Fires when the call is cancelled or abandoned.
    let givenUp = Signal()

    /// - Parameter pieces: the piece at each position; nil at the end.
    init(
        status: Int = 200, headers: [String: String] = ["content-type": "application/json"], end: End = .inOrder,
        pieces: @escaping @Sendable (Int) async -> String?
    ) {
        self.status = status
        self.headers = headers.map { ($0.key, $0.value) }
        self.end = end
        self.pieces = pieces
    }

    convenience init(status: Int = 200, headers: [String: String] = [:], body: String) {
        self.init(status: status, headers: headers.merging(["content-type": "application/json"]) { $0 + $1 }) {
            position in
            position == 0 ? body : nil
        }
    }

    /// A stream of events.
    static func events(end: End = .inOrder, pieces: @escaping @Sendable (Int) async -> String?) -> ScriptedExchange {
        ScriptedExchange(headers: ["content-type": "text/event-stream"], end: end, pieces: pieces)
    }

    static var completion: ScriptedExchange { ScriptedExchange(body: completionBody("hello")) }

    static func completionBody(_ text: String) -> String {
        #"{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"\#(text)"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#
    }

    static func chunk(_ text: String, finish: Bool = false) -> String {
        let reason = finish ? #""stop""# : "null"
        return
            #"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":\#(reason)}]}"#
            + "\n\n"
    }

    static let done = "data: [DONE]\n\n"

    /// How many pieces were asked for.
    var position: Int { state.withLock { $0.position } }

    func headers(where isMeant: (UInt8) -> Bool) -> [(name: String, value: String)] {
        headers.filter { isMeant(($0.name.utf8.first ?? 0) | 0x20) }
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name.lowercased() }?.value }

    func next() async throws(TransportError) -> UpstreamPiece {
        if Task.isCancelled { throw cancelled() }
        let position = state.withLock { state in
            state.position += 1
            return state.position - 1
        }
        if let piece = await pieces(position) {
            if Task.isCancelled { throw cancelled() }
            return .bytes(ByteBuffer(string: piece))
        }
        switch end {
        case .inOrder: return .end
        case .lost: throw TransportError(.connectionLost, "the upstream broke off")
        case .never:
            // Only cancellation ends this sleep.
            try? await Task.sleep(for: .seconds(60))
            throw cancelled()
        }
    }

    func abandon() { givenUp.fire() }

    private func cancelled() -> TransportError {
        givenUp.fire()
        return TransportError(.cancelled, "the call was cancelled")
    }
}
