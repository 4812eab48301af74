public import NIOCore
public import OmniCore
import OmniJSON
import OmniTranslate

/// Answers calls inside this process, in whatever format they were made: no key, no network, no cost.
///
/// What it is asked is decoded and what it answers is encoded as a real upstream would, so that clients, translation
/// and metering are exercised whole.
public struct SimulatorTransport: UpstreamTransport {
    private let clock: any RouterClock

    public init(clock: any RouterClock = SystemClock()) {
        self.clock = clock
    }

    public func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        let format = request.target.format
        do throws(UpstreamFault) {
            let asked = try Self.decode(request)
            guard let model = SimulatedModel(rawValue: request.target.model) else {
                throw UpstreamFault(.notFound, message: "the simulator has no model '\(request.target.model)'")
            }
            let answer = SimulatedAnswer(model: model, to: asked, created: Int(clock.wallMilliseconds() / 1000))
            if let fault = answer.refusal { throw fault }
            return asked.isStreaming
                ? try stream(answer, format: format, request: request)
                : try complete(answer, format: format, target: request.target)
        } catch {
            let (status, body) = FaultCodec.encode(error, to: format, requestID: nil)
            return SimulatedExchange(
                status: status, contentType: "application/json", retryAfter: error.kind == .rateLimit ? "1" : nil,
                pieces: [.init(bytes: body)])
        }
    }

    private static func decode(_ request: UpstreamRequest) throws(UpstreamFault) -> CanonicalRequest {
        do {
            let body = try JSONValue(parsing: Array(request.body.readableBytesView))
            return try Translator.decodeRequest(
                body, from: request.target.format, pathModel: request.target.model, isStreaming: request.isStreaming)
        } catch let error as TranslationError {
            throw UpstreamFault(.invalidRequest, message: error.description, parameter: error.path)
        } catch {
            throw UpstreamFault(.invalidRequest, message: "the request body is not valid JSON")
        }
    }

    private func complete(
        _ answer: SimulatedAnswer, format: WireFormat, target: Target
    ) throws(UpstreamFault) -> SimulatedExchange {
        var body = answer.chatCompletion()
        if format != .openAIChat {
            do {
                body = try Translator.translateResponse(
                    try JSONValue(parsing: body), from: .openAIChat, to: format, context: context(target)
                ).body
            } catch {
                throw UpstreamFault(.upstream, message: "the simulator cannot answer in this format")
            }
        }
        return SimulatedExchange(
            status: 200, contentType: "application/json",
            pieces: [
                .init(
                    bytes: answer.breaksOff ? Array(body.prefix(body.count / 2)) : body,
                    delay: answer.pause * answer.words.count)
            ],
            breaksOff: answer.breaksOff)
    }

    private func stream(
        _ answer: SimulatedAnswer, format: WireFormat, request: UpstreamRequest
    ) throws(UpstreamFault) -> SimulatedExchange {
        var pieces: [SimulatedExchange.Piece] = []
        var context = context(request.target)
        context.usesArrayFraming = request.usesArrayFraming
        var translator =
            format == .openAIChat ? nil : StreamTranslator(from: .openAIChat, to: format, context: context)
        for chunk in answer.chatChunks() {
            var bytes = chunk.bytes
            if translator != nil {
                var output: [UInt8] = []
                _ = bytes.withUnsafeBytes { translator?.push($0, into: &output) }
                bytes = output
            }
            if !bytes.isEmpty { pieces.append(.init(bytes: bytes, delay: chunk.delay)) }
        }
        let contentType =
            format == .ollama
            ? "application/x-ndjson" : request.usesArrayFraming ? "application/json" : "text/event-stream"
        return SimulatedExchange(status: 200, contentType: contentType, pieces: pieces, breaksOff: answer.breaksOff)
    }

    private func context(_ target: Target) -> TranslationContext {
        TranslationContext(model: target.model, provider: target.provider.rawValue, includesStreamUsage: true)
    }
}
