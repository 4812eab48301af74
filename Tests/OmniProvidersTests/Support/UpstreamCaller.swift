import NIOCore
import NIOPosix
import NIOSSL
import OmniCore
import OmniProviders
import OmniTranslate
import TestSupport

/// Calls upstreams the way the engine does: from a task pinned to one event loop.
struct UpstreamCaller: Sendable {
    let transport: any UpstreamTransport
    let eventLoop: any EventLoop

    init(_ transport: any UpstreamTransport, eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.any()) {
        self.transport = transport
        self.eventLoop = eventLoop
    }

    init(tls: TLSConfiguration? = nil, configuration: PoolConfiguration = .init()) throws {
        // One loop, so that every call of a test shares one pool.
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        try self.init(
            HTTPTransport(eventLoopGroup: eventLoop, tls: tls, configuration: configuration), eventLoop: eventLoop)
    }

    /// Runs work on the loop, as exchanges demand.
    func onLoop<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await within {
            try await withTaskExecutorPreference(LoopTaskExecutor(eventLoop)) { try await work() }
        }
    }

    /// Makes a call and reads its answer to the end.
    func answer(_ request: UpstreamRequest) async throws -> UpstreamAnswer {
        try await onLoop {
            let exchange = try await transport.send(request, on: eventLoop)
            return try await UpstreamAnswer(reading: exchange)
        }
    }

    /// The failure of a call, in its head or in its body.
    /// - Throws: ``UnexpectedSuccess`` when the call does not fail.
    func failure(_ request: UpstreamRequest) async throws -> TransportError.Code {
        do {
            let answer = try await answer(request)
            throw UnexpectedSuccess(answer: answer)
        } catch let error as TransportError {
            return error.code
        }
    }
}

struct UnexpectedSuccess: Error { let answer: UpstreamAnswer }

/// An answer read whole.
struct UpstreamAnswer: Sendable, Equatable {
    var status: Int
    var body = ""
    var silences = 0

    init(status: Int, body: String) {
        self.status = status
        self.body = body
    }

    init(reading exchange: any UpstreamExchange) async throws(TransportError) {
        status = exchange.status
        while true {
            switch try await exchange.next() {
            case .bytes(let bytes): body += String(buffer: bytes)
            case .silence: silences += 1
            case .end: return
            }
        }
    }
}

extension UpstreamRequest {
    /// A call to a scripted server.
    static func local(
        _ port: Int, scheme: UpstreamEndpoint.Scheme = .http, host: String = "127.0.0.1", path: String = "/v1/chat",
        body: String = "{}", change: (inout UpstreamRequest) -> Void = { _ in }
    ) -> UpstreamRequest {
        let endpoint = UpstreamEndpoint(scheme: scheme, host: host, port: port, path: path)
        let target = Target(
            provider: ProviderID("test"), connection: nil, model: "test", format: .openAIChat, endpoint: endpoint,
            headers: [], capabilities: ModelCapabilities(), isNative: false)
        var deadlines = UpstreamDeadlines()
        deadlines.connect = .seconds(30)
        deadlines.firstEvent = .seconds(60)
        deadlines.betweenEvents = .seconds(30)
        deadlines.total = .seconds(120)
        var request = UpstreamRequest(
            endpoint: endpoint, headers: [], body: ByteBuffer(string: body), deadlines: deadlines, target: target)
        change(&request)
        return request
    }
}
