import OmniJSON

/// Looks for the images in a stream of OpenAI's, whose events are passed on as they are.
public struct ImageStreamReader: Sendable {
    /// What a piece of the stream brought.
    public struct Progress: Sendable {
        /// Whole events, ready to be sent.
        public var events: [UInt8] = []
        /// The last event, when it brought a whole image: it is sent only once it is on record.
        public var completed: [UInt8] = []
        public var failure: UpstreamFault?
    }

    private var parser = ServerSentEventParser(maximumEventBytes: 64 << 20)
    /// The whole images so far.
    public private(set) var images = 0
    /// The tokens of all of them, where the upstream counts.
    public private(set) var usage: Usage?
    /// The quality and the size of the images, as far as they were told.
    public private(set) var variant: String?

    public init() {}

    public mutating func push(_ bytes: UnsafeRawBufferPointer) -> Progress {
        var progress = Progress()
        var position = 0
        do throws(ServerSentEventOverflow) {
            while let event = try parser.next(in: bytes, at: &position) {
                take(event, into: &progress)
                guard progress.failure == nil else { break }
            }
        } catch {
            progress.failure = UpstreamFault(
                .upstream, message: "an event of the upstream's stream is too large", code: "upstream_invalid")
        }
        return progress
    }

    /// The upstream has ended; its last event may lack the line that ends it.
    public mutating func finish() -> Progress {
        var progress = Progress()
        if let event = parser.finish() { take(event, into: &progress) }
        return progress
    }

    private mutating func take(_ event: ServerSentEvent, into progress: inout Progress) {
        // Some servers end as chat does; images have no such end.
        guard !event.data.isEmpty, !event.data.elementsEqual("[DONE]".utf8) else { return }
        // What is no JSON says nothing and would break the client's reader.
        guard let value = try? JSONValue(parsing: event.data) else {
            progress.failure = UpstreamFault(
                .upstream, message: "an event of the upstream's stream is not JSON", code: "upstream_invalid")
            return
        }
        let type = value.present("type")?.string ?? ""
        if type == "error" || value.present("error") != nil {
            progress.failure =
                FaultCodec.decode(value, status: nil, from: .openAIChat)
                ?? UpstreamFault(.upstream, message: "the upstream's stream broke off with an error")
            return
        }
        var frame: [UInt8] = []
        if !event.name.isEmpty { frame += Array("event: ".utf8) + event.name + Array("\n".utf8) }
        frame += Array("data: ".utf8) + event.data + Array("\n\n".utf8)
        progress.events += progress.completed
        progress.completed = []
        guard type.hasSuffix(".completed") else {
            progress.events += frame
            return
        }
        progress.completed = frame
        images += 1
        add(OpenAIChatUsage.decode(value.present("usage")))
        if let quality = value.present("quality")?.string, let size = value.present("size")?.string {
            variant = "\(quality)/\(size)"
        }
    }

    private mutating func add(_ more: Usage?) {
        guard let more else { return }
        var sum = usage ?? Usage()
        sum.input += more.input
        sum.cacheRead += more.cacheRead
        sum.output += more.output
        sum.reasoning += more.reasoning
        usage = sum
    }
}
