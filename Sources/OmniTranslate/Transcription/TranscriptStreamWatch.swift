import OmniJSON

/// Reads along with a stream of OpenAI's transcription events that is passed on as it is.
public struct TranscriptStreamWatch: Sendable {
    private var parser = ServerSentEventParser()
    /// Whether words have come.
    public private(set) var hasWords = false
    /// Whether the last event has come.
    public private(set) var isComplete = false
    /// What the last event says was used.
    public private(set) var usage: TranscriptionUsage?
    /// Why nothing more can come.
    public private(set) var fault: UpstreamFault?

    public init() {}

    /// Whether nothing would be torn apart by something put in here.
    public var isBetweenEvents: Bool { !parser.isInsideEvent }

    public mutating func push(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        do throws(ServerSentEventOverflow) {
            while fault == nil, let event = try parser.next(in: bytes, at: &position) { take(event) }
        } catch {
            fault = UpstreamFault(.upstream, message: "an event of the upstream's stream is too large")
        }
    }

    /// The upstream's answer is over.
    public mutating func end() {
        if let event = parser.finish() { take(event) }
        guard !isComplete else { return }
        fail(UpstreamFault(.upstream, message: "the upstream's stream ended early", code: "upstream_incomplete"))
    }

    /// The upstream's answer broke; what is complete stays so.
    public mutating func fail(_ fault: UpstreamFault) {
        if !isComplete, self.fault == nil { self.fault = fault }
    }

    private mutating func take(_ event: ServerSentEvent) {
        guard !event.data.elementsEqual("[DONE]".utf8) else { return }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: event.data)
        } catch {
            return fail(UpstreamFault(.upstream, message: "an event of the upstream's stream is not JSON"))
        }
        if let error = FaultCodec.decode(value, status: nil, from: .openAIChat) { return fail(error) }
        switch value.present("type")?.string {
        case "transcript.text.delta", "transcript.text.segment": hasWords = true
        case "transcript.text.done":
            isComplete = true
            usage = TranscriptionUsage(value)
        default: break
        }
    }
}
