public import Hummingbird
import NIOCore
import OmniCore

/// A management call's place: Hummingbird's own, and who is at the other end.
public struct ManagementContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let peer: InternetAddress?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = InternetAddress(source.channel.remoteAddress)
    }
}
