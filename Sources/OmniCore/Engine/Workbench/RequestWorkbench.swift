public import NIOCore
import OmniJSON
public import OmniTranslate

/// Does with a request what the router would do with a client's, for its owner to look at: shows what upstreams would
/// receive, or asks a model again.
public struct RequestWorkbench: Sendable {
    private let engine: InferenceEngine
    private let eventLoopGroup: any EventLoopGroup

    /// - Parameter eventLoopGroup: the group the engine's transport was made for.
    public init(engine: InferenceEngine, eventLoopGroup: any EventLoopGroup) {
        self.engine = engine
        self.eventLoopGroup = eventLoopGroup
    }

    /// Writes a request for each target as it would be sent, with the owner's instructions and wish for thinking in it.
    ///
    /// Nothing is sent, fetched or remembered.
    /// - Returns: one for each target, in their order.
    /// - Throws: what a client would be told of a request that nobody can read.
    public func rehearse(
        _ request: InferenceRequest, for targets: [Target], in snapshot: CatalogSnapshot
    ) throws(UpstreamFault) -> [RehearsedRequest] {
        let execution = RequestExecution(
            engine: engine, request: request, eventLoop: eventLoopGroup.any(), writer: NoWriter())
        execution.envelope = try RequestEnvelope(parsing: request)
        if let shaping = snapshot.shaping { try execution.shape(by: shaping) }
        return targets.map { rehearsed($0, by: execution) }
    }

    private func rehearsed(_ target: Target, by execution: RequestExecution) -> RehearsedRequest {
        var rehearsed = RehearsedRequest(target: target, isPassthrough: execution.isPassthrough(target))
        do throws(TranslationError) {
            rehearsed.unreadAddresses = try execution.unreadAddresses(for: target).map(\.string)
            let call = try execution.prepare(target)
            rehearsed.body = Array(call.request.body.readableBytesView)
            rehearsed.endpoint = call.request.endpoint
            rehearsed.report = call.report
            // The target's own headers hold what it is let in with.
            rehearsed.headers = call.request.headers.filter { header in
                !target.headers.contains { $0.name == header.name }
            }
        } catch {
            rehearsed.refusal = error
        }
        return rehearsed
    }

    /// Sends a request through the whole router, as a client without a key would, and waits for its answer.
    ///
    /// - Parameter timeout: after it, the request is given up.
    public func ask(
        _ request: InferenceRequest, in snapshot: CatalogSnapshot, timeout: Duration
    ) async -> CollectedAnswer {
        await AnswerCollector.answer(
            to: request, of: engine, in: snapshot, eventLoopGroup: eventLoopGroup, timeout: timeout)
    }
}

/// A request as a target would receive it.
public struct RehearsedRequest: Sendable {
    public var target: Target
    /// Whether the client's own bytes are sent, patched where they must be.
    public var isPassthrough: Bool
    /// Byte for byte; empty when the request was refused.
    public var body: [UInt8] = []
    public var endpoint: UpstreamEndpoint?
    /// Those that are no secret.
    public var headers: [(name: String, value: String)] = []
    public var report = TranslationReport()
    /// Addresses of files whose contents would be fetched and sent in their place.
    public var unreadAddresses: [String] = []
    /// Why the target cannot be asked at all.
    public var refusal: TranslationError?
}

/// For requests that are not answered.
private final class NoWriter: ResponseWriter {
    var isClosed: Bool { true }
    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {}
    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {}
    func write(_ body: ByteBuffer) async {}
    func finish(_ body: ByteBuffer) {}
}
