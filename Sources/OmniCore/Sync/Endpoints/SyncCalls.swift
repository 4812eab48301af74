import NIOCore
import OmniTranslate

/// Calls to endpoints, over the transport of all upstream calls.
struct SyncCalls: Sendable {
    let transport: any UpstreamTransport
    /// The group the transport was made for.
    let eventLoopGroup: any EventLoopGroup
    let userAgent: String

    struct Answer: Sendable {
        var status: Int
        var version: String?
        var body: [UInt8]
    }

    /// Larger ones are none of ours.
    static let maximumBytes = 32 << 20
    private static let patience: Duration = .seconds(60)

    func send(
        _ method: String, _ endpoint: UpstreamEndpoint, _ headers: [(name: String, value: String)],
        body: [UInt8] = []
    ) async throws(SyncFault) -> Answer {
        let request = request(method, endpoint, headers, body: body)
        let eventLoop = eventLoopGroup.next()
        let result: Result<Answer, TransportError> = await withTaskExecutorPreference(LoopTaskExecutor(eventLoop)) {
            do throws(TransportError) {
                let exchange = try await transport.send(request, on: eventLoop)
                let (status, version) = (exchange.status, exchange.header("etag"))
                return .success(
                    Answer(
                        status: status, version: version,
                        body: try await exchange.collect(limit: Self.maximumBytes)))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let answer): return answer
        case .failure(let error) where error.code == .tooLarge:
            throw SyncFault(.tooLarge, "what lies at the endpoint is larger than \(Self.maximumBytes >> 20) MiB")
        case .failure(let error): throw SyncFault(.unreachable, "the endpoint cannot be asked: \(error.message)")
        }
    }

    private func request(
        _ method: String, _ endpoint: UpstreamEndpoint, _ headers: [(name: String, value: String)], body: [UInt8]
    ) -> UpstreamRequest {
        var deadlines = UpstreamDeadlines()
        deadlines.firstEvent = Self.patience
        deadlines.total = Self.patience
        // A kept connection may be closed while a change is on its way, and nobody would know whether it was made.
        let own = [(name: "user-agent", value: userAgent), (name: "connection", value: "close")]
        var request = UpstreamRequest(
            endpoint: endpoint, headers: headers + own, body: ByteBuffer(bytes: body), deadlines: deadlines,
            target: Target(
                provider: ProviderID(""), connection: nil, model: "", format: .openAIChat, endpoint: endpoint,
                headers: [], capabilities: ModelCapabilities(), isNative: false))
        request.method = method
        request.isSafeToRepeat = method == "GET"
        return request
    }

    /// Headers by which only the version that is known is replaced.
    static func condition(replacing version: String?) -> (name: String, value: String) {
        version.map { ("if-match", $0) } ?? ("if-none-match", "*")
    }

    /// - Throws: what a status means that is no success.
    static func check(_ status: Int, doing what: String) throws(SyncFault) {
        switch status {
        case 200..<300: return
        case 401, 403:
            throw SyncFault(.unauthorized, "the endpoint does not accept the credentials (status \(status), \(what))")
        case 409, 412: throw SyncFault(.changed, "another machine has written meanwhile")
        case 413, 507: throw SyncFault(.tooLarge, "the endpoint has no room (status \(status), \(what))")
        default: throw SyncFault(.refused, "the endpoint answered with status \(status) (\(what))")
        }
    }

    /// - Throws: ``SyncFault`` when an answer lacks a version to replace it by later.
    static func stored(_ answer: Answer) throws(SyncFault) -> StoredSync {
        guard let version = answer.version, !version.isEmpty else {
            throw SyncFault(.unconditional, "the endpoint gives no ETag: two machines would overwrite each other")
        }
        return StoredSync(bytes: answer.body, version: version)
    }
}
