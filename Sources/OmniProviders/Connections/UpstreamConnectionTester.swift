public import NIOCore
public import OmniCore
import OmniJSON
import OmniTranslate

/// Tests connections by asking their upstream for its list of models, or for one token where it has no such list.
///
/// Providers without chat are asked for what the catalogue says shows a good key.
public struct UpstreamConnectionTester: ConnectionTester {
    private let upstream: UpstreamProbe
    private let clock: any RouterClock

    /// - Parameter eventLoopGroup: the group the transport was made for.
    public init(
        transport: any UpstreamTransport, eventLoopGroup: any EventLoopGroup, catalog: ProviderCatalog,
        clock: any RouterClock = SystemClock()
    ) {
        upstream = UpstreamProbe(transport: transport, eventLoopGroup: eventLoopGroup, catalog: catalog)
        self.clock = clock
    }

    /// Takes at most 15 seconds.
    public func test(_ connection: Connection, node: ProviderNode?) async -> ConnectionTestResult {
        let began = clock.monotonicNanoseconds()
        var result = await probe(connection, node: node)
        result.latencyMS = Int((clock.monotonicNanoseconds() - began) / 1_000_000)
        return result
    }

    private func probe(_ connection: Connection, node: ProviderNode?) async -> ConnectionTestResult {
        let target: Target
        do throws(UpstreamFault) {
            target = try upstream.target(connection, node: node)
        } catch {
            return connection.credential == nil
                ? .init(diagnosis: .authenticationMissing, message: "the connection has no key", latencyMS: 0)
                : .init(diagnosis: .unsupported, message: error.message, latencyMS: 0)
        }
        if let (version, name) = upstream.keyCheck(connection) {
            let check = target.endpoint.serviceOperation(name, version: version)
            return Self.result(await call(check, method: "GET", body: [], target: target))
        }
        let list = target.endpoint.modelsOperation(target.format)
        let listed = await call(list, method: "GET", body: [], target: target)
        // Some servers have no list of models, and some show it to everybody: only an answer to the key counts.
        guard case .answered(let status) = listed, [404, 405, 501].contains(status) else { return Self.result(listed) }
        if !upstream.chats(connection),
            let operation = target.endpoint.embeddingOperation(
                of: target.format, dialect: .openAI, model: target.model)
        {
            return Self.result(
                await call(operation, method: "POST", body: Self.shortestEmbedding(by: target.model), target: target))
        }
        guard let body = Self.shortestRequest(to: target) else { return Self.result(listed) }
        let operation = target.endpoint.operation(
            of: target.format, model: target.model, isStreaming: false, usesArrayFraming: false)
        return Self.result(await call(operation, method: "POST", body: body, target: target))
    }

    private enum Answer {
        case answered(Int)
        case failed(TransportError)
    }

    private func call(_ endpoint: UpstreamEndpoint, method: String, body: [UInt8], target: Target) async -> Answer {
        do throws(TransportError) {
            return .answered(try await upstream.call(endpoint, method: method, body: body, target: target).status)
        } catch {
            return .failed(error)
        }
    }

    /// A request that costs next to nothing, in the target's format; nil where that format cannot say it.
    private static func shortestRequest(to target: Target) -> [UInt8]? {
        let chat = Array(#"{"model":"m","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}"#.utf8)
        do {
            let request = try Translator.decodeRequest(try JSONValue(parsing: chat), from: .openAIChat)
            return try Translator.encodeRequest(
                request, to: target.format,
                context: TranslationContext(
                    model: target.model, provider: target.provider.rawValue, capabilities: target.capabilities)
            ).body
        } catch {
            return nil
        }
    }

    private static func shortestEmbedding(by model: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        writer.key("input")
        writer.beginArray()
        writer.value("hi")
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func result(_ answer: Answer) -> ConnectionTestResult {
        switch answer {
        case .failed(let error): .init(diagnosis: .network, message: error.message, latencyMS: 0)
        case .answered(let status):
            switch status {
            case 200..<300: .init(diagnosis: .ok, statusCode: status, latencyMS: 0)
            case 401, 403:
                .init(
                    diagnosis: .authenticationFailed, message: "the upstream refused the key", statusCode: status,
                    latencyMS: 0)
            case 429:
                .init(
                    diagnosis: .rateLimited, message: "the upstream limits the rate of requests", statusCode: status,
                    latencyMS: 0)
            case 500...:
                .init(
                    diagnosis: .unavailable, message: "the upstream answered with status \(status)", statusCode: status,
                    latencyMS: 0)
            default:
                .init(
                    diagnosis: .upstreamError, message: "the upstream answered with status \(status)",
                    statusCode: status, latencyMS: 0)
            }
        }
    }
}
