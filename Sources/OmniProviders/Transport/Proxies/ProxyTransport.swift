public import NIOCore
import NIOSSL
public import OmniCore
import Synchronization

/// Upstream calls through network proxies: tunnels that libcurl opens, and inside them the same HTTP/1.1, pools and deadlines
/// as without a proxy.
///
/// Nothing of a proxy is on the direct path, and inside a tunnel there is nothing but the direct path: what libcurl does is
/// over when the upstream is at the other end of the socket. (A proxy that is spoken to over TLS is the exception: see
/// ``ProxyRelay``.)
public final class ProxyTransport: UpstreamTransport {
    private let shelves: [ObjectIdentifier: Shelf]

    /// The transports of one event loop, one for each proxy in use, so that no kept connection is shared by two logins.
    private final class Shelf: @unchecked Sendable {  // SAFETY: used on its event loop only, as every call asserts
        let eventLoop: any EventLoop
        var transports: [NetworkProxy: HTTPTransport] = [:]

        init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }
    }

    private let tls: NIOSSLContext
    private let configuration: PoolConfiguration
    private let proxyRoots: [UInt8]?
    /// Made for the first proxy, since libcurl takes its room.
    ///
    /// Locked when a proxy is new to a loop, not for each request.
    private let dialer = Mutex<ProxyDialer?>(nil)

    /// - Parameters:
    ///   - network: the direct way, whose verification of upstreams holds here too.
    ///   - proxyRoots: PEM certificates that vouch for HTTPS proxies; nil for the system's.
    public init(
        beside network: HTTPTransport, eventLoopGroup: any EventLoopGroup, proxyRoots: [UInt8]? = nil,
        configuration: PoolConfiguration = .init()
    ) {
        tls = network.tls
        self.proxyRoots = proxyRoots
        self.configuration = configuration
        var shelves: [ObjectIdentifier: Shelf] = [:]
        for eventLoop in eventLoopGroup.makeIterator() {
            shelves[ObjectIdentifier(eventLoop)] = Shelf(eventLoop)
        }
        self.shelves = shelves
    }

    public func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        guard case .proxy(let proxy) = request.target.carrier else {
            throw TransportError(.invalidAddress, "the target names no proxy")
        }
        // Where a name leads is found out by the proxy, and cannot be checked here.
        guard request.addresses == .configured else {
            throw TransportError(.invalidAddress, "addresses of clients are not called through a proxy")
        }
        return try await transport(for: proxy, on: eventLoop).send(request, on: eventLoop)
    }

    private func transport(for proxy: NetworkProxy, on eventLoop: any EventLoop) -> HTTPTransport {
        eventLoop.assertInEventLoop()
        guard let shelf = shelves[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("the event loop is not of the group this transport was made for")
        }
        if let known = shelf.transports[proxy] { return known }
        // Those of proxies that were changed or removed.
        shelf.transports = shelf.transports.filter { !$0.value.isUnused(on: eventLoop) }
        let transport = HTTPTransport(
            eventLoop: eventLoop, tls: tls, configuration: configuration,
            tunnel: ProxyTunnel(proxy: proxy, dialer: openDialer()))
        shelf.transports[proxy] = transport
        return transport
    }

    private func openDialer() -> ProxyDialer {
        dialer.withLock { known in
            let dialer = known ?? ProxyDialer(roots: proxyRoots)
            known = dialer
            return dialer
        }
    }
}

/// A proxy, and who opens tunnels through it.
struct ProxyTunnel {
    let proxy: NetworkProxy
    let dialer: ProxyDialer
}
