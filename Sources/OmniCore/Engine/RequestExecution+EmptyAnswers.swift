import NIOCore
import OmniJSON
import OmniTranslate

/// An answer with nothing in it is a reason to ask the next target, and the client's answer when none has more to say.
extension RequestExecution {
    /// What an attempt comes to whose answer has nothing in it.
    static var empty: Outcome {
        .failed(
            AttemptFailure(
                UpstreamFault(
                    .upstream, status: 200, message: "the upstream's answer is empty",
                    code: UpstreamFault.emptyAnswerCode)))
    }

    /// Whether an answer with nothing in it is not what was asked for.
    ///
    /// A stop sequence may come first, and a limit of one token leaves no room for more: then it is.
    var judgesEmptyAnswers: Bool {
        guard let body = envelope?.body else { return false }
        let holders = [body, body.present("generationConfig"), body.present("options")].compactMap(\.self)
        return !holders.contains { holder in
            Self.stops.contains { holder.present($0).map { !$0.isEmptyList } ?? false }
                || Self.limits.contains { holder.present($0)?.int.map { (0...1).contains($0) } ?? false }
        }
    }

    private static let stops: [StaticString] = ["stop", "stop_sequences", "stopSequences", "stop_sequence"]
    private static let limits: [StaticString] = [
        "max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens",
        "num_predict",
    ]

    /// Keeps a stream that is over and had nothing in it.
    @inline(never)  // It would lie in the frame of every piece of a stream.
    func hold(_ output: [UInt8], of pump: StreamPump, exchange: any UpstreamExchange) {
        record.losses = pump.report.headerValue
        settle(pump.usage, text: pump.textBytes)
        hold(
            output, kept: pump.keptAnswer, target: pump.target,
            headers: headers(pump.target, report: pump.report, exchange: exchange, stream: true), isStream: true)
    }

    /// Keeps an answer; a later one takes its place.
    func hold(
        _ body: [UInt8], kept: [UInt8]?, target: Target, headers: [(name: String, value: String)], isStream: Bool
    ) {
        route?.emptyAnswer = EmptyAnswer(
            target: target, headers: headers, body: body, kept: kept, isStream: isStream, record: record)
        record.losses = nil
    }

    /// Sends the last answer with nothing in it, when there was one and the client is still there.
    ///
    /// It is true, it is legal, and it is what the client had got without a router in between; an error of another target
    /// tells less.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func giveEmptyAnswer() -> Bool {
        guard let answer = route?.emptyAnswer, !writer.isClosed else { return false }
        let attempts = record.attempts
        record = answer.record
        record.attempts = attempts
        noteBeginning()
        keep(answer.kept)
        var headers = answer.headers
        if request.wantsRoute {
            headers.removeAll { $0.name == "x-omniroute-route" }
            addRoute(servedBy: answer.target, to: &headers)
        }
        if request.wantsOverhead {
            headers.removeAll { $0.name == "x-omniroute-overhead" }
            addOverhead(to: &headers)
        }
        conclude()
        let body = ByteBuffer(bytes: answer.body)
        guard answer.isStream else {
            writer.respond(status: record.status, headers: headers, body: body)
            return true
        }
        writer.start(status: record.status, headers: headers, body: body)
        writer.finish(ByteBuffer())
        return true
    }
}

extension UpstreamFault {
    /// What an answer with nothing in it is called.
    static let emptyAnswerCode = "empty_answer"
}

extension JSONValue {
    fileprivate var isEmptyList: Bool { kind == .array && !elements.contains { _ in true } }
}
