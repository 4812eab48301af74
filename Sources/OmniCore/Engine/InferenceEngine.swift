public import NIOCore

/// Serves inference requests: finds targets, tries them in order and answers in the client's format.
///
/// Holds no state of its own but the answers Responses clients may refer to; one serves all loops. Embedding programs make one
/// and call ``answer(_:routes:on:writer:)``.
public final class InferenceEngine: Sendable {
    let transport: any UpstreamTransport
    let recorder: any UsageRecorder
    let clock: any RouterClock
    let options: Options
    /// What Responses clients may refer to.
    public let responses: ResponseStore
    /// What clients are not expected to carry.
    let thoughts = ThoughtMemory()
    /// How long the embeddings are that combos give.
    let vectorLengths = VectorLengths()
    /// Requests with a mark of their own that are under way, and their answers.
    public let idempotency = IdempotencyMemory()
    /// What is known of accounts and models: cooldowns, limits, counts.
    public let routing: RoutingMemory
    /// What limited scopes have used.
    public let limits = LimitMemory()
    /// Answers given before.
    public let cache: AnswerCache
    /// Renews access tokens that upstreams refuse; without it they are refused like keys.
    let renewer: (any TokenRenewer)?

    /// Bodies on their way to the log.
    public let bodies = BodyLog()

    /// Settings that hold for every request.
    public struct Options: Sendable {
        public var deadlines = UpstreamDeadlines()
        /// The longest complete answer accepted from an upstream, in bytes.
        ///
        /// Default: 64 MiB.
        public var maximumAnswerBytes = 64 << 20
        /// Whether chat clients are shown reasoning as `reasoning_content`.
        ///
        /// Default: true.
        public var showsReasoning = true
        /// Whether files that clients give by their address may lie on this machine or in private networks.
        ///
        /// Default: false.
        public var allowsPrivateFiles = false
        /// The `user-agent` sent to upstreams.
        public var userAgent = "omniroute"

        public init() {}
    }

    public init(
        transport: any UpstreamTransport, recorder: any UsageRecorder, clock: any RouterClock,
        options: Options = .init(), responses: ResponseStore = ResponseStore(),
        cache: AnswerCache = AnswerCache(), renewer: (any TokenRenewer)? = nil
    ) {
        self.transport = transport
        self.recorder = recorder
        self.clock = clock
        self.options = options
        self.responses = responses
        self.cache = cache
        self.renewer = renewer
        routing = RoutingMemory(clock: clock)
    }

    /// Takes over what a new configuration says about the engine's memories.
    ///
    /// Called when no loop plans by an older one any more: that would put old limits in force again.
    public func adopt(_ snapshot: CatalogSnapshot) {
        idempotency.window = snapshot.routing.idempotencyWindow
        cache.apply(snapshot.routing.cache)
        bodies.maximumDiskBytes = snapshot.routing.bodyLog.maximumDiskBytes
        routing.adopt(snapshot)
    }

    /// Answers one request exactly once through its writer, also when everything fails, and records its usage.
    ///
    /// - Parameter eventLoop: the loop the calling task is pinned to (``LoopTaskExecutor``); the writer and the planner
    ///   live on it too.
    ///
    /// Cancelling the task means that the client is gone: the upstream call ends at once and nothing more is written.
    public func answer(
        _ request: InferenceRequest, routes: RoutePlanner, on eventLoop: any EventLoop, writer: any ResponseWriter
    ) async {
        guard !request.isMarked, routes.snapshot.routing.bodyLog.mode == .off else {
            return await answerLogged(request, routes: routes, on: eventLoop, writer: writer)
        }
        let execution = begin(request, on: eventLoop, writer: writer)
        await execution.run(routes: routes)
    }

    @inline(never)  // What the value is put together from would lie in the frame of every request.
    private func begin(
        _ request: InferenceRequest, on eventLoop: any EventLoop, writer: any ResponseWriter
    ) -> RequestExecution {
        RequestExecution(engine: self, request: request, eventLoop: eventLoop, writer: writer)
    }
}
