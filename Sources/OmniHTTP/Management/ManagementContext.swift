public import Hummingbird
import NIOCore
import OmniCore

/// A management call's place: Hummingbird's own, and who is at the other end.
public struct ManagementContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let peer: InternetAddress?
    /// The client's own where it is well-formed, else one of ours; set before any route is looked for.
    var requestID = ""

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = InternetAddress(source.channel.remoteAddress)
    }
}
