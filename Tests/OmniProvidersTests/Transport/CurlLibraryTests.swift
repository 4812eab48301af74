import OmniCore
import Testing

@testable import OmniProviders

/// A machine without libcurl.
@Suite struct CurlLibraryTests {
    private static let missing = "libcurl-of-no-machine.so.4"

    @Test func namesWhatIsMissing() {
        let error = #expect(throws: TransportError.self) { try CurlLibrary.load(Self.missing) }
        #expect(error?.code == .proxyFailed)
        #expect(error?.message.contains(Self.missing) == true)
    }

    @Test func everyOrderIsToldThatNoTunnelCanBeOpened() async {
        let dialer = ProxyDialer(roots: nil, library: Self.missing)
        let proxy = NetworkProxy(kind: .http, host: "127.0.0.1", port: 9)
        // The second one finds a dialer that has failed before.
        for _ in 0..<2 {
            let result = await withCheckedContinuation { continuation in
                dialer.dial(
                    ProxyDialer.Order(proxy: proxy, host: "localhost", port: 9, timeout: .seconds(9)) {
                        continuation.resume(returning: $0)
                    })
            }
            let error = #expect(throws: TransportError.self) { try result.get() }
            #expect(error?.message.contains(Self.missing) == true)
        }
    }
}
