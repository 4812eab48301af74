import NIOCore
import OmniCore

extension InternetAddress {
    /// The other end of a connection; nil when it has no internet address.
    init?(_ socket: SocketAddress?) {
        guard let text = socket?.ipAddress else { return nil }
        self.init(text)
    }
}
