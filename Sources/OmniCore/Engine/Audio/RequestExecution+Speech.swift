import NIOCore
import OmniJSON
import OmniTranslate

extension RequestExecution {
    /// One attempt to have a text spoken; the sound is passed on as it comes and never held.
    func speak(_ speech: SpeechRequest, by target: Target) async throws -> Outcome {
        guard target.format == .openAIChat || target.format == .openAIResponses,
            let endpoint = target.endpoint.speechOperation(of: target.format)
        else { throw TranslationError(.unsupported, "the upstream does not speak", at: "model") }
        record.isStreaming = true
        let exchange = try await send(prepareSpeech(speech, endpoint: endpoint, target: target))
        guard (200..<300).contains(exchange.status) else { return try await refusal(exchange, target: target) }
        // What some servers say in place of an error's status.
        guard exchange.header("content-type")?.lowercased().hasPrefix("application/json") != true else {
            let body = try await exchange.collect(limit: 1 << 20)
            throw FaultCodec.decode(status: 502, body: body, from: target.format)
        }
        var isCommitted = false
        while true {
            switch takeSound(await exchange.piece(), from: exchange, speech: speech, target: target, &isCommitted) {
            case .wait: continue
            case .write(let bytes): await writer.write(bytes)
            case .end(let outcome): return outcome
            }
        }
    }

    private enum SoundStep {
        case wait
        case write(ByteBuffer)
        case end(Outcome)
    }

    @inline(never)  // Its temporaries would lie in the frame of every suspended attempt.
    private func prepareSpeech(
        _ speech: SpeechRequest, endpoint: UpstreamEndpoint, target: Target
    ) -> UpstreamRequest {
        guard let envelope else { preconditionFailure("nothing is prepared after an answer has begun") }
        return call(
            endpoint, of: target, body: speech.patched(envelope.body, model: target.model),
            contentType: "application/json", accept: speech.asksForEvents ? "text/event-stream" : "*/*")
    }

    @inline(never)  // See above.
    private func takeSound(
        _ result: Result<UpstreamPiece, TransportError>, from exchange: any UpstreamExchange, speech: SpeechRequest,
        target: Target, _ isCommitted: inout Bool
    ) -> SoundStep {
        switch result {
        case .failure(let error): return .end(breakOff(UpstreamFault(error), speech: speech, isCommitted: isCommitted))
        case .success(.silence): return .wait
        case .success(.bytes(let bytes)):
            guard !isCommitted else { return .write(bytes) }
            isCommitted = true
            noteHeard()
            noteAnswering()
            record.status = 200
            noteBeginning()
            writer.start(status: 200, headers: soundHeaders(of: exchange, speech: speech, target: target), body: bytes)
            return .wait
        case .success(.end):
            guard isCommitted else {
                return .end(
                    .failed(
                        .init(
                            UpstreamFault(
                                .upstream, message: "the upstream's answer holds no sound", code: "upstream_invalid"))))
            }
            settle(speech)
            conclude()
            writer.finish(ByteBuffer())
            return .end(.answered(success))
        }
    }

    private func soundHeaders(
        of exchange: any UpstreamExchange, speech: SpeechRequest, target: Target
    ) -> [(name: String, value: String)] {
        var headers = headers(target, report: TranslationReport(), exchange: exchange, stream: false)
        headers.removeAll { $0.name == "content-type" }
        let type = exchange.header("content-type").map { AnswerHeaders.sanitized($0) }
        headers.append(("content-type", type ?? speech.mediaType))
        return headers
    }

    /// Sound has no count of tokens; models that are billed by them get a guess that is marked as one.
    private func settle(_ speech: SpeechRequest) {
        var usage = Usage()
        usage.input = TokenCounting.estimate(speech.input.escaped.count)
        usage.output = SpeechRequest.estimatedTokens(ofCharacters: speech.characters)
        usage.isEstimated = true
        settle(usage, billed: BilledQuantity(.character, count: speech.characters))
    }

    /// Sound that ends early looks whole, therefore its connection ends without the last chunk.
    private func breakOff(_ fault: UpstreamFault, speech: SpeechRequest, isCommitted: Bool) -> Outcome {
        guard isCommitted else { return .failed(.init(fault)) }
        let outcome = outcome(of: AttemptFailure(fault))
        settle(speech)
        guard !writer.isClosed else {
            record.status = 499
            record.errorCode = "client_closed"
            return .answered(outcome)
        }
        let fault = toldToClient(fault)
        record.errorCode = fault.code ?? fault.kind.rawValue
        conclude()
        writer.breakOff()
        return .answered(outcome)
    }
}
