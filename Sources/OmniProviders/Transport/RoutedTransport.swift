public import NIOCore
public import OmniCore

/// Sends each call where its address leads: to the simulator inside this process, or out over HTTP.
public struct RoutedTransport: UpstreamTransport {
    private let network: any UpstreamTransport
    private let simulator: any UpstreamTransport

    public init(network: any UpstreamTransport, simulator: any UpstreamTransport = SimulatorTransport()) {
        self.network = network
        self.simulator = simulator
    }

    public func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        switch request.endpoint.scheme {
        case .simulator: try await simulator.send(request, on: eventLoop)
        case .http, .https: try await network.send(request, on: eventLoop)
        }
    }
}
