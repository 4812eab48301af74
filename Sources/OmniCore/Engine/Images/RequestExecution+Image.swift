import NIOCore
import OmniJSON
import OmniTranslate

extension RequestExecution {
    /// One attempt to have all images made by a target, in as many calls as it needs.
    ///
    /// The first failure is that of all: the client asked for so many images, and gets them from one model.
    func makeImages(_ asked: ImageRequest, by target: Target) async throws -> Outcome {
        guard let dialect = target.imageDialect,
            let endpoint = target.endpoint.imageOperation(
                of: target.format, dialect: dialect, operation: asked.operation, model: target.model)
        else { throw TranslationError(.unsupported, "the upstream makes no images", at: "model") }
        record.isStreaming = asked.isStreaming
        let images = try await withInputs(asked, for: dialect)
        var report = TranslationReport()
        let calls = try prepareImages(images, dialect: dialect, endpoint: endpoint, target: target, report: &report)
        var answers: [ReceivedImages] = []
        if calls.count == 1 {
            let exchange = try await send(calls[0])
            guard (200..<300).contains(exchange.status) else {
                return try await refusal(exchange, dialect: dialect, target: target)
            }
            if images.isStreaming, dialect == .openAI, Self.isEventStream(exchange) {
                return await streamImages(exchange, asked: images, target: target, report: report)
            }
            let body = try await exchange.collect(limit: engine.options.maximumAnswerBytes)
            noteHeard()
            answers = [ReceivedImages(exchange: exchange, body: body)]
        } else {
            noteWaitBegins()
            answers = try await Self.receive(
                calls, over: engine.transport, on: eventLoop, limit: engine.options.maximumAnswerBytes)
            guard let first = answers.first else { preconditionFailure("there is a call for every image") }
            noteHead(of: first.exchange)
            if let refused = answers.first(where: { $0.body == nil }) {
                return try await refusal(refused.exchange, dialect: dialect, target: target)
            }
        }
        if dialect == .fireworksKontext {
            for index in answers.indices {
                answers[index] = try await drawnImage(answers[index], orderedBy: calls[index])
            }
        }
        var answer = try readImages(answers, of: dialect, target: target, report: &report)
        try await convert(&answer, for: images, report: &report)
        let isAsItCame = dialect == .openAI && answers.count == 1 && answer.isWritten(as: images.form)
        return giveImages(
            answer, body: isAsItCame ? answers[0].body : nil, asked: images, target: target, report: report,
            exchange: answers[0].exchange)
    }

    /// The answer to one call.
    struct ReceivedImages: Sendable {
        let exchange: any UpstreamExchange
        /// nil when the upstream refused.
        let body: [UInt8]?
    }

    // MARK: Asking

    /// The request with the images in it that the upstream does not fetch itself.
    private func withInputs(_ asked: ImageRequest, for dialect: ImageDialect) async throws -> ImageRequest {
        let addresses = asked.addresses(for: dialect)
        guard !addresses.isEmpty else { return asked }
        var images = asked
        do throws(UpstreamFault) {
            let files = try await mediaFetcher.fetch(addresses)
            do throws(TranslationError) {
                try images.embed(files)
            } catch {
                throw UpstreamFault(error)
            }
        } catch {
            var fault = error
            if fault.parameter == "messages" { fault.parameter = "images" }
            throw fault
        }
        return images
    }

    private var mediaFetcher: MediaFetcher {
        MediaFetcher(
            transport: engine.transport, eventLoop: eventLoop, userAgent: engine.options.userAgent,
            allowsPrivate: engine.options.allowsPrivateFiles)
    }

    @inline(never)  // Its temporaries would lie in the frame of every suspended attempt.
    private func prepareImages(
        _ images: ImageRequest, dialect: ImageDialect, endpoint: UpstreamEndpoint, target: Target,
        report: inout TranslationReport
    ) throws -> [UpstreamRequest] {
        guard let envelope else { preconditionFailure("nothing is prepared after an answer has begun") }
        var calls: [UpstreamRequest] = []
        for count in dialect.calls(for: images.count, model: target.model) {
            var body = try images.encoded(
                to: dialect, body: envelope.body, model: target.model, count: count, isStrict: request.isStrict,
                report: &report)
            var contentType = "application/json"
            if dialect == .openAI, images.operation == .edit, !keepsJSON(images, target: target) {
                let boundary = try Self.boundary()
                body = try ImageForm.body(JSONValue(parsing: body), request: images, boundary: boundary)
                contentType = boundary.contentType
            }
            calls.append(
                call(
                    endpoint, of: target, body: body, contentType: contentType, accept: accept(images, from: dialect)))
        }
        return calls
    }

    /// Whether the upstream reads the images where the client put them: files kept at OpenAI are known there only.
    private func keepsJSON(_ images: ImageRequest, target: Target) -> Bool {
        let isKept = images.inputs.contains { if case .file = $0 { true } else { false } }
        return isKept && target.isNative
    }

    private func accept(_ images: ImageRequest, from dialect: ImageDialect) -> String {
        switch dialect {
        case .fireworksFlux, .fireworksSDXL: images.outputFormat?.equals("jpeg") == true ? "image/jpeg" : "image/png"
        default: images.isStreaming && dialect == .openAI ? "text/event-stream" : "application/json"
        }
    }

