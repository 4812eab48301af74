public import NIOCore
import OmniTranslate

/// Tells a collector about requests: OTLP over HTTP, in JSON.
///
/// https://opentelemetry.io/docs/specs/otlp/#otlphttp (checked 2026-11-26)
public struct TraceExporter: Sendable {
    /// Where traces go, and as whose.
    ///
    /// Descriptions leave the headers out: services are described in the log, and headers hold credentials.
    public struct Options: Sendable, CustomStringConvertible {
        public var endpoint: UpstreamEndpoint
        /// Besides those of HTTP, such as a credential.
        public var headers: [(name: String, value: String)]
        public var service: String
        public var version: String

        public init(
            endpoint: UpstreamEndpoint, headers: [(name: String, value: String)], service: String, version: String
        ) {
            self.endpoint = endpoint
            self.headers = headers
            self.service = service
            self.version = version
        }

        public var description: String { "\(service) at \(endpoint.host):\(endpoint.port)" }
    }

    /// What became of a batch.
    public enum Outcome: Sendable, Hashable {
        /// There was nothing to tell.
        case idle
        case told
        /// The collector is away or asks for patience; the batch waits for the next try.
        case delayed(String)
        /// The collector will never take the batch; it is dropped.
        case refused(String)
    }

    private let options: Options
    private let buffer: TraceBuffer
    private let transport: any UpstreamTransport
    private let eventLoop: any EventLoop

    private static let batch = 256
    private static let patience: Duration = .seconds(10)

    /// - Parameter eventLoop: one of the group the transport was made for.
    public init(
        _ options: Options, buffer: TraceBuffer, transport: any UpstreamTransport, eventLoop: any EventLoop
    ) {
        self.options = options
        self.buffer = buffer
        self.transport = transport
        self.eventLoop = eventLoop
    }

    /// Tells of the requests that wait, as many as go into one call.
    public func export() async -> Outcome {
        let records = buffer.take(Self.batch)
        guard !records.isEmpty else { return .idle }
        var random = SystemRandomNumberGenerator()
        let spans = records.flatMap { TraceSpan.spans(of: $0, using: &random) }
        let body = TraceSpan.export(spans, service: options.service, version: options.version)
        let outcome = await withTaskExecutorPreference(LoopTaskExecutor(eventLoop)) { await send(body) }
        switch outcome {
        case .idle, .told: break
        case .delayed: buffer.putBack(records)
        case .refused: buffer.drop(records.count)
        }
        return outcome
    }

    private func send(_ body: [UInt8]) async -> Outcome {
        do throws(TransportError) {
            let exchange = try await transport.send(request(body), on: eventLoop)
            let status = exchange.status
            _ = try await exchange.collect(limit: 1 << 20)
            switch status {
            case 200..<300: return .told
            case 429, 502, 503, 504: return .delayed("the collector answered with status \(status)")
            default: return .refused("the collector answered with status \(status)")
            }
        } catch {
            return .delayed("\(error)")
        }
    }

    private func request(_ body: [UInt8]) -> UpstreamRequest {
        var deadlines = UpstreamDeadlines()
        deadlines.connect = Self.patience
        deadlines.firstEvent = Self.patience
        deadlines.total = Self.patience
        return UpstreamRequest(
            endpoint: options.endpoint, headers: [("content-type", "application/json")] + options.headers,
            body: ByteBuffer(bytes: body), deadlines: deadlines,
            target: Target(
                provider: ProviderID(""), connection: nil, model: "", format: .openAIChat, endpoint: options.endpoint,
                headers: [], capabilities: ModelCapabilities(), isNative: false))
    }
}
