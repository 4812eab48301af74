import NIOCore
import OmniJSON
import OmniTranslate

/// What the services other than chat have in common.
extension RequestExecution {
    /// Asks an upstream and waits for its head.
    func sendService(
        _ body: [UInt8], to endpoint: UpstreamEndpoint, of target: Target
    ) async throws -> any UpstreamExchange {
        try await send(call(endpoint, of: target, body: body, contentType: "application/json"))
    }

    /// A request to an upstream.
    func call(
        _ endpoint: UpstreamEndpoint, of target: Target, body: [UInt8] = [], contentType: String? = nil,
        accept: String = "application/json"
    ) -> UpstreamRequest {
        var headers = target.headers
        if let contentType { headers.append(("content-type", contentType)) }
        headers.append(("accept", accept))
        headers.append(("user-agent", engine.options.userAgent))
        return UpstreamRequest(
            endpoint: endpoint, headers: headers, body: ByteBuffer(bytes: body), deadlines: deadlines, target: target)
    }

    /// Sends a request and notes what the head of its answer says.
    func send(_ call: UpstreamRequest) async throws(TransportError) -> any UpstreamExchange {
        noteWaitBegins()
        let exchange = try await engine.transport.send(call, on: eventLoop)
        noteHead(of: exchange)
        return exchange
    }

    /// What an upstream that refused comes to.
    ///
    /// - Parameter isClientsDialect: whether its words are those the client's dialect has for errors.
    func serviceRefusal(
        _ exchange: any UpstreamExchange, target: Target, isClientsDialect: Bool
    ) async throws -> Outcome {
        let refused = try await refusal(exchange, target: target)
        // Cohere's words, say, are no answer for a client of OpenAI.
        guard !isClientsDialect, case .failed(var failure) = refused else { return refused }
        failure.original = nil
        return .failed(failure)
    }

    /// The client's own bytes with the model's name at the upstream.
    func passedOn(_ envelope: RequestEnvelope, to target: Target) -> [UInt8] {
        guard envelope.model != target.model else { return envelope.body.documentBytes }
        var patch = JSONPatch(envelope.body)
        var writer = JSONWriter()
        writer.string(target.model)
        patch.set("model", to: writer.bytes, in: envelope.body)
        return patch.applied()
    }

    /// An upstream's answer, unless it is an error that came with a good status.
    func serviceAnswer(_ body: [UInt8], of target: Target) throws(UpstreamFault) -> JSONValue {
        let answer: JSONValue
        do throws(JSONError) {
            answer = try JSONValue(parsing: body)
        } catch {
            throw UpstreamFault(.upstream, message: "the upstream's answer is not valid JSON", code: "upstream_invalid")
        }
        if answer.present("error") != nil {
            throw FaultCodec.decode(status: 502, body: body, from: target.format)
        }
        return answer
    }

    /// Sends the answer and records what it took.
    ///
    /// - Parameters:
    ///   - tokens: of the input; nil when the upstream does not say.
    ///   - billed: what was used besides tokens.
    func giveService(
        _ body: [UInt8], tokens: Int?, billed: BilledQuantity? = nil, target: Target, report: TranslationReport,
        exchange: any UpstreamExchange
    ) -> Outcome {
        settle(
            tokens.map { count in
                var usage = Usage()
                usage.input = count
                return usage
            }, billed: billed)
        record.losses = report.headerValue
        record.status = 200
        noteOverhead(elapsed: engine.clock.monotonicNanoseconds() &- startedAt)
        let headers = headers(target, report: report, exchange: exchange, stream: false)
        conclude()
        writer.respond(status: 200, headers: headers, body: ByteBuffer(bytes: body))
        return .answered(success)
    }
}
