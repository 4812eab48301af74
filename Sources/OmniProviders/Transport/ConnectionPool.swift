import NIOCore
import NIOPosix
import NIOSSL
import OmniCore

/// The connections of one event loop, and the clock that watches the busy ones. Used on that loop only.
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
    /// nil for the direct way.
    private let tunnel: ProxyTunnel?
    private var shelves: [Host: Shelf] = [:]
    /// The one used last: most requests go where the one before went.
    private var lastShelf: Shelf?
    /// All that are open, idle ones too; each knows its place here.
    private var connections: [UpstreamConnection] = []
    private var isTicking = false

    /// The idle connections to one host; the one used last is the last.
    final class Shelf {
        let host: Host
        fileprivate var idle: [UpstreamConnection] = []
        /// How many are open, idle or not.
        fileprivate var count = 0

        fileprivate init(_ host: Host) { self.host = host }
    }

    /// How often deadlines are looked at.
    ///
    /// One timer for all connections is far cheaper than one for each request.
    private static let tick = TimeAmount.milliseconds(50)

    init(
        eventLoop: any EventLoop, tls: NIOSSLContext, configuration: PoolConfiguration, tunnel: ProxyTunnel? = nil
    ) {
        self.eventLoop = eventLoop
        self.tls = tls
        self.configuration = configuration
        self.tunnel = tunnel
    }

    /// An open connection: the idle one used last, or a new one.
    func connection(
        to endpoint: UpstreamEndpoint, timeout: Duration, allowsReuse: Bool,
        among scope: UpstreamAddressPolicy.Scope = .configured
    ) async throws(TransportError) -> UpstreamConnection {
        eventLoop.assertInEventLoop()
        let shelf = shelf(of: Host(scheme: endpoint.scheme, name: endpoint.host, port: endpoint.port))
        if allowsReuse {
            while let connection = shelf.idle.popLast() {
                if connection.isUsable {
                    connection.isReused = true
                    return connection
                }
            }
        }
        let connection = try await connect(to: shelf, timeout: timeout, among: scope)
        add(connection)
        return connection
    }

    private func add(_ connection: UpstreamConnection) {
        // Meanwhile the host's last connection may have been closed, and its shelf with it.
        connection.shelf = shelf(of: connection.shelf.host)
        connection.shelf.count += 1
        connection.place = connections.count
        connections.append(connection)
        startTicking()
    }

    private func shelf(of host: Host) -> Shelf {
        if let lastShelf, lastShelf.host == host { return lastShelf }
        let shelf = shelves[host] ?? Shelf(host)
        shelves[host] = shelf
        lastShelf = shelf
        return shelf
    }

    /// Takes back a connection whose answer was read to its end.
    func release(_ connection: UpstreamConnection) {
        guard connection.shelf.idle.count < configuration.maximumIdlePerHost else {
            connection.close()
            return
        }
        connection.idleSince = .now()
        connection.shelf.idle.append(connection)
    }

    /// Forgets a connection that is closed or will not be used again.
    func remove(_ connection: UpstreamConnection) {
        if let position = connection.shelf.idle.firstIndex(where: { $0 === connection }) {
            connection.shelf.idle.remove(at: position)
        }
        guard let place = connection.place else { return }
        connection.place = nil
        let last = connections.removeLast()
        if last !== connection {
            connections[place] = last
            last.place = place
        }
        connection.shelf.count -= 1
        guard connection.shelf.count == 0 else { return }
        shelves[connection.shelf.host] = nil
        lastShelf = nil
    }

    var isUnused: Bool { connections.isEmpty }

    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        eventLoop.scheduleTask(in: Self.tick) { self.checkDeadlines() }
    }

    private func checkDeadlines() {
        isTicking = false
        let now = NIODeadline.now()
        let oldest = now - TimeAmount(configuration.idleTimeout)
        for connection in connections {
            if !connection.isIdle {
                connection.checkDeadlines(at: now)
            } else if connection.idleSince < oldest {
                connection.close()
            }
        }
        if !connections.isEmpty { startTicking() }
    }

    private func connect(
        to shelf: Shelf, timeout: Duration, among scope: UpstreamAddressPolicy.Scope
    ) async throws(TransportError) -> UpstreamConnection {
        let host = shelf.host
        try Self.refuseForbidden(host.name, among: scope)
        let connection = UpstreamConnection(
            pool: self, shelf: shelf, eventLoop: eventLoop, maximumHeadBytes: configuration.maximumHeadBytes)
        let opened = eventLoop.makePromise(of: Void.self)
        open(host, timeout: timeout).whenComplete { result in
            do {
                let channel = try result.get()
                // The name was checked when it was configured; what it resolves to can only be checked here.
                if let address = channel.remoteAddress?.ipAddress { try Self.refuseForbidden(address, among: scope) }
                try channel.pipeline.syncOperations.addHandler(connection)
                opened.succeed()
            } catch {
                opened.fail(error)
            }
        }
        do {
            try await withTaskCancellationHandler {
                try await opened.futureResult.get()
            } onCancel: {
                // Whichever comes first counts; a channel that opens later finds its connection given up and is closed.
                opened.fail(CancellationError())
            }
            try Task.checkCancellation()
            if host.scheme == .https { try await connection.secured(within: timeout) }
            return connection
        } catch {
            connection.close()
            throw TransportError(connecting: error)
        }
    }

    private static func refuseForbidden(
        _ host: String, among scope: UpstreamAddressPolicy.Scope
    ) throws(TransportError) {
        guard UpstreamAddressPolicy.objection(toHost: host, among: scope) == nil else {
            throw TransportError(.invalidAddress, "the upstream's address is a forbidden one")
        }
    }

    /// A channel with everything but the connection itself: a name with several addresses is tried on several channels.
    private func open(_ host: Host, timeout: Duration) -> EventLoopFuture<any Channel> {
        if let tunnel { return open(host, through: tunnel, timeout: timeout) }
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(timeout))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: Self.receiveAllocator)
            .channelInitializer { self.initialize($0, to: host) }
        // A literal needs no resolver, which would take it to another thread and back.
        guard let literal = try? SocketAddress(ipAddress: host.name, port: host.port) else {
            return bootstrap.connect(host: host.name, port: host.port)
        }
        return bootstrap.connect(to: literal)
    }

    /// Grows with what comes; the room for small events is all that a quiet stream keeps.
    static let receiveAllocator = AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 512, maximum: 65536)

    /// Puts TLS into a new channel where the upstream wants it.
    func initialize(_ channel: any Channel, to host: Host) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            guard host.scheme == .https else { return }
            // An address literal is no legal server name indication.
            let isAddress = host.name.contains(":") || host.name.allSatisfy { $0.isNumber || $0 == "." }
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host.name))
        }
    }
}
