import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import OmniCore

/// The idle connections of one event loop and the clock that watches the busy ones. Used on that loop only.
// SAFETY: all state is read and written on `eventLoop`, checked by preconditions in debug builds.
final class ConnectionPool: @unchecked Sendable {
    /// Where a connection leads; connections are shared by everything that goes there.
    struct Host: Hashable {
        let scheme: UpstreamEndpoint.Scheme
        let name: String
        let port: Int
    }

    let eventLoop: any EventLoop
    private let tls: NIOSSLContext
    private let configuration: PoolConfiguration
    private var idle: [Host: [UpstreamConnection]] = [:]
    private var busy: [ObjectIdentifier: UpstreamConnection] = [:]
    private var isTicking = false

    /// How often deadlines are looked at. One timer for all connections is far cheaper than one for each request.
    private static let tick = TimeAmount.milliseconds(50)

    init(eventLoop: any EventLoop, tls: NIOSSLContext, configuration: PoolConfiguration) {
        self.eventLoop = eventLoop
        self.tls = tls
        self.configuration = configuration
    }

    /// An open connection: the idle one used last, or a new one.
    func connection(
        to endpoint: UpstreamEndpoint, timeout: Duration, allowsReuse: Bool
    ) async throws(TransportError) -> UpstreamConnection {
        eventLoop.assertInEventLoop()
        let host = Host(scheme: endpoint.scheme, name: endpoint.host, port: endpoint.port)
        if allowsReuse {
            while let connection = idle[host]?.popLast() {
                if connection.isUsable {
                    connection.isReused = true
                    activate(connection)
                    return connection
                }
            }
        }
        let connection = try await connect(to: host, timeout: timeout)
        activate(connection)
        return connection
    }

    /// Takes back a connection whose answer was read to its end.
    func release(_ connection: UpstreamConnection) {
        busy[ObjectIdentifier(connection)] = nil
        guard idle[connection.host, default: []].count < configuration.maximumIdlePerHost else {
            connection.close()
            return
        }
        connection.idleSince = .now()
        idle[connection.host, default: []].append(connection)
        startTicking()
    }

    /// Forgets a connection that is closed or will not be used again.
    func remove(_ connection: UpstreamConnection) {
        busy[ObjectIdentifier(connection)] = nil
        if let position = idle[connection.host]?.firstIndex(where: { $0 === connection }) {
            idle[connection.host]?.remove(at: position)
        }
    }

    private func activate(_ connection: UpstreamConnection) {
        busy[ObjectIdentifier(connection)] = connection
        startTicking()
    }

    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        eventLoop.scheduleTask(in: Self.tick) { self.checkDeadlines() }
    }

    private func checkDeadlines() {
        isTicking = false
        let now = NIODeadline.now()
        for connection in busy.values { connection.checkDeadlines(at: now) }
        let oldest = now - TimeAmount(configuration.idleTimeout)
        for host in idle.keys {
            // The longest idle come first, since connections are taken from and put back to the end.
            while let connection = idle[host]?.first, connection.idleSince < oldest {
                idle[host]?.removeFirst()
                connection.close()
            }
            if idle[host]?.isEmpty == true { idle[host] = nil }
        }
        if !busy.isEmpty || !idle.isEmpty { startTicking() }
    }

    private func connect(to host: Host, timeout: Duration) async throws(TransportError) -> UpstreamConnection {
        let connection = UpstreamConnection(pool: self, host: host, eventLoop: eventLoop)
        let tls = host.scheme == .https ? self.tls : nil
        let maximumHeadBytes = configuration.maximumHeadBytes
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(timeout))
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        // An address literal is no legal server name indication.
                        let isAddress = host.name.contains(":") || host.name.allSatisfy { $0.isNumber || $0 == "." }
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host.name))
                    }
                    var limits = NIOHTTPDecoderLimitConfiguration()
                    limits.maxHeaderListSize = maximumHeadBytes
                    try pipeline.addHTTPClientHandlers(
                        leftOverBytesStrategy: .dropBytes, enableOutboundHeaderValidation: true,
                        decoderLimitConfiguration: limits)
                    try pipeline.addHandler(NIOHTTPResponseDecompressor(limit: .ratio(200)))
                    try pipeline.addHandler(connection)
                }
            }
        do {
            let channel = try await bootstrap.connect(host: host.name, port: host.port).get()
            // The name was checked when it was configured; what it resolves to can only be checked here.
            if let address = channel.remoteAddress?.ipAddress, UpstreamAddressPolicy.objection(toHost: address) != nil {
                throw TransportError(.invalidAddress, "the upstream's name leads to a forbidden address")
            }
            if tls != nil { try await connection.secured(within: timeout) }
            return connection
        } catch let error as TransportError {
            connection.close()
            throw error
        } catch {
            connection.close()
            throw TransportError(connecting: error)
        }
    }
}
