import NIOCore
import OmniTranslate

extension RequestExecution {
    /// The longest run of bytes held back while waiting for the first meaningful event.
    private static let maximumHeldBytes = 1 << 20

    /// Passes a stream on, event by event.
    ///
    /// Until the first meaningful event nothing is sent, so that a failure can still be answered by another target; after
    /// it, a failure ends the stream in the client's own way. What happens with each piece is decided in a function that
    /// does not suspend: whatever this one holds, every open stream holds.
    func stream(_ exchange: any UpstreamExchange, with pump: StreamPump) async -> Outcome {
        record.status = 200
        while true {
            switch take(await exchange.piece(), from: exchange, with: pump) {
            case .wait: continue
            case .write(let bytes): await writer.write(bytes)
            case .drain(let outcome):
                await drain(exchange)
                return outcome
            case .end(let outcome): return outcome
            }
        }
    }

    /// What streams an answer to this call; holds all that is needed of it.
    @inline(never)  // See ``stream(_:with:)``.
    func pump(for call: UpstreamCall) -> StreamPump {
        StreamPump(call: call, client: request.clientFormat, isPassthrough: isPassthrough(call.request.target))
    }

    /// What follows a piece of a stream.
    private enum StreamStep {
        case wait
        case write(ByteBuffer)
        /// The whole answer is there; the upstream's connection may serve again.
        case drain(Outcome)
        case end(Outcome)
    }

    @inline(never)  // See ``stream(_:with:)``.
    private func take(
        _ result: Result<UpstreamPiece, TransportError>, from exchange: any UpstreamExchange, with pump: StreamPump
    ) -> StreamStep {
        var output: [UInt8] = []
        swap(&output, &pump.held)
        var progress: StreamProgress
        var isAtEnd = false
        if !pump.isCommitted { noteHeard() }
        switch result {
        case .failure(let error):
            let fault = UpstreamFault(error)
            guard pump.isCommitted else { return .end(.failed(.init(fault))) }
            let outcome = outcome(of: AttemptFailure(fault))
            finish(pump, fault: fault)
            return .end(.answered(outcome))
        case .success(.silence):
            pump.held = output
            guard pump.isCommitted, pump.isBetweenEvents, !request.operation.usesArrayFraming else { return .wait }
            return .write(ByteBuffer(bytes: StreamKeepAlive.frame(for: request.clientFormat)))
        case .success(.bytes(let bytes)): progress = pump.push(bytes, into: &output)
        case .success(.end):
            isAtEnd = true
            progress = pump.finish(into: &output)
            if !progress.isComplete, progress.failure == nil {
                progress.failure = UpstreamFault(.upstream, message: "the upstream's stream ended early")
            }
        }
        if let failure = progress.failure { return end(with: failure, exchange: exchange, pump: pump, output: output) }
        if progress.isEmpty, !pump.isCommitted, judgesEmptyAnswers {
            hold(output, of: pump, exchange: exchange)
            return isAtEnd ? .end(Self.empty) : .drain(Self.empty)
        }
        // The last byte may go out with the head: what is recorded must not come after it.
        if progress.isComplete { settle(pump, isCut: progress.isCut) }
        if !pump.isCommitted {
            guard progress.isMeaningful || progress.isComplete || output.count > Self.maximumHeldBytes else {
                pump.held = output
                return .wait
            }
            commit(pump, exchange: exchange, output: output)
            output = []
        }
        guard progress.isComplete else { return output.isEmpty ? .wait : .write(ByteBuffer(bytes: output)) }
        keep(pump.keptAnswer, thoughts: pump.thoughts)
        writer.finish(ByteBuffer(bytes: output))
        if progress.isCut { exchange.abandon() }
        return isAtEnd || progress.isCut ? .end(.answered(success)) : .drain(.answered(success))
    }

    /// Sends the head and what was held back; from here on no other target can answer.
    private func commit(_ pump: StreamPump, exchange: any UpstreamExchange, output: [UInt8]) {
        pump.isCommitted = true
        noteAnswering()
        letRequestGo()
        if !isConcluded { noteBeginning() }
        writer.start(
            status: 200, headers: headers(pump.target, report: pump.report, exchange: exchange, stream: true),
            body: ByteBuffer(bytes: output))
    }

    /// A whole stream: what it used is recorded before its end is sent.
    /// - Parameter isCut: whether it was ended here, before the upstream gave its last counts.
    private func settle(_ pump: StreamPump, isCut: Bool) {
        if !pump.isCommitted { noteBeginning() }
        record.losses = pump.report.headerValue
        settle(pump.usage, text: pump.textBytes, isWhole: !isCut)
        conclude()
    }

    private func end(
        with failure: UpstreamFault, exchange: any UpstreamExchange, pump: StreamPump, output: [UInt8]
    ) -> StreamStep {
        exchange.abandon()
        guard pump.isCommitted else { return .end(.failed(.init(failure))) }
        let outcome = outcome(of: AttemptFailure(failure))
        record.errorCode = failure.code ?? failure.kind.rawValue
        settle(pump.usage, text: pump.textBytes, isWhole: false)
        conclude()
        var output = output
        // Where the codec has not put the error into the stream, this does; else it does nothing.
        pump.fail(failure, into: &output)
        writer.finish(ByteBuffer(bytes: output))
        return .end(.answered(outcome))
    }

    /// No other target will be tried: what was asked is needed no more.
    private func letRequestGo() {
        envelope = nil
        canonical = nil
        request.releaseBody()
    }

    /// Ends a stream that broke below HTTP.
    private func finish(_ pump: StreamPump, fault: UpstreamFault) {
        settle(pump.usage, text: pump.textBytes, isWhole: false)
        guard !writer.isClosed else {
            record.status = 499
            record.errorCode = "client_closed"
            return
        }
        let fault = toldToClient(fault)
        record.errorCode = fault.code ?? fault.kind.rawValue
        conclude()
        var output: [UInt8] = []
        pump.fail(fault, into: &output)
        writer.finish(ByteBuffer(bytes: output))
    }

    /// Reads what follows a stream's terminator, normally nothing, so that the connection can be kept.
    @inline(never)  // See ``stream(_:with:)``.
    func drain(_ exchange: any UpstreamExchange) async {
        for _ in 0..<8 {
            do throws(TransportError) {
                switch try await exchange.next() {
                case .end: return
                case .silence: return exchange.abandon()
                case .bytes: continue
                }
            } catch {
                return
            }
        }
        exchange.abandon()
    }
}