    /// A boundary that no file holds, but by an accident less likely than any other.
    private static func boundary() throws(UpstreamFault) -> MultipartBoundary {
        let mark = "\(UInt64.random(in: .min ... .max))\(UInt64.random(in: .min ... .max))"
        do throws(MultipartError) {
            return try MultipartBoundary(contentType: "multipart/form-data; boundary=omniroute-\(mark)")
        } catch {
            preconditionFailure("letters, digits and hyphens make a boundary")
        }
    }

    /// Makes calls side by side, since each takes as long as drawing does.
    ///
    /// - Returns: the answers in the order of the calls, or one that was refused.
    @inline(never)  // See above.
    private static func receive(
        _ calls: [UpstreamRequest], over transport: any UpstreamTransport, on eventLoop: any EventLoop, limit: Int
    ) async throws -> [ReceivedImages] {
        try await withThrowingTaskGroup(of: (Int, ReceivedImages).self) { group in
            for (index, call) in calls.enumerated() {
                group.addTask {
                    let exchange = try await transport.send(call, on: eventLoop)
                    guard (200..<300).contains(exchange.status) else {
                        return (index, ReceivedImages(exchange: exchange, body: nil))
                    }
                    return (index, ReceivedImages(exchange: exchange, body: try await exchange.collect(limit: limit)))
                }
            }
            var received: [(index: Int, answer: ReceivedImages)] = []
            while let (index, answer) = try await group.next() {
                guard answer.body != nil else {
                    group.cancelAll()
                    return [answer]
                }
                received.append((index, answer))
            }
            return received.sorted { $0.index < $1.index }.map(\.answer)
        }
    }

    // MARK: Answering

    private func refusal(
        _ exchange: any UpstreamExchange, dialect: ImageDialect, target: Target
    ) async throws -> Outcome {
        try await serviceRefusal(
            exchange, target: target, isClientsDialect: dialect == .openAI || dialect == .openRouter)
    }

    @inline(never)  // See above.
    private func readImages(
        _ received: [ReceivedImages], of dialect: ImageDialect, target: Target, report: inout TranslationReport
    ) throws -> ImageAnswer {
        var whole: ImageAnswer?
        for answer in received {
            guard let body = answer.body else { preconditionFailure("refusals were told before") }
            let isImage = answer.exchange.header("content-type")?.lowercased().hasPrefix("image/") == true
            let part = isImage ? ImageAnswer(image: body) : try Self.answer(in: body, of: dialect, target: target)
            if whole == nil { whole = part } else { whole?.append(part) }
        }
        guard let whole else { preconditionFailure("there is a call for every image") }
        guard !whole.images.isEmpty else {
            throw UpstreamFault(
                .invalidRequest, message: whole.objection ?? "the images were held back",
                code: "content_policy_violation", parameter: "prompt")
        }
        if whole.objection != nil { report.add("n", "filtered") }
        return whole
    }

    private static func answer(in body: [UInt8], of dialect: ImageDialect, target: Target) throws -> ImageAnswer {
        let answer: JSONValue
        do throws(JSONError) {
            answer = try JSONValue(parsing: body)
        } catch {
            throw UpstreamFault(.upstream, message: "the upstream's answer is not valid JSON", code: "upstream_invalid")
        }
        if answer.present("error") != nil { throw FaultCodec.decode(status: 502, body: body, from: target.format) }
        return try ImageAnswer(answer, of: dialect)
    }

    /// Brings the images into the form the client asked for, as far as that can be done.
    private func convert(
        _ answer: inout ImageAnswer, for images: ImageRequest, report: inout TranslationReport
    ) async throws {
        if images.form == .address, !answer.isWritten(as: .address) {
            // Nobody but the client keeps what is drawn here, so there is no address to give.
            guard !request.isStrict else {
                throw TranslationError(
                    .unsupported, "the upstream gives no addresses of images", at: "response_format")
            }
            report.add("response_format")
        }
        let addresses = answer.addresses
        guard images.form == .base64 || images.isStreaming, !addresses.isEmpty else { return }
        do throws(UpstreamFault) {
            answer.embed(try await mediaFetcher.fetch(addresses))
        } catch {
            guard error.kind != .clientClosed else { throw error }
            throw UpstreamFault(
                .upstream, message: "the image was made, but \(error.message)", code: "upstream_invalid")
        }
    }

    @inline(never)  // See above.
    private func giveImages(
        _ answer: ImageAnswer, body: [UInt8]?, asked: ImageRequest, target: Target, report: TranslationReport,
        exchange: any UpstreamExchange
    ) -> Outcome {
        settle(
            answer.usage ?? Usage(),
            billed: BilledQuantity(.image, count: answer.images.count, variant: answer.variant(of: asked)))
        record.losses = report.headerValue
        record.status = 200
        let headers = headers(target, report: report, exchange: exchange, stream: asked.isStreaming)
        let created = Int(request.receivedAt / 1000)
        conclude()
        if asked.isStreaming {
            noteAnswering()
            writer.start(
                status: 200, headers: headers,
                body: ByteBuffer(bytes: answer.events(for: asked, created: created)))
            writer.finish(ByteBuffer())
        } else {
            writer.respond(
                status: 200, headers: headers, body: ByteBuffer(bytes: body ?? answer.encoded(created: created)))
        }
        return .answered(success)
    }
}
