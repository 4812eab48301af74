import NIOCore
import NIOPosix
import OmniCore

extension ConnectionPool {
    /// A channel whose other end is the upstream, though a proxy stands between.
    func open(
        _ host: Host, through tunnel: ProxyTunnel, timeout: Duration
    ) -> EventLoopFuture<any Channel> {
        let opened = eventLoop.makePromise(of: (any Channel).self)
        tunnel.dialer.dial(
            ProxyDialer.Order(proxy: tunnel.proxy, host: host.name, port: host.port, timeout: timeout) { result in
                self.eventLoop.execute {
                    switch result {
                    case .success(let socket): self.adopt(socket, to: host).cascade(to: opened)
                    case .failure(let error): opened.fail(error)
                    }
                }
            })
        return opened.futureResult
    }

    private func adopt(_ socket: CInt, to host: Host) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: eventLoop)
            .channelOption(.recvAllocator, value: Self.receiveAllocator)
            .channelInitializer { self.initialize($0, to: host) }
            .withConnectedSocket(socket)
    }
}
