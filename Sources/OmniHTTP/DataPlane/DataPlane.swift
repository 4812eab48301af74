import Crypto
public import NIOCore
public import OmniCore
import OmniTranslate

/// What all connections of the data plane share: the engine, the limits, and for each event loop its snapshot.
public final class DataPlane: Sendable {
    /// Settings of the listener.
    public struct Options: Sendable {
        /// The longest request body accepted, in bytes.
        ///
        /// Default: 50 MiB.
        public var maximumBodyBytes = 50 << 20
        /// The largest form with a file accepted, in bytes.
        ///
        /// Default: 512 MiB.
        public var maximumUploadBytes = 512 << 20
        /// Where the files of such forms are while they are needed; they have no names there.
        ///
        /// Default: `/tmp`. A folder in memory would hold them in memory.
        public var uploadFolder = "/tmp"
        /// Whether every inference request needs a client key; nil leaves it to the stored settings.
        public var requiresClientKey: Bool?
        /// The value of `access-control-allow-origin`; nil sends none.
        public var allowedOrigin: String?
        /// How long a client may take to send a request's body.
        ///
        /// Default: 300 s.
        public var bodyTimeout: Duration = .seconds(300)
        /// How long a client that sends a file may send nothing; up to twice as long when it just had sent something.
        ///
        /// Default: 60 s.
        public var uploadStallTimeout: Duration = .seconds(60)
        /// How long a client may leave an answer unread before it is given up.
        ///
        /// Default: 120 s.
        public var clientStallTimeout: Duration = .seconds(120)
        /// How long a connection may stay open without a request.
        ///
        /// Default: 300 s.
        public var idleTimeout: Duration = .seconds(300)
        /// Whether the spans of clients are looked for in their requests.
        ///
        /// Default: false.
        public var readsTraceParents = false
        /// Which web pages may make requests without a client key.
        public var origins = OriginPolicy()

        public init() {}
    }

    let engine: InferenceEngine
    let clock: any RouterClock
    let options: Options
    /// Must run as the last service beside the server.
    public let connections: ClientConnections
    private let loops: [ObjectIdentifier: LoopState]
    private let eventLoops: [any EventLoop]

    public init(
        engine: InferenceEngine, clock: any RouterClock, options: Options, eventLoopGroup: any EventLoopGroup,
        snapshot: CatalogSnapshot
    ) {
        self.engine = engine
        self.clock = clock
        self.options = options
        var loops: [ObjectIdentifier: LoopState] = [:]
        var eventLoops: [any EventLoop] = []
        for eventLoop in eventLoopGroup.makeIterator() {
            loops[ObjectIdentifier(eventLoop)] = LoopState(
                snapshot: snapshot, eventLoop: eventLoop)
            eventLoops.append(eventLoop)
        }
        self.loops = loops
        self.eventLoops = eventLoops
        connections = ClientConnections { [loops, eventLoops] in
            for eventLoop in eventLoops {
                guard let state = loops[ObjectIdentifier(eventLoop)] else { continue }
                eventLoop.execute { state.closeConnections() }
            }
        }
        engine.adopt(snapshot)
    }

    /// Gives every loop a new snapshot and returns when all have it.
    ///
    /// Requests under way keep the one they began with.
    public func publish(_ snapshot: CatalogSnapshot) async {
        for eventLoop in eventLoops {
            guard let state = loops[ObjectIdentifier(eventLoop)] else { continue }
            // A loop that no longer runs serves no requests either; its refusal changes nothing.
            try? await eventLoop.submit { state.replace(snapshot) }.get()
        }
        engine.adopt(snapshot)
    }

    /// What is being asked of upstreams at this moment.
    public func activeRequests() async -> [ActiveRequest] {
        var active: [ActiveRequest] = []
        for eventLoop in eventLoops {
            guard let state = loops[ObjectIdentifier(eventLoop)] else { continue }
            // As above: nothing runs on a loop that is gone.
            active += (try? await eventLoop.submit { state.activeRequests }.get()) ?? []
        }
        return active
    }

    /// Ends what is being answered at this moment: each client gets an honest error in its dialect.
    ///
    /// Returns when every request was told; new ones are served as before.
    public func endRunningRequests() async {
        for eventLoop in eventLoops {
            guard let state = loops[ObjectIdentifier(eventLoop)] else { continue }
            // As above: nothing runs on a loop that is gone.
            try? await eventLoop.submit { state.endRunningRequests() }.get()
        }
    }

    func state(of eventLoop: any EventLoop) -> LoopState {
        guard let state = loops[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("connections are accepted on the loops this plane was made for")
        }
        return state
    }
}

/// The part of the data plane that belongs to one event loop.
// SAFETY: read and written on that loop only; `DataPlane.publish` submits to it.
final class LoopState: @unchecked Sendable {
    private(set) var routes: RoutePlanner
    var identifiers = IdentifierGenerator()
    let executor: LoopTaskExecutor
    /// Keys seen lately and what they were found to be, so that a digest is computed once and not for each request.
    private var knownKeys: [String: ClientKeyID] = [:]
    private let eventLoop: any EventLoop
    /// The open connections, and those of them that are answering a request.
    private var open: [DataPlaneHandler] = []
    private var running: [DataPlaneHandler] = []

    private var idleTimer: RepeatedTask?

    init(snapshot: CatalogSnapshot, eventLoop: any EventLoop) {
        routes = RoutePlanner(snapshot)
        self.eventLoop = eventLoop
        executor = LoopTaskExecutor(eventLoop)
    }

    var snapshot: CatalogSnapshot { routes.snapshot }

    func replace(_ snapshot: CatalogSnapshot) {
        routes = RoutePlanner(snapshot)
        knownKeys = [:]
    }

    /// The key a secret belongs to; nil when there is none or it is revoked.
    func clientKey(for secret: String) -> ClientKeyID? {
        if let known = knownKeys[secret] { return known }
        guard secret.utf8.count <= 512,
            let id = snapshot.clientKey(digest: Array(SHA256.hash(data: Array(secret.utf8))))
        else { return nil }
        if knownKeys.count >= 1024 { knownKeys = [:] }
        knownKeys[secret] = id
        return id
    }

    // MARK: Connections

    /// One timer for all: each of its own would take as much memory as everything else that an idle connection has here.
    func opened(_ handler: DataPlaneHandler, idleTimeout: Duration) {
        handler.openPosition = open.count
        open.append(handler)
        guard idleTimer == nil else { return }
        let tick = TimeAmount(idleTimeout / 2)
        idleTimer = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in
            for handler in self.open { handler.closeIfIdle() }
        }
    }

    func closed(_ handler: DataPlaneHandler) {
        if let last = open.popLast(), last !== handler {
            last.openPosition = handler.openPosition
            open[handler.openPosition] = last
        }
        guard open.isEmpty else { return }
        idleTimer?.cancel()
        idleTimer = nil
    }

    func closeConnections() {
        for handler in open { handler.close() }
    }

    func requestBegan(on handler: DataPlaneHandler) {
        handler.position = running.count
        running.append(handler)
    }

    func requestEnded(on handler: DataPlaneHandler) {
        guard let last = running.popLast(), last !== handler else { return }
        last.position = handler.position
        running[handler.position] = last
    }

    var activeRequests: [ActiveRequest] { running.compactMap(\.activeRequest) }

    func endRunningRequests() {
        for handler in running { handler.endRequest() }
    }
}
