import NIOCore
import OmniCore
import OmniProviders
import TestSupport
import Testing

/// Connections that never come about, each with the reason a person can act on.
@Suite(.timeLimit(.minutes(5))) struct TransportConnectTests {
    @Test(arguments: UpstreamWay.allCases)
    func tellsThatNobodyListens(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let nobody = try FullListener(isListening: false)
        defer { nobody.close() }
        #expect(try await caller.failure(.local(nobody.port)) == .connectionRefused)
    }

    @Test(arguments: UpstreamWay.allCases)
    func tellsThatANameIsUnknown(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        // Reserved never to exist (RFC 6761).
        let failure = try await caller.failure(.local(80, host: "nobody.invalid"))
        // Proxies of HTTP tell no more than that they cannot get there.
        #expect(failure == .resolutionFailed || failure == .connectionRefused && [.http, .https].contains(way))
    }

    /// A listener that does not accept: once its queue is full, connections are neither made nor refused.
    @Test(arguments: UpstreamWay.allCases)
    func tellsThatAConnectionTookTooLong(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let listener = try FullListener()
        defer { listener.close() }
        let request = UpstreamRequest.local(listener.port) { $0.deadlines.connect = .milliseconds(80) }
        #expect(try await caller.failure(request) == (way == .direct ? .connectTimeout : .proxyTimeout))
    }

    /// The whole call has a deadline, and opening a connection is a part of the call.
    @Test(arguments: UpstreamWay.allCases)
    func countsConnectingToTheWholeCall(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let listener = try FullListener()
        defer { listener.close() }
        let request = UpstreamRequest.local(listener.port) {
            $0.deadlines.connect = .seconds(60)
            $0.deadlines.total = .milliseconds(100)
        }
        #expect([.connectTimeout, .proxyTimeout, .totalTimeout].contains(try await caller.failure(request)))
    }

    /// A client that leaves takes its connection attempt with it.
    @Test(arguments: UpstreamWay.allCases)
    func stopsConnectingWhenItsTaskIsCancelled(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let listener = try FullListener()
        defer { listener.close() }
        let request = UpstreamRequest.local(listener.port) { $0.deadlines.connect = .seconds(2) }
        let call = Task {
            try await withTaskExecutorPreference(LoopTaskExecutor(caller.eventLoop)) {
                try await caller.transport.send(request, on: caller.eventLoop).status
            }
        }
        call.cancel()
        let result = await call.result
        #expect {
            try result.get()
        } throws: { error in
            (error as? TransportError)?.code == .cancelled
        }
    }

    @Test(arguments: ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"], UpstreamWay.allCases)
    func refusesLinkLocalAddresses(host: String, way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let request = UpstreamRequest.local(80, host: host) { $0.deadlines.connect = .milliseconds(200) }
        #expect(try await caller.failure(request) == .invalidAddress)
    }

    @Test(arguments: [
        ("http://127.0.0.1:11434/v1", true), ("http://localhost:8080", true), ("http://192.168.1.5/v1", true),
        ("http://10.0.0.1", true), ("https://api.openai.com/v1", true), ("http://[::1]:8080/v1", true),
        ("http://169.254.169.254/latest", false), ("http://169.254.0.1", false), ("http://[fe80::1]/", false),
        ("http://[febf::1]/", false), ("http://[::ffff:169.254.169.254]/", false),
        ("http://[::ffff:a9fe:a9fe]/", false), ("http://[fd00:ec2::254]/", false), ("http://2852039166/", false),
        ("http://0xA9FEA9FE/", false), ("http://0xa9.0xfe.0xa9.0xfe/", false), ("http://0251.0376.0251.0376/", false),
        ("http://169.16689662/", false), ("http://metadata.google.internal/", false),
        ("http://METADATA.google.internal./", false), ("http://100.100.100.200/", false),
        ("ftp://example.com/", false), ("http://user@example.com/", false), ("http://example.com/#x", false),
        ("example.com", false), ("http://", false), ("http://example.com:0/", false),
        ("http://example.com:65536/", false),
        ("http://exa mple.com/", false), ("http://example.com/a\r\nx: y", false), ("", false),
    ])
    func judgesAddresses(url: String, isAllowed: Bool) {
        #expect((UpstreamAddressPolicy.objection(to: url) == nil) == isAllowed)
    }
}
