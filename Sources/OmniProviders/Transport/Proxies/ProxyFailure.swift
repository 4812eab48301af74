import CCurl
import OmniCore

/// Why a tunnel did not come about, as libcurl tells it.
///
/// The words say whose fault it is: nothing of what a proxy does may be held against an upstream's account.
struct ProxyFailure {
    let result: CURLcode
    /// What a proxy of HTTP answered; 0 for nothing.
    var status = 0
    /// What a proxy of SOCKS answered.
    var reply = CURLPX_OK

    init(result: CURLcode, status: Int = 0, reply: CURLproxycode = CURLPX_OK) {
        self.result = result
        self.status = status
        self.reply = reply
    }

    init(_ result: CURLcode, _ easy: UnsafeMutableRawPointer) {
        self.init(
            result: result, status: omni_curl_number(easy, CURLINFO_HTTP_CONNECTCODE),
            reply: CURLproxycode(UInt32(omni_curl_number(easy, CURLINFO_PROXY_ERROR))))
    }

    func error(of kind: NetworkProxy.Kind) -> TransportError {
        if result == CURLE_OPERATION_TIMEDOUT {
            return TransportError(.proxyTimeout, "the proxy opened no tunnel to the upstream in time")
        }
        if kind != .socks5, status != 0, !(200..<300).contains(status) { return refusal(status) }
        switch result {
        // Upstreams' names are the proxy's to resolve: it is never one of those.
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST:
            return TransportError(.proxyUnresolvable, "the proxy's host name cannot be resolved")
        case CURLE_PROXY: return refusal(reply)
        case CURLE_COULDNT_CONNECT:
            return TransportError(.proxyRefused, "the proxy refused the connection, or nobody listens there")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return TransportError(.proxyTLSFailed, "no trusted TLS connection to the proxy")
        default: return TransportError(.proxyFailed, "the proxy broke off before there was a tunnel")
        }
    }

    private func refusal(_ status: Int) -> TransportError {
        switch status {
        case 407, 401: Self.wrongLogin
        case 502: TransportError(.connectionRefused, "the proxy cannot reach the upstream (status 502)")
        case 504: TransportError(.connectTimeout, "the proxy cannot reach the upstream in time (status 504)")
        case 400..<500:
            TransportError(.proxyDenied, "the proxy does not let through to the upstream (status \(status))")
        default: TransportError(.proxyFailed, "the proxy answered with status \(status)")
        }
    }

    // https://www.rfc-editor.org/rfc/rfc1928#section-6 (checked 2026-11-26)
    private func refusal(_ reply: CURLproxycode) -> TransportError {
        switch reply {
        case CURLPX_USER_REJECTED, CURLPX_NO_AUTH:
            Self.wrongLogin
        case CURLPX_REPLY_NOT_ALLOWED, CURLPX_IDENTD, CURLPX_IDENTD_DIFFER, CURLPX_REQUEST_FAILED:
            TransportError(.proxyDenied, "the proxy does not let through to the upstream")
        case CURLPX_REPLY_HOST_UNREACHABLE, CURLPX_RESOLVE_HOST:
            TransportError(.resolutionFailed, "the proxy does not find the upstream's host")
        case CURLPX_REPLY_CONNECTION_REFUSED, CURLPX_REPLY_NETWORK_UNREACHABLE, CURLPX_REPLY_TTL_EXPIRED:
            TransportError(.connectionRefused, "the proxy cannot reach the upstream")
        case CURLPX_BAD_VERSION, CURLPX_UNKNOWN_MODE:
            TransportError(.proxyFailed, "what answers there is no SOCKS5 proxy")
        default: TransportError(.proxyFailed, "the proxy opened no tunnel to the upstream")
        }
    }

    private static let wrongLogin = TransportError(
        .proxyAuthentication, "the proxy wants a user name and a password, or other ones")
}
