public import Logging
public import OmniCore
public import OmniTools

/// What the management interface works on.
public struct ManagementDependencies: Sendable {
    public var store: any ConfigurationStore
    public var usage: any UsageReader
    public var tester: any ConnectionTester
    /// Lists of models from upstreams; without it only the catalogue's are shown.
    public var discovery: (any ModelDiscovery)?
    public var modelTester: any ModelTester
    public var catalog: ProviderCatalog
    public var clock: any RouterClock
    /// Makes a change known to the data plane; returns when every loop has it.
    public var publish: @Sendable () async throws -> Void
    /// What the data plane is answering at this moment.
    public var activeRequests: @Sendable () async -> [ActiveRequest]
    /// What limited scopes have used.
    public var limits: LimitMemory
    /// What is known of accounts and models.
    public var routing: RoutingMemory
    /// Answers given before.
    public var cache: AnswerCache
    /// Answers kept for duplicates of a request.
    public var idempotency: IdempotencyMemory
    /// What was counted of finished requests.
    public var telemetry: Telemetry
    /// Shows requests as they end.
    public var feed: RequestFeed
    /// Logged bodies; nil where none are kept.
    public var bodies: (any BodyStore)?
    /// Bodies on their way to the log.
    public var bodyLog: BodyLog
    /// Accounts that come by OAuth; without it there are none.
    public var oauth: OAuthAccounts?
    /// Finds out whether network proxies work; without it none is tested.
    public var proxyTester: (any ProxyTester)?
    /// Shows what upstreams would receive, and asks again; without it neither is offered.
    public var workbench: RequestWorkbench?
    /// Evals of models; nil where none are run.
    public var evals: EvalRuns?
    /// Tools on this machine; without it none can be connected.
    public var tools: ToolBench?
    /// Backups of the configuration; without it there are none.
    public var backups: (any BackupKeeper)?
    /// The person's other machines; without it there are none.
    public var sync: CloudSync?
    /// A password set in the environment, valid until one is stored.
    public var initialPassword: String?
    /// Whether cookies are marked Secure.
    public var usesSecureCookies: Bool
    public var origins: OriginPolicy
    public var version: String
    public var machineID: MachineID
    /// When the daemon began, in milliseconds since 1970.
    public var startedAt: Int64
    public var logger: Logger
    /// Ends the daemon soon after it was called; nil where the router is part of another program.
    public var endDaemon: (@Sendable (DaemonEnd) -> Void)?

    public init(
        store: any ConfigurationStore, usage: any UsageReader, tester: any ConnectionTester,
        modelTester: any ModelTester, catalog: ProviderCatalog,
        clock: any RouterClock, publish: @escaping @Sendable () async throws -> Void, initialPassword: String?,
        usesSecureCookies: Bool, origins: OriginPolicy, version: String, machineID: MachineID = MachineID(seed: ""),
        activeRequests: @escaping @Sendable () async -> [ActiveRequest] = { [] },
        routing: RoutingMemory? = nil, discovery: (any ModelDiscovery)? = nil, cache: AnswerCache = AnswerCache(),
        limits: LimitMemory = LimitMemory(), idempotency: IdempotencyMemory = IdempotencyMemory(),
        telemetry: Telemetry = Telemetry(), feed: RequestFeed = RequestFeed(), bodies: (any BodyStore)? = nil,
        bodyLog: BodyLog = BodyLog(), oauth: OAuthAccounts? = nil, workbench: RequestWorkbench? = nil,
        evals: EvalRuns? = nil, tools: ToolBench? = nil, proxyTester: (any ProxyTester)? = nil,
        backups: (any BackupKeeper)? = nil, sync: CloudSync? = nil, logger: Logger
    ) {
        self.store = store
        self.usage = usage
        self.tester = tester
        self.discovery = discovery
        self.modelTester = modelTester
        self.catalog = catalog
        self.clock = clock
        self.publish = publish
        self.limits = limits
        self.activeRequests = activeRequests
        self.routing = routing ?? RoutingMemory(clock: clock)
        self.cache = cache
        self.idempotency = idempotency
        self.telemetry = telemetry
        self.feed = feed
        self.bodies = bodies
        self.bodyLog = bodyLog
        self.oauth = oauth
        self.proxyTester = proxyTester
        self.workbench = workbench
        self.evals = evals
        self.tools = tools
        self.backups = backups
        self.sync = sync
        self.initialPassword = initialPassword
        self.usesSecureCookies = usesSecureCookies
        self.origins = origins
        self.version = version
        self.machineID = machineID
        startedAt = clock.wallMilliseconds()
        self.logger = logger
    }

    /// The same with a way to end the daemon.
    public func ending(_ end: @escaping @Sendable (DaemonEnd) -> Void) -> ManagementDependencies {
        var changed = self
        changed.endDaemon = end
        return changed
    }
}
