import HTTPTypes
import Hummingbird
import Logging
import OmniCore
import OmniJSON

/// Whether the router lives, is ready, and how its providers are.
extension ManagementAPI {
    var healthRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/monitoring/health", .everyone, .health, showHealth),
            ManagementRoute(.delete, "/api/monitoring/health", .write, .resetResilience, resetResilience),
            ManagementRoute(.get, "/api/monitoring/live", .everyone, .live, live),
            ManagementRoute(.get, "/api/monitoring/ready", .everyone, .ready, ready),
        ]
    }

    /// That this is answered is all there is to say.
    private func live(_ call: ManagementRequest) async throws -> ManagementResponse {
        ManagementResponse { $0.status("ok") }
    }

    private func ready(_ call: ManagementRequest) async throws -> ManagementResponse {
        let isReady = await storedConfiguration() != nil
        return ManagementResponse(status: isReady ? .ok : .serviceUnavailable) {
            $0.status(isReady ? "ok" : "unavailable")
        }
    }

    /// Says only that the daemon works; whoever may look also learns about the process and the providers.
    private func showHealth(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let configuration = await storedConfiguration() else {
            return ManagementResponse(status: .serviceUnavailable) { writer in
                writer.beginObject()
                writer.key("status")
                writer.value("unhealthy")
                writer.key("live")
                writer.value(true)
                writer.key("ready")
                writer.value(false)
                writer.key("timestamp")
                writer.string(ISOTime.string(dependencies.clock.wallMilliseconds()))
                writer.endObject()
            }
        }
        let isSetUp = try await hasPassword()
        let now = dependencies.clock.wallMilliseconds()
        let providers = providerHealth(of: configuration, at: now)
        let isDegraded = providers.contains { $0.available == 0 }
        // A session or a token that may read.
        let mayRead = call.caller.map { caller in (try? caller.check(.read)) != nil } ?? false
        let activeRequests = mayRead ? await dependencies.activeRequests().count : 0
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("status")
            writer.value(isDegraded ? "degraded" : "healthy")
            writer.key("live")
            writer.value(true)
            writer.key("ready")
            writer.value(true)
            writer.key("timestamp")
            writer.string(ISOTime.string(now))
            writer.key("setupComplete")
            writer.value(isSetUp)
            writer.key("version")
            writer.string(dependencies.version)
            if mayRead { writeProcess(activeRequests: activeRequests, at: now, into: &writer) }
            writer.key("providerHealth")
            writer.beginObject()
            if mayRead {
                let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
                for provider in providers {
                    writer.key(JSONText(names.name(of: provider.id)))
                    writer.health(provider)
                }
            }
            writer.endObject()
            writer.key("rateLimitStatus")
            writer.beginObject()
            if mayRead { writeLoads(of: configuration, into: &writer) }
            writer.endObject()
            writer.key("lockouts")
            if mayRead {
                writer.writeCooldowns(health, now: now)
                writer.key("loginLockouts")
                writer.beginArray()
                for (caller, until) in authenticator.lockedCallers(at: now) {
                    writer.beginObject()
                    writer.key("identifier")
                    writer.string(caller)
                    writer.key("lockedUntil")
                    writer.string(ISOTime.string(until))
                    writer.endObject()
                }
                writer.endArray()
            } else {
                writer.beginArray()
                writer.endArray()
            }
            writer.endObject()
        }
    }

    // MARK: Parts

    /// nil when the database does not answer.
    private func storedConfiguration() async -> RouterConfiguration? {
        do {
            return try await dependencies.store.load()
        } catch {
            dependencies.logger.error("the configuration cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func writeProcess(activeRequests: Int, at now: Int64, into writer: inout JSONWriter) {
        writer.key("system")
        writer.beginObject()
        writer.key("version")
        writer.string(dependencies.version)
        writer.key("startedAt")
        writer.string(ISOTime.string(dependencies.startedAt))
        writer.key("uptime")
        writer.value(Int((now - dependencies.startedAt) / 1000))
        writer.key("platform")
        writer.value(ProcessStatus.platform)
        writer.key("pid")
        writer.value(ProcessStatus.processID)
        writer.key("memoryUsage")
        writer.beginObject()
        writer.key("rss")
        if let bytes = ProcessStatus.residentBytes { writer.value(bytes) } else { writer.null() }
        writer.endObject()
        writer.key("activeRequests")
        writer.value(activeRequests)
        writer.endObject()
    }

    /// By connection, how much of its limits is in use.
    private func writeLoads(of configuration: RouterConfiguration, into writer: inout JSONWriter) {
        let now = dependencies.routing.now
        let loads = dependencies.routing.withHealth { $0.loads(at: now) }
        for connection in configuration.connections {
            guard let load = loads.first(where: { $0.connection == connection.id && $0.model == nil }) else { continue }
            writer.key(JSONText("\(connection.provider.rawValue):\(connection.id.rawValue)"))
            writer.beginObject()
            for (name, value) in [
                ("running", load.inFlight), ("executing", load.inFlight), ("recentRequests", load.recentRequests),
                ("recentTokens", load.recentTokens),
            ] as [(StaticString, Int)] {
                writer.key(name)
                writer.value(value)
            }
            writer.key("maxConcurrent")
            if let cap = load.cap { writer.value(cap) } else { writer.null() }
            writer.endObject()
        }
    }

    /// Providers with active accounts, in the order of their accounts.
    private func providerHealth(of configuration: RouterConfiguration, at now: Int64) -> [ProviderHealth] {
        let states = Dictionary(health.accounts.map { ($0.connection, $0) }) { $1 }
        var providers: [ProviderHealth] = []
        for connection in configuration.connections where connection.isActive {
            let index =
                providers.firstIndex { $0.id == connection.provider }
                ?? {
                    providers.append(ProviderHealth(id: connection.provider))
                    return providers.count - 1
                }()
            let state = states[connection.id]
            providers[index].accounts += 1
            let isOpen = (state?.breaker?.openUntil ?? 0) > now
            if !isOpen, (state?.cooldown?.until ?? 0) <= now { providers[index].available += 1 }
            if isOpen { providers[index].open += 1 }
            if state?.breaker != nil { providers[index].tripped += 1 }
            providers[index].failures += state?.breaker?.openings ?? 0
            if let time = connection.lastErrorAt {
                providers[index].lastFailure = max(providers[index].lastFailure ?? 0, time)
            }
        }
        return providers
    }
}

/// What is known of a provider's accounts together.
private struct ProviderHealth {
    let id: ProviderID
    var accounts = 0
    /// Neither cooling nor behind an open circuit breaker.
    var available = 0
    var open = 0
    /// Those whose breaker is not in its normal state.
    var tripped = 0
    var failures = 0
    /// Milliseconds since 1970.
    var lastFailure: Int64?

    init(id: ProviderID) { self.id = id }
}

extension JSONWriter {
    fileprivate mutating func status(_ status: StaticString) {
        beginObject()
        key("status")
        value(status)
        endObject()
    }

    fileprivate mutating func health(_ provider: ProviderHealth) {
        beginObject()
        key("state")
        value(provider.open == provider.accounts ? "OPEN" : provider.tripped > 0 ? "HALF_OPEN" : "CLOSED")
        key("failures")
        value(provider.failures)
        key("lastFailure")
        if let time = provider.lastFailure { value(Int(time)) } else { null() }
        key("accounts")
        value(provider.accounts)
        key("available")
        value(provider.available)
        endObject()
    }
}
