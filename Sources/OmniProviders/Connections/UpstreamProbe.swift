import NIOCore
import OmniCore
import OmniTranslate

/// Small calls to an upstream outside any client's request, each bounded in time.
struct UpstreamProbe: Sendable {
    let transport: any UpstreamTransport
    /// The group the transport was made for.
    let eventLoopGroup: any EventLoopGroup
    let catalog: ProviderCatalog

    /// A whole answer.
    struct Answer: Sendable {
        var status: Int
        /// Empty when it was not asked for.
        var body: [UInt8]
    }

    /// Where a connection's requests go, also when it is switched off.
    func target(_ connection: Connection, node: ProviderNode?) throws(UpstreamFault) -> Target {
        var candidate = connection
        candidate.isActive = true
        let snapshot = CatalogSnapshot(
            configuration: RouterConfiguration(connections: [candidate], nodes: node.map { [$0] } ?? []),
            catalog: catalog)
        let purpose: ModelPurpose =
            keyCheck(connection) != nil ? .transcription : chats(connection) ? .chat : .embedding
        let model =
            connection.defaultModel
            ?? catalog[connection.provider.rawValue]?.models.first { $0.kind == purpose.kind }?.id ?? "test"
        let plan = try snapshot.plan(
            model: "\(connection.provider.rawValue)/\(model)", clientFormat: .openAIChat, purpose: purpose)
        return plan.targets[0]
    }

    /// Whether a connection's provider has models that chat, as far as anybody knows.
    func chats(_ connection: Connection) -> Bool { catalog[connection.provider.rawValue]?.kinds.isEmpty ?? true }

    /// Where a provider without chat tells whether a key is good.
    func keyCheck(_ connection: Connection) -> (version: String, name: String)? {
        guard let parts = catalog[connection.provider.rawValue]?.keyCheck?.split(separator: "/"), parts.count == 2
        else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// - Parameter limit: of the body in bytes; nil leaves the body where it is.
    func call(
        _ endpoint: UpstreamEndpoint, method: String = "GET", body: [UInt8] = [], target: Target, limit: Int? = nil
    ) async throws(TransportError) -> Answer {
        let eventLoop = eventLoopGroup.next()
        let request = Self.request(endpoint, method: method, body: body, target: target)
        let result: Result<Answer, TransportError> = await withTaskExecutorPreference(LoopTaskExecutor(eventLoop)) {
            do throws(TransportError) {
                let exchange = try await transport.send(request, on: eventLoop)
                guard let limit, (200..<300).contains(exchange.status) else {
                    exchange.abandon()
                    return .success(Answer(status: exchange.status, body: []))
                }
                return .success(Answer(status: exchange.status, body: try await exchange.collect(limit: limit)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func request(
        _ endpoint: UpstreamEndpoint, method: String, body: [UInt8], target: Target
    ) -> UpstreamRequest {
        var headers = target.headers
        headers.append(("accept", "application/json"))
        if !body.isEmpty { headers.append(("content-type", "application/json")) }
        if target.format == .anthropicMessages, !headers.contains(where: { $0.name == "anthropic-version" }) {
            headers.append(("anthropic-version", "2023-06-01"))
        }
        var deadlines = UpstreamDeadlines()
        deadlines.connect = .seconds(5)
        deadlines.firstEvent = .seconds(10)
        deadlines.betweenEvents = .seconds(5)
        deadlines.total = .seconds(15)
        var request = UpstreamRequest(
            endpoint: endpoint, headers: headers, body: ByteBuffer(bytes: body), deadlines: deadlines, target: target)
        request.method = method
        return request
    }
}
