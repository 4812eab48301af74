import NIOCore
import OmniJSON
import OmniTranslate

/// Has a text embedded by the router itself, as a client would: with its accounts, limits, fallbacks and records.
///
/// It is recorded with the path ``path`` and without a client key, for it is the router's owner who wants it.
struct QuestionEmbedder: Sendable {
    /// What came of it.
    enum Result: Sendable {
        case vector(UnitVector)
        case failed(String)
        /// There was none in time.
        case late
        /// Nobody waits for it any more.
        case cancelled
    }

    /// One request and what it was.
    struct Embedding: Sendable {
        var result: Result
        /// Who made the vector, as `provider/model`.
        var maker = ""
        var cost: NanoDollars?
    }

    /// Marks in the request log what the cache asked for.
    static let path = "cache:/v1/embeddings"

    let engine: InferenceEngine
    let routes: RoutePlanner
    let eventLoop: any EventLoop

    /// - Parameter requestID: of the request it is made for.
    func embed(_ text: [UInt8], by model: String, within deadline: Duration, requestID: String) async -> Embedding {
        var request = InferenceRequest(
            id: "\(requestID)-embedding", receivedAt: engine.clock.wallMilliseconds(), clientFormat: .openAIChat,
            path: Self.path, body: Self.body(text, model: model))
        request.operation.service = .embedding(.openAI)
        let question = request
        return await withTaskGroup(of: Embedding?.self) { group in
            group.addTask { await ask(question) }
            group.addTask {
                // Cancelled as soon as there is an answer.
                try? await Task.sleep(for: deadline)
                return nil
            }
            // What comes first decides; the other one is cancelled and ends at once.
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            let cancelled = await group.next() ?? nil
            return Embedding(result: Task.isCancelled ? .cancelled : .late, cost: cancelled?.cost)
        }
    }

    private func ask(_ request: InferenceRequest) async -> Embedding {
        let writer = EmbeddingWriter()
        let execution = RequestExecution(engine: engine, request: request, eventLoop: eventLoop, writer: writer)
        await execution.run(routes: routes)
        let record = execution.record
        let result: Result =
            Task.isCancelled
            ? .cancelled : writer.status == 200 ? Self.vector(in: writer.body) : .failed(record.failure)
        return Embedding(result: result, maker: "\(record.provider)/\(record.servedModel)", cost: record.cost)
    }

    private static func vector(in body: [UInt8]) -> Result {
        do {
            let answer = try EmbeddingAnswer(JSONValue(parsing: body), of: .openAI, inputs: 1)
            guard let vector = try answer.vectors.first.flatMap({ try UnitVector($0.numbers()) }) else {
                return .failed("the vector has no direction or too many dimensions")
            }
            return .vector(vector)
        } catch {
            return .failed("the vector cannot be read")
        }
    }

    private static func body(_ text: [UInt8], model: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        writer.key("input")
        writer.value(JSONText(escaping: text))
        // Every server knows numbers, not every one base64.
        writer.key("encoding_format")
        writer.value("float")
        writer.endObject()
        return writer.bytes
    }
}

extension UsageRecord {
    fileprivate var failure: String { "status \(status)\(errorCode.map { ", \($0)" } ?? "")" }
}

/// Keeps the answer to a request for a vector.
private final class EmbeddingWriter: ResponseWriter, @unchecked Sendable {  // SAFETY: used on the request's loop only
    private(set) var status = 0
    private(set) var body: [UInt8] = []

    /// Whoever waits for a vector cancels the request once it waits no longer.
    var isClosed: Bool { Task.isCancelled }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        self.status = status
        self.body = Array(body.readableBytesView)
    }

    // Vectors come whole.
    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {}
    func write(_ body: ByteBuffer) async {}
    func finish(_ body: ByteBuffer) {}
}
