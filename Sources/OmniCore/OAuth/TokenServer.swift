import NIOCore
import OmniTranslate

/// Calls to token servers, over the transport of all upstream calls.
struct TokenServer: Sendable {
    let transport: any UpstreamTransport
    /// The group the transport was made for.
    let eventLoopGroup: any EventLoopGroup
    let userAgent: String

    /// A whole answer.
    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
    }

    private static let maximumBytes = 1 << 20
    private static let patience: Duration = .seconds(15)

    /// Asks for tokens.
    /// - Parameter form: what this kind of request needs besides the client's own proof.
    func tokens(
        from provider: OAuthProvider, _ form: [(name: String, value: String)]
    ) async throws(OAuthFault) -> TokenAnswer {
        let further = provider.tokenParameters.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        let answer = try await post(form + further, to: provider.tokenURL, as: provider)
        let secrets = form.map(\.value) + [provider.clientSecret ?? ""]
        return TokenAnswer(status: answer.status, body: answer.body).redacting(secrets)
    }

    /// - Throws: ``OAuthFault`` when nothing was answered.
    func post(
        _ form: [(name: String, value: String)], to url: String, as provider: OAuthProvider
    ) async throws(OAuthFault) -> Answer {
        guard let endpoint = UpstreamEndpoint(url: url) else {
            throw OAuthFault(.notConfigured, "the OAuth provider's address is none")
        }
        let request = Self.request(form, to: endpoint, as: provider, userAgent: userAgent)
        let eventLoop = eventLoopGroup.next()
        let result: Result<Answer, TransportError> = await withTaskExecutorPreference(LoopTaskExecutor(eventLoop)) {
            do throws(TransportError) {
                let exchange = try await transport.send(request, on: eventLoop)
                return .success(
                    Answer(
                        status: exchange.status, body: try await exchange.collect(limit: Self.maximumBytes)))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let answer): return answer
        case .failure(let error): throw OAuthFault(.unavailable, "the OAuth server cannot be asked: \(error.message)")
        }
    }

    private static func request(
        _ form: [(name: String, value: String)], to endpoint: UpstreamEndpoint, as provider: OAuthProvider,
        userAgent: String
    ) -> UpstreamRequest {
        var form = form
        // A server may close a kept connection while a code that is good once is on its way: nobody would know whether
        // it was used.
        var headers = [
            (name: "content-type", value: "application/x-www-form-urlencoded"),
            (name: "accept", value: "application/json"), (name: "user-agent", value: userAgent),
            (name: "connection", value: "close"),
        ]
        let id = provider.clientID ?? ""
        switch provider.clientAuthentication {
        case .none: form.append(("client_id", id))
        case .post:
            form.append(("client_id", id))
            form.append(("client_secret", provider.clientSecret ?? ""))
        case .basic:
            let pair = "\(id.percentEncoded):\((provider.clientSecret ?? "").percentEncoded)"
            headers.append(("authorization", "Basic " + Base64URL.paddedText(Array(pair.utf8))))
        }
        let body = form.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        var deadlines = UpstreamDeadlines()
        deadlines.connect = .seconds(5)
        deadlines.firstEvent = patience
        deadlines.total = patience
        var request = UpstreamRequest(
            endpoint: endpoint, headers: headers, body: ByteBuffer(string: body), deadlines: deadlines,
            target: Target(
                provider: ProviderID(provider.id), connection: nil, model: "", format: .openAIChat, endpoint: endpoint,
                headers: [], capabilities: ModelCapabilities(), isNative: false))
        request.isSafeToRepeat = false
        if let route = provider.route { request.target.carrier = route.carrier(to: endpoint) }
        return request
    }
}
