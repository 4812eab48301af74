public import NIOCore
public import OmniCore

/// Sends each call the way its target was given when routes were compiled: to the simulator inside this process, out over
/// HTTP, or out through a network proxy.
public struct RoutedTransport: UpstreamTransport {
    private let network: any UpstreamTransport
    private let simulator: any UpstreamTransport
    private let proxied: any UpstreamTransport

    /// - Parameter proxied: for targets behind a network proxy; nil for ``network``, as where there are none.
    public init(
        network: any UpstreamTransport, simulator: any UpstreamTransport = SimulatorTransport(),
        proxied: (any UpstreamTransport)? = nil
    ) {
        self.network = network
        self.simulator = simulator
        self.proxied = proxied ?? network
    }

    public func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        switch request.target.carrier {
        case .network: try await network.send(request, on: eventLoop)
        case .simulator: try await simulator.send(request, on: eventLoop)
        case .proxy: try await proxied.send(request, on: eventLoop)
        }
    }
}
