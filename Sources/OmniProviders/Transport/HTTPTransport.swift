public import NIOCore
import NIOPosix
public import NIOSSL
public import OmniCore

/// Upstream calls over HTTP/1.1 with keep-alive pools, one set of pools for each event loop.
///
/// A request never leaves the loop it came in on: the pools need no lock, and neither side's bytes change threads.
public final class HTTPTransport: UpstreamTransport {
    private let pools: [ObjectIdentifier: ConnectionPool]
    /// How servers are verified; large, and therefore shared.
    let tls: NIOSSLContext

    /// - Parameter tls: how servers are verified; nil for the system's trust roots.
    /// - Throws: NIOSSLError when the trust roots cannot be read.
    public init(
        eventLoopGroup: any EventLoopGroup, tls: TLSConfiguration? = nil, configuration: PoolConfiguration = .init()
    ) throws {
        let context = try NIOSSLContext(configuration: tls ?? .makeClientConfiguration())
        var pools: [ObjectIdentifier: ConnectionPool] = [:]
        for eventLoop in eventLoopGroup.makeIterator() {
            pools[ObjectIdentifier(eventLoop)] = ConnectionPool(
                eventLoop: eventLoop, tls: context, configuration: configuration)
        }
        self.pools = pools
        self.tls = context
    }

    /// For one event loop, through a proxy.
    init(eventLoop: any EventLoop, tls: NIOSSLContext, configuration: PoolConfiguration, tunnel: ProxyTunnel) {
        self.tls = tls
        pools = [
            ObjectIdentifier(eventLoop): ConnectionPool(
                eventLoop: eventLoop, tls: tls, configuration: configuration, tunnel: tunnel)
        ]
    }

    /// Whether no connection is open on a loop.
    func isUnused(on eventLoop: any EventLoop) -> Bool { pools[ObjectIdentifier(eventLoop)]?.isUnused ?? true }

    public func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        guard let pool = pools[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("the event loop is not of the group this transport was made for")
        }
        let deadline = NIODeadline.now() + TimeAmount(request.deadlines.total)
        // A kept connection may lead where this request must not go.
        var allowsReuse = request.addresses == .configured
        while true {
            let connection: UpstreamConnection
            do throws(TransportError) {
                connection = try await pool.connection(
                    to: request.endpoint, timeout: min(request.deadlines.connect, request.deadlines.total),
                    allowsReuse: allowsReuse, among: request.addresses)
            } catch {
                guard [.connectTimeout, .proxyTimeout].contains(error.code), NIODeadline.now() >= deadline else {
                    throw error
                }
                throw TransportError(.totalTimeout, "the upstream did not finish in time")
            }
            do {
                try await connection.send(request, totalDeadline: deadline)
                return connection
            } catch {
                connection.abandon()
                // A kept connection may have been closed by its server a moment ago. Once, and only where no answer began.
                guard error.code == .connectionLost, connection.isReused, !connection.hasAnswerBegun, allowsReuse,
                    request.isSafeToRepeat
                else { throw error }
                allowsReuse = false
            }
        }
    }
}

/// Sizes and times of the connection pools.
public struct PoolConfiguration: Sendable {
    /// Idle connections kept per host and loop.
    ///
    /// There is no limit on connections in use. Default: 64.
    public var maximumIdlePerHost = 64
    /// How long an idle connection is kept.
    ///
    /// Default: 55 s, below the minute after which most servers close.
    public var idleTimeout: Duration = .seconds(55)
    /// The largest response head in bytes.
    ///
    /// Default: 64 KiB, which is also the most.
    public var maximumHeadBytes = 64 << 10

    public init() {}
}
