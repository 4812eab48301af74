public import NIOCore

/// Makes the endpoints that settings name.
public struct SyncEndpoints: Sendable {
    private let calls: SyncCalls
    private let clock: any RouterClock

    /// - Parameter eventLoopGroup: the group the transport was made for.
    public init(
        transport: any UpstreamTransport, eventLoopGroup: any EventLoopGroup, clock: any RouterClock, userAgent: String
    ) {
        calls = SyncCalls(transport: transport, eventLoopGroup: eventLoopGroup, userAgent: userAgent)
        self.clock = clock
    }

    public func endpoint(_ place: SyncPlace) throws(SyncFault) -> any SyncEndpoint {
        switch place.kind {
        case .s3: try S3Endpoint(place, calls: calls, clock: clock)
        case .webdav: try WebDAVEndpoint(place, calls: calls)
        case .omniroute: try PeerEndpoint(place, calls: calls)
        }
    }
}
