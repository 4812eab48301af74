import NIOCore
import OmniJSON
import OmniTranslate

extension RequestExecution {
    /// Answers a request to count a prompt's tokens: by the upstream's own counter, translated like any request, or by an
    /// estimate that a header owns up to.
    ///
    /// Never fails for want of a counter, and puts no upstream aside: clients ask this all the time.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func countTokens(routes: RoutePlanner) async throws(UpstreamFault) {
        let plan = try planCount(routes)
        var count: Int?
        if let target = plan?.targets.first { count = await countUpstream(target) }
        var headers = AnswerHeaders.base(requestID: request.id, format: request.clientFormat)
        headers.append(("content-type", "application/json"))
        if count == nil { headers.append(("x-omniroute-token-count", "estimate")) }
        let body = TokenCounting.answer(
            count ?? TokenCounting.estimate(request.bodyLength), of: request.clientFormat)
        writer.respond(status: 200, headers: headers, body: ByteBuffer(bytes: body))
    }

    /// - Returns: nil when the model leads nowhere: what is asked is only how long the prompt is.
    private func planCount(_ routes: RoutePlanner) throws(UpstreamFault) -> RoutePlan? {
        let body: JSONValue
        do throws(JSONError) {
            body = try JSONValue(parsing: request.body)
        } catch {
            throw UpstreamFault(
                .invalidRequest, message: "the request body is not valid JSON: \(error)", code: "invalid_json")
        }
        guard body.kind == .object else {
            throw UpstreamFault(
                .invalidRequest, message: "the request body must be a JSON object", code: "invalid_json")
        }
        let prompt = TokenCounting.prompt(in: body, of: request.clientFormat)
        request.replaceBody(with: Array(prompt.raw))
        do throws(UpstreamFault) {
            let envelope = try RequestEnvelope(parsing: request)
            self.envelope = envelope
            let model = try governed(envelope, by: routes.snapshot)
            return try routes.plan(model: model, clientFormat: request.clientFormat, for: request.clientKey)
        } catch {
            if error.kind == .permission { throw error }
            return nil
        }
    }

    private func countUpstream(_ target: Target) async -> Int? {
        guard let endpoint = target.endpoint.countOperation(of: target.format, model: target.model) else { return nil }
        do {
            let call = try prepare(target)
            let prompt = try JSONValue(parsing: Array(call.request.body.readableBytesView))
            guard let body = TokenCounting.request(prompt, of: target.format, model: target.model) else { return nil }
            call.request.endpoint = endpoint
            call.request.body = ByteBuffer(bytes: body)
            call.request.isStreaming = false
            call.request.deadlines.total = .seconds(10)
            let exchange = try await engine.transport.send(call.request, on: eventLoop)
            let answer = try await exchange.collect(limit: 1 << 20)
            guard (200..<300).contains(exchange.status) else { return nil }
            return TokenCounting.count(in: try JSONValue(parsing: answer), of: target.format)
        } catch {
            // Whatever stands in the way of a count, an estimate is better than an error.
            return nil
        }
    }
}
