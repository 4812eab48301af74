public import NIOCore
public import OmniCore
import OmniTranslate
import Synchronization

/// Asks upstreams for their lists of models, page by page, and remembers the answers for some minutes.
public final class UpstreamModelDiscovery: ModelDiscovery {
    private let upstream: UpstreamProbe
    private let clock: any RouterClock
    private let cache: Mutex<ModelListCache>

    private static let maximumPages = 20
    private static let maximumModels = 5000
    private static let maximumBytes = 16 << 20

    /// - Parameter eventLoopGroup: the group the transport was made for.
    public init(
        transport: any UpstreamTransport, eventLoopGroup: any EventLoopGroup, catalog: ProviderCatalog,
        clock: any RouterClock = SystemClock()
    ) {
        upstream = UpstreamProbe(transport: transport, eventLoopGroup: eventLoopGroup, catalog: catalog)
        self.clock = clock
        cache = Mutex(ModelListCache())
    }

    public func models(
        of connection: Connection, node: ProviderNode?, refresh: Bool
    ) async throws(ModelDiscoveryError) -> DiscoveredModels {
        let key = ModelListCache.Key(connection, node: node)
        let now = clock.monotonicNanoseconds()
        if !refresh, var known = cache.withLock({ $0.list(for: key, at: now) }) {
            known.isCached = true
            return known
        }
        let list = try await fetch(connection, node: node)
        cache.withLock { $0.keep(list, for: key, at: now) }
        return list
    }

    private func fetch(
        _ connection: Connection, node: ProviderNode?
    ) async throws(ModelDiscoveryError) -> DiscoveredModels {
        let target: Target
        do throws(UpstreamFault) {
            target = try upstream.target(connection, node: node)
        } catch {
            throw connection.credential == nil && node == nil
                ? ModelDiscoveryError(.authenticationMissing, "the connection has no key")
                : ModelDiscoveryError(.unsupported, error.message)
        }
        let first = endpoint(of: target, connection: connection, node: node)
        var list = DiscoveredModels(models: [], fetchedAt: clock.wallMilliseconds())
        var known: Set<String> = []
        var next = first
        let began = clock.monotonicNanoseconds()
        for page in 1...Self.maximumPages {
            let answer = try await self.page(next, target: target)
            let fresh = answer.models.filter { known.insert($0.id).inserted }
            list.models += fresh.prefix(Self.maximumModels - list.models.count)
            guard let following = answer.next else { return list }
            // Whoever promises more and brings nothing new goes round in circles; whoever takes too long has been heard.
            let isLate = clock.monotonicNanoseconds() - began > 30_000_000_000
            if fresh.isEmpty || isLate || page == Self.maximumPages || list.models.count >= Self.maximumModels { break }
            next = first.adding(following.name, following.value)
        }
        list.isTruncated = true
        return list
    }

    /// The provider's own list; at another address, what lies beside the chat operation.
    private func endpoint(of target: Target, connection: Connection, node: ProviderNode?) -> UpstreamEndpoint {
        var endpoint = target.endpoint.modelsOperation(target.format)
        if node == nil, connection.baseURL == nil, let provider = upstream.catalog[connection.provider.rawValue],
            let url = provider.modelsURL, let own = UpstreamEndpoint(url: url)
        {
            endpoint = own
            if let parameter = provider.authentication.queryParameter, provider.authentication.header == nil,
                let key = connection.credential?.apiKey
            {
                endpoint = endpoint.adding(parameter, key)
            }
        }
        switch target.format {
        case .anthropicMessages where !endpoint.hasParameter("limit"): return endpoint.adding("limit", "1000")
        case .gemini where !endpoint.hasParameter("pageSize"): return endpoint.adding("pageSize", "1000")
        default: return endpoint
        }
    }

    private func page(
        _ endpoint: UpstreamEndpoint, target: Target
    ) async throws(ModelDiscoveryError) -> ModelListPage {
        let answer: UpstreamProbe.Answer
        do throws(TransportError) {
            answer = try await upstream.call(endpoint, target: target, limit: Self.maximumBytes)
        } catch {
            throw ModelDiscoveryError(error.code == .tooLarge ? .upstreamError : .network, error.message)
        }
        let status = answer.status
        switch status {
        case 200..<300: break
        case 401, 403:
            throw ModelDiscoveryError(.authenticationFailed, "the upstream refused the key", statusCode: status)
        case 404, 405, 501:
            throw ModelDiscoveryError(.unsupported, "the upstream has no list of models", statusCode: status)
        case 429:
            throw ModelDiscoveryError(
                .rateLimited, "the upstream limits the rate of requests", statusCode: status)
        default:
            throw ModelDiscoveryError(
                status >= 500 ? .unavailable : .upstreamError, "the upstream answered with status \(status)",
                statusCode: status)
        }
        guard let page = ModelListPage(answer.body) else {
            throw ModelDiscoveryError(
                .upstreamError, "the upstream's answer is no list of models", statusCode: status)
        }
        return page
    }
}
