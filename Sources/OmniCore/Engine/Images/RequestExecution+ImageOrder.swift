import NIOCore
import OmniJSON
import OmniTranslate

extension RequestExecution {
    /// Asks again and again for an image that an upstream draws after it has taken the order.
    ///
    /// - Throws: a fault of kind timeout when the settings' longest call is over; cancelling ends the wait at once.
    func drawnImage(_ order: ReceivedImages, orderedBy call: UpstreamRequest) async throws -> ReceivedImages {
        let question = try question(about: order, call)
        let end = engine.routing.now + call.deadlines.total
        var pause: Duration = .milliseconds(250)
        while engine.routing.now < end {
            try await Self.wait(pause)
            pause = min(pause * 2, .seconds(2))
            let exchange = try await engine.transport.send(question, on: eventLoop)
            let body = try await exchange.collect(limit: 1 << 20)
            guard exchange.status == 200 else {
                throw FaultCodec.decode(status: max(400, exchange.status), body: body, from: call.target.format)
            }
            switch try Self.state(of: body) {
            case "Ready", "Request Moderated", "Content Moderated":
                return ReceivedImages(exchange: exchange, body: body)
            case "Pending", "Queued", "Processing": continue
            default:
                throw UpstreamFault(.upstream, message: "the upstream gave the image up", code: "upstream_incomplete")
            }
        }
        throw UpstreamFault(.timeout, message: "the image was not drawn in time", code: "upstream_timeout")
    }

    @inline(never)  // Its temporaries would lie in the frame of every suspended attempt.
    private func question(about order: ReceivedImages, _ call: UpstreamRequest) throws -> UpstreamRequest {
        guard let body = order.body, let id = try Self.object(body).present("request_id")?.text else {
            throw UpstreamFault(
                .upstream, message: "the upstream's answer is not one of its format", code: "upstream_invalid")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("id")
        writer.value(id)
        writer.endObject()
        var question = call
        question.endpoint = call.endpoint.imageResultOperation
        question.body = ByteBuffer(bytes: writer.bytes)
        return question
    }

    private static func state(of body: [UInt8]) throws -> String { try object(body).present("status")?.string ?? "" }

    private static func object(_ body: [UInt8]) throws(UpstreamFault) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: body)
        } catch {
            throw UpstreamFault(.upstream, message: "the upstream's answer is not valid JSON", code: "upstream_invalid")
        }
    }

    private static func wait(_ pause: Duration) async throws(UpstreamFault) {
        do {
            try await Task.sleep(for: pause)
        } catch {
            throw UpstreamFault(.clientClosed, message: "the request was cancelled", code: "client_closed")
        }
    }
}
