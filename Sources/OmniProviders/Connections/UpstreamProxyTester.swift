public import NIOCore
public import OmniCore
import OmniJSON
import OmniTranslate

/// Tests proxies by asking an address through them that says where it was asked from.
public struct UpstreamProxyTester: ProxyTester {
    private let transport: any UpstreamTransport
    private let eventLoopGroup: any EventLoopGroup
    private let clock: any RouterClock

    private static let maximumBytes = 64 << 10

    /// - Parameter eventLoopGroup: the group the transport was made for.
    public init(
        transport: any UpstreamTransport, eventLoopGroup: any EventLoopGroup, clock: any RouterClock = SystemClock()
    ) {
        self.transport = transport
        self.eventLoopGroup = eventLoopGroup
        self.clock = clock
    }

    public func test(_ proxy: NetworkProxy?, url: UpstreamEndpoint) async -> ProxyTestResult {
        let began = clock.monotonicNanoseconds()
        let eventLoop = eventLoopGroup.next()
        let request = Self.request(to: url, through: proxy)
        var result = await withTaskExecutorPreference(LoopTaskExecutor(eventLoop)) {
            do throws(TransportError) {
                let exchange = try await transport.send(request, on: eventLoop)
                let body = try await exchange.collect(limit: Self.maximumBytes)
                return ProxyTestResult(
                    statusCode: exchange.status, publicAddress: Self.address(in: body), latencyMS: 0)
            } catch {
                return ProxyTestResult(error: error, latencyMS: 0)
            }
        }
        result.latencyMS = Int((clock.monotonicNanoseconds() - began) / 1_000_000)
        return result
    }

    private static func request(to url: UpstreamEndpoint, through proxy: NetworkProxy?) -> UpstreamRequest {
        var target = Target(
            provider: ProviderID(""), connection: nil, model: "", format: .openAIChat, endpoint: url, headers: [],
            capabilities: ModelCapabilities(), isNative: false)
        if let proxy { target.carrier = .proxy(proxy) }
        var deadlines = UpstreamDeadlines()
        deadlines.connect = .seconds(8)
        deadlines.firstEvent = .seconds(8)
        deadlines.betweenEvents = .seconds(5)
        deadlines.total = .seconds(10)
        // Kept connections would say nothing about the proxy of this moment.
        var request = UpstreamRequest(
            endpoint: url, headers: [("accept", "application/json, text/plain"), ("connection", "close")],
            body: ByteBuffer(), deadlines: deadlines, target: target)
        request.method = "GET"
        return request
    }

    /// `{"ip":"203.0.113.9"}` as several services have it, or nothing but an address.
    static func address(in body: [UInt8]) -> InternetAddress? {
        let text = String(decoding: body.prefix(200), as: UTF8.self).filter { !$0.isWhitespace }
        if let address = InternetAddress(text) { return address }
        do throws(JSONError) {
            let value = try JSONValue(parsing: body)
            guard value.kind == .object else { return nil }
            return ["ip", "publicIp", "origin", "query"].lazy.compactMap { name in
                value.members.first { $0.name.string == name }?.value.string.flatMap { InternetAddress($0) }
            }.first
        } catch {
            return nil
        }
    }
}
