import NIOCore
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import OmniCore

/// The one place where errors of the network libraries become ours. Their texts may hold addresses and are not kept.
extension TransportError {
    init(connecting error: any Error) {
        switch error {
        case let error as TransportError: self = error
        case ChannelError.connectTimeout:
            self.init(.connectTimeout, "the upstream did not accept a connection in time")
        case let error as NIOConnectionError where error.connectionErrors.isEmpty:
            self.init(.resolutionFailed, "the upstream's host name cannot be resolved")
        case let error as NIOConnectionError:
            let isTimeout = error.connectionErrors.allSatisfy { failure in
                if case ChannelError.connectTimeout = failure.error { true } else { false }
            }
            self.init(
                isTimeout ? .connectTimeout : .connectionRefused,
                isTimeout ? "the upstream did not accept a connection in time" : "the upstream refused the connection")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            self.init(.tlsFailed, "no trusted TLS connection to the upstream")
        case is CancellationError: self.init(.cancelled, "the call was cancelled")
        default: self.init(.connectionRefused, "no connection to the upstream")
        }
    }

    init(receiving error: any Error) {
        switch error {
        case let error as TransportError: self = error
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            self.init(.connectionLost, "the upstream's TLS connection broke")
        case is NIOHTTPDecompression.DecompressionError:
            self.init(.unsupportedEncoding, "the upstream's compressed answer cannot be read")
        default: self.init(.connectionLost, "the connection to the upstream was lost")
        }
    }
}
