import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import OmniCore
import OmniProviders
import OmniStore
import ServiceLifecycle
import TestSupport

@testable import OmniHTTP

/// The daemon as the executable puts it together, on a free port, over a scripted upstream and the simulator.
struct TestDaemon: Sendable {
    let port: Int
    let plane: DataPlane
    let store: DataStore
    let upstream: ScriptedUpstream
    private let services: ServiceGroup

    /// Runs a daemon for as long as `body` runs.
    static func run<Result: Sendable>(
        upstream: ScriptedUpstream = ScriptedUpstream(), options: DataPlane.Options = .init(),
        _ body: @Sendable (TestDaemon) async throws -> Result
    ) async throws -> Result {
        try await TestStore.open { store in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let group = MultiThreadedEventLoopGroup.singleton
            let clock = SystemClock()
            let transport = RoutedTransport(network: upstream, simulator: SimulatorTransport(clock: clock))
            try await store.configuration.insertNode(upstream.node)
            try await store.configuration.insertConnection(upstream.connection)
            let configuration = try await store.configuration.load()
            let engine = InferenceEngine(transport: transport, recorder: store.usage, clock: clock)
            let plane = DataPlane(
                engine: engine, clock: clock, options: options, eventLoopGroup: group,
                snapshot: CatalogSnapshot(configuration: configuration, catalog: .builtIn))
            let management = ManagementAPI(
                dependencies: ManagementDependencies(
                    store: store.configuration, usage: store.usage, tester: FixedTester(),
                    modelTester: EngineModelTester(engine: engine, eventLoopGroup: group), catalog: .builtIn,
                    clock: clock,
                    publish: {
                        let configuration = try await store.configuration.load()
                        await plane.publish(CatalogSnapshot(configuration: configuration, catalog: .builtIn))
                    }, initialPassword: "correct horse", usesSecureCookies: false, origins: OriginPolicy(),
                    version: "0.0.0", routing: engine.routing, idempotency: engine.idempotency,
                    logger: logger))
            let (ports, running) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1))
            let application = Application(
                router: management.router(),
                server: HTTPServerBuilder { OmniServerChannel(plane: plane, responder: $0) },
                configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
                services: [plane.connections],
                onServerRunning: { running.yield($0.localAddress?.port ?? 0) },
                eventLoopGroupProvider: .shared(group), logger: logger)
            var settings = ServiceGroupConfiguration(services: [application], logger: logger)
            settings.maximumGracefulShutdownDuration = .seconds(30)
            let services = ServiceGroup(configuration: settings)
            return try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await services.run() }
                guard let port = await ports.first(where: { _ in true }) else { throw TookTooLong() }
                let daemon = TestDaemon(
                    port: port, plane: plane, store: store, upstream: upstream, services: services)
                defer { tasks.cancelAll() }
                return try await body(daemon)
            }
        }
    }

    /// Asks it to stop in good order, as SIGTERM does.
    func stop() async { await services.triggerGracefulShutdown() }

    /// Makes a client key known.
    func addKey(_ name: String = "test") async throws -> ClientKeySecret {
        let secret = ClientKeySecret(id: ClientKeyID("key-\(name)"), name: name, now: 0)
        try await store.configuration.insertClientKey(secret.key)
        try await publish()
        return secret
    }

    func publish() async throws {
        await plane.publish(CatalogSnapshot(configuration: try await store.configuration.load(), catalog: .builtIn))
    }
}

/// A store in a folder of its own, removed afterwards.
enum TestStore {
    static func open<Result>(_ body: (DataStore) async throws -> Result) async throws -> Result {
        let path = TestFolder.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(try DataStore.open(path: path, encryptionKey: nil, exclusive: true))
    }
}

/// Finds what it was told to find, and remembers what it was asked.
struct FixedTester: ConnectionTester {
    var result = ConnectionTestResult(diagnosis: .ok, statusCode: 200, latencyMS: 7)

    func test(_ connection: Connection, node: ProviderNode?) async -> ConnectionTestResult { result }
}

/// Finds every model served but those that are named `…/broken`.
struct FixedModelTester: ModelTester {
    func test(_ model: String, text: String, in snapshot: CatalogSnapshot, timeout: Duration) async -> ModelTestResult {
        model.hasSuffix("/broken")
            ? ModelTestResult(status: 503, error: "it is broken", latencyMS: 3)
            : ModelTestResult(
                status: 200, latencyMS: 5,
                target: ActiveRequest(model: model, provider: "p", connectionID: ConnectionID("a")), attempts: 1,
                inputTokens: 4, outputTokens: 1)
    }
}
