import NIOCore
import NIOPosix
import NIOSSL
import OmniCore
import OmniProviders

/// The ways to an upstream, all of which must look the same to who takes them.
enum UpstreamWay: String, CaseIterable, Sendable {
    case direct
    /// Through a proxy of this kind.
    case http, https, socks5

    static var proxies: [UpstreamWay] { allCases.filter { $0 != .direct } }
}

extension UpstreamCaller {
    /// One loop, so that every call of a test shares one pool.
    init(
        _ way: UpstreamWay, tls: TLSConfiguration? = nil, configuration: PoolConfiguration = .init()
    ) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let direct = try HTTPTransport(eventLoopGroup: eventLoop, tls: tls, configuration: configuration)
        guard let kind = NetworkProxy.Kind(rawValue: way.rawValue) else {
            self.init(direct, eventLoop: eventLoop)
            return
        }
        let proxy = NetworkProxy(kind: kind, host: "localhost", port: try await TestProxy.port(of: kind))
        let transport = ProxyTransport(
            beside: direct, eventLoopGroup: eventLoop, proxyRoots: Array(TestCertificate.certificateText.utf8),
            configuration: configuration)
        self.init(BehindProxy(transport: transport, proxy: proxy), eventLoop: eventLoop)
    }
}

/// Sends every call through one proxy.
struct BehindProxy: UpstreamTransport {
    let transport: ProxyTransport
    let proxy: NetworkProxy

    func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        var request = request
        request.target.carrier = .proxy(proxy)
        return try await transport.send(request, on: eventLoop)
    }
}
