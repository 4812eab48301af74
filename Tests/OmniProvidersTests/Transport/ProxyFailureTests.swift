import CCurl
import OmniCore
import Testing

@testable import OmniProviders

/// Whose fault it is that no tunnel came about.
@Suite struct ProxyFailureTests {
    @Test(
        arguments: [
            (CURLE_OPERATION_TIMEDOUT, 0, .proxyTimeout), (CURLE_COULDNT_RESOLVE_PROXY, 0, .proxyUnresolvable),
            (CURLE_COULDNT_RESOLVE_HOST, 0, .proxyUnresolvable), (CURLE_COULDNT_CONNECT, 0, .proxyRefused),
            (CURLE_SSL_CONNECT_ERROR, 0, .proxyTLSFailed), (CURLE_PEER_FAILED_VERIFICATION, 0, .proxyTLSFailed),
            (CURLE_RECV_ERROR, 0, .proxyFailed), (CURLE_RECV_ERROR, 407, .proxyAuthentication),
            (CURLE_COULDNT_CONNECT, 407, .proxyAuthentication), (CURLE_COULDNT_CONNECT, 403, .proxyDenied),
            (CURLE_COULDNT_CONNECT, 500, .proxyFailed), (CURLE_COULDNT_CONNECT, 502, .connectionRefused),
            (CURLE_COULDNT_CONNECT, 503, .proxyFailed), (CURLE_COULDNT_CONNECT, 504, .connectTimeout),
        ] as [(CURLcode, Int, TransportError.Code)])
    func tellsWhatAProxyOfHTTPSaid(result: CURLcode, status: Int, code: TransportError.Code) {
        #expect(ProxyFailure(result: result, status: status).error(of: .http).code == code)
    }

    @Test(
        arguments: [
            (CURLPX_USER_REJECTED, .proxyAuthentication), (CURLPX_NO_AUTH, .proxyAuthentication),
            (CURLPX_REPLY_NOT_ALLOWED, .proxyDenied), (CURLPX_REPLY_HOST_UNREACHABLE, .resolutionFailed),
            (CURLPX_REPLY_CONNECTION_REFUSED, .connectionRefused), (CURLPX_BAD_VERSION, .proxyFailed),
            (CURLPX_REPLY_GENERAL_SERVER_FAILURE, .proxyFailed), (CURLPX_OK, .proxyFailed),
        ] as [(CURLproxycode, TransportError.Code)])
    func tellsWhatAProxyOfSOCKSSaid(reply: CURLproxycode, code: TransportError.Code) {
        #expect(ProxyFailure(result: CURLE_PROXY, reply: reply).error(of: .socks5).code == code)
    }
}
