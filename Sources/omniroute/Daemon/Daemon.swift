import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import OmniCore
import OmniHTTP
import OmniProviders
import OmniStore
import OmniTools
import ServiceLifecycle
import UnixSignals

/// Puts the parts together and runs them until a signal ends the process.
struct Daemon {
    let settings: DaemonSettings
    private let ending = DaemonEnding()

    init(settings: DaemonSettings) { self.settings = settings }

    func run() async throws {
        let logger = StandardErrorLogHandler.logger(level: settings.logLevel)
        let store = try DataStore.open(
            path: settings.dataDir, encryptionKey: settings.storageEncryptionKey, exclusive: true,
            historyBytes: settings.historyBytes)
        try await refuseOpenDoor(store)
        let welcome = try await Welcome.prepare(store: store, settings: settings)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoops ?? System.coreCount)
        do {
            try await serve(store: store, welcome: welcome, group: group, logger: logger)
        } catch {
            // Whatever still waits is worth more than a tidy end.
            _ = try? store.usage.flush()
            throw error
        }
        try store.usage.flush()
        logger.info("stopped")
        try ending.restartIfAsked(logger: logger)
        // The loops end with the process: timers of theirs may still be under way, and nothing waits for them.
    }

    private func serve(
        store: DataStore, welcome: Welcome, group: MultiThreadedEventLoopGroup, logger: Logger
    ) async throws {
        let clock = SystemClock()
        let catalog = catalog
        let network = try HTTPTransport(eventLoopGroup: group)
        let transport = RoutedTransport(
            network: network, simulator: SimulatorTransport(clock: clock),
            proxied: ProxyTransport(beside: network, eventLoopGroup: group))
        var options = InferenceEngine.Options()
        options.deadlines = settings.deadlines
        options.allowsPrivateFiles = settings.allowsPrivateFiles
        options.userAgent = "omniroute/\(Omniroute.version)"
        let configured = try await store.configuration.load()
        let snapshot = CatalogSnapshot(configuration: configured, catalog: catalog)
        let telemetry = Telemetry(forwardingTo: store.usage)
        let feed = RequestFeed(forwardingTo: telemetry)
        let accounts = OAuthAccounts(
            store: store.configuration, catalog: catalog, transport: transport, eventLoopGroup: group, clock: clock,
            userAgent: options.userAgent, logger: logger)
        accounts.adopt(configured)
        let engine = InferenceEngine(
            transport: transport, recorder: feed, clock: clock, options: options, renewer: accounts)
        let plane = DataPlane(
            engine: engine, clock: clock, options: planeOptions, eventLoopGroup: group, snapshot: snapshot)
        let health = RoutingHealthService(
            routing: engine.routing, store: store.configuration, clock: clock, logger: logger)
        await health.restore()
        let idempotency = IdempotencyService(
            memory: engine.idempotency, store: store.idempotency, clock: clock, logger: logger)
        await idempotency.restore()
        let answers = AnswerFileService(file: store.answers, cache: engine.cache, clock: clock, logger: logger)
        try await engine.limits.adopt(configured.limits, usage: store.usage, now: clock.wallMilliseconds())
        let publish: @Sendable () async throws -> Void = {
            let configured = try await store.configuration.load()
            await plane.publish(CatalogSnapshot(configuration: configured, catalog: catalog))
            accounts.adopt(configured)
            try await engine.limits.adopt(configured.limits, usage: store.usage, now: clock.wallMilliseconds())
        }
        let sync = CloudSync(
            store: store.configuration, sealer: PassphraseSealer(),
            endpoints: SyncEndpoints(
                transport: transport, eventLoopGroup: group, clock: clock, userAgent: options.userAgent),
            clock: clock, machine: ProcessInfo.processInfo.hostName, publish: publish, logger: logger)
        let evals = EvalRuns(
            store: store.evals, suites: store.configuration,
            caller: EngineEvalCaller(engine: engine, eventLoopGroup: group) {
                CatalogSnapshot(configuration: try await store.configuration.load(), catalog: catalog)
            }, clock: clock
        ) { logger.error("evals cannot be kept", metadata: ["error": "\($0)"]) }
        evals.restore()
        let tools = settings.toolBench(clock: clock)
        let management = ManagementAPI(
            dependencies: ManagementDependencies(
                store: store.configuration, usage: store.usage,
                tester: UpstreamConnectionTester(
                    transport: transport, eventLoopGroup: group, catalog: catalog, clock: clock),
                modelTester: EngineModelTester(engine: engine, eventLoopGroup: group),
                catalog: catalog, clock: clock,
                publish: {
                    try await publish()
                    sync.configurationChanged()
                }, initialPassword: settings.initialPassword,
                usesSecureCookies: settings.authCookieSecure, origins: OriginPolicy(hosts: ownHosts),
                version: Omniroute.version, machineID: .ofThisMachine(dataDir: settings.dataDir),
                activeRequests: { await plane.activeRequests() }, routing: engine.routing,
                discovery: UpstreamModelDiscovery(
                    transport: transport, eventLoopGroup: group, catalog: catalog, clock: clock), cache: engine.cache,
                limits: engine.limits, idempotency: engine.idempotency, telemetry: telemetry, feed: feed,
                bodies: store.bodies, bodyLog: engine.bodies, oauth: accounts,
                workbench: RequestWorkbench(engine: engine, eventLoopGroup: group), evals: evals,
                tools: tools, proxyTester: Self.proxyTester(network, group: group, clock: clock),
                backups: store.backups, sync: sync, logger: logger
            ).ending { [ending] in ending.begin($0, on: group.next()) })
        let settings = settings
        let traces = settings.traces.map { TraceBuffer(ratio: $0.ratio) }
        var server = ApplicationConfiguration(address: .hostname(settings.host, port: settings.port))
        server.reuseAddress = true
        let application = Application(
            router: management.router(),
            server: HTTPServerBuilder { OmniServerChannel(plane: plane, responder: $0) },
            configuration: server,
            services: traceServices(traces, transport: transport, group: group, logger: logger) + [
                UsageWriterService(ledger: store.usage, traces: traces, logger: logger),
                ReloadService(publish: publish, logger: logger), health, idempotency, answers,
                BodyWriterService(log: engine.bodies, archive: store.bodies, clock: clock, logger: logger),
                TokenRenewalService(accounts: accounts, publish: publish), StartupPagesService(),
                CloudSyncService(sync: sync),
                RetentionService(store: store, clock: clock, logger: logger),
                EvalService(runs: evals),
                BackupService(backups: store.backups, logger: logger),
                // The last, for it ends first.
                plane.connections,
            ],
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? settings.port
                tools.addresses.listens(on: port)
                welcome.show(settings: settings, port: port)
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [
                DrainingServer(
                    server: application, plane: plane, feed: feed, limit: settings.shutdownTimeout, logger: logger)
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // For management calls that do not end; inference is ended in order before.
        configuration.maximumGracefulShutdownDuration = settings.shutdownTimeout + .seconds(2)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            throw CommandFailure(
                "cannot listen on \(settings.host):\(settings.port): \(error.localizedDescription); "
                    + "is another program using the port? choose one with PORT or --port")
        }
    }

    /// With tunnels of its own: a kept one says nothing about the proxy of this moment.
    private static func proxyTester(
        _ network: HTTPTransport, group: any EventLoopGroup, clock: any RouterClock
    ) -> any ProxyTester {
        UpstreamProxyTester(
            transport: RoutedTransport(
                network: network, proxied: ProxyTransport(beside: network, eventLoopGroup: group)),
            eventLoopGroup: group, clock: clock)
    }

    /// The built-in catalogue, with the clients that the settings tell of.
    private var catalog: ProviderCatalog {
        var catalog = ProviderCatalog.builtIn
        catalog.environmentProxies = settings.proxies
        for (id, client) in settings.oauthClients { catalog.oauth[id] = catalog.oauth[id]?.replaced(by: client) }
        return catalog
    }

    /// The first of all services, because the first ends last: what others record at the end is told too.
    private func traceServices(
        _ buffer: TraceBuffer?, transport: any UpstreamTransport, group: any EventLoopGroup, logger: Logger
    ) -> [any Service] {
        guard let buffer, let traces = settings.traces else { return [] }
        let exporter = TraceExporter(
            TraceExporter.Options(
                endpoint: traces.endpoint, headers: traces.headers, service: traces.service,
                version: Omniroute.version),
            buffer: buffer, transport: transport, eventLoop: group.next())
        return [TraceExportService(exporter: exporter, buffer: buffer, logger: logger)]
    }

    private var planeOptions: DataPlane.Options {
        var options = DataPlane.Options()
        options.maximumBodyBytes = settings.maximumBodyBytes
        options.maximumUploadBytes = settings.maximumUploadBytes
        // Not the system's folder for temporary files, which is often in memory.
        options.uploadFolder = settings.dataDir
        // Whoever can reach an open address could spend the owner's money.
        options.requiresClientKey = settings.requireAPIKey ?? (settings.isLoopback ? nil : true)
        options.allowedOrigin = settings.corsOrigin
        options.readsTraceParents = settings.traces != nil
        options.origins = OriginPolicy(hosts: ownHosts)
        return options
    }

    /// Names under which the daemon may be addressed besides the loopback ones.
    private var ownHosts: [String] {
        var hosts = [settings.host]
        if let url = settings.baseURL, let endpoint = UpstreamEndpoint(url: url) { hosts.append(endpoint.host) }
        return hosts
    }

    private func refuseOpenDoor(_ store: DataStore) async throws {
        guard !settings.isLoopback, settings.initialPassword == nil else { return }
        guard try await store.configuration.passwordHash() == nil else { return }
        throw CommandFailure(
            "HOST \(settings.host) can be reached from other machines, and no password is set; "
                + "set INITIAL_PASSWORD, or start on 127.0.0.1 and set a password first")
    }
}
