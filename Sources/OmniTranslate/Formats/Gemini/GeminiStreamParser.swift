/// Cuts a Gemini stream into its answers, in whichever of the two framings it comes: server-sent events, or one JSON
/// array that arrives in pieces when nobody asked for `alt=sse`.
struct GeminiStreamParser: Sendable {
    private enum Framing: Sendable { case unknown, events, array }

    private var framing = Framing.unknown
    private var events = ServerSentEventParser()
    /// The element that is not complete yet.
    private var element: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscape = false
    private static let limit = 16 << 20
    /// Whether the array's bracket was opened, and not closed yet.
    private(set) var isOpenArray = false
    /// Whether the array has had an element.
    private(set) var hasElements = false

    /// Whether it is a JSON array.
    var isArray: Bool { framing == .array }

    /// Whether the bytes so far end inside an element, which nothing can complete any more.
    var isCut: Bool { isArray && depth > 0 }

    /// Whether bytes of an unfinished answer are held back.
    var isInsideEvent: Bool { isArray ? depth > 0 : events.isInsideEvent }

    /// Reads on until one answer is complete.
    /// - Returns: nil when `bytes` is used up.
    mutating func next(
        in bytes: UnsafeRawBufferPointer, at position: inout Int
    ) throws(ServerSentEventOverflow) -> ServerSentEvent? {
        while framing == .unknown, position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            // A single object is an answer that was not streamed at all, such as an error.
            case UInt8(ascii: "["), UInt8(ascii: "{"): framing = .array
            default: framing = .events
            }
        }
        switch framing {
        case .unknown: return nil
        case .events: return try events.next(in: bytes, at: &position)
        case .array: return try nextElement(in: bytes, at: &position)
        }
    }

    /// The stream is over.
    ///
    /// - Returns: the event that lacked its closing blank line, when there is one.
    mutating func finish() -> ServerSentEvent? { isArray ? nil : events.finish() }

    private mutating func nextElement(
        in bytes: UnsafeRawBufferPointer, at position: inout Int
    ) throws(ServerSentEventOverflow) -> ServerSentEvent? {
        while depth == 0 {
            guard position < bytes.count else { return nil }
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","): position += 1
            case UInt8(ascii: "["), UInt8(ascii: "]"):
                isOpenArray = bytes[position] == UInt8(ascii: "[")
                position += 1
            case UInt8(ascii: "{"):
                depth = 1
                hasElements = true
            default:
                // No answer begins so; the decoder says so.
                position += 1
                return ServerSentEvent(data: [bytes[position - 1]])
            }
            if depth == 1 {
                element.append(bytes[position])
                position += 1
            }
        }
        let start = position
        while position < bytes.count, depth > 0 {
            take(bytes[position])
            position += 1
        }
        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        guard element.count + piece.count <= Self.limit else { throw ServerSentEventOverflow(limit: Self.limit) }
        element.append(contentsOf: piece)
        guard depth == 0 else { return nil }
        var whole: [UInt8] = []
        swap(&whole, &element)
        return ServerSentEvent(data: whole)
    }

    private mutating func take(_ byte: UInt8) {
        if isEscape {
            isEscape = false
            return
        }
        switch byte {
        case UInt8(ascii: "\\"): isEscape = isInString
        case UInt8(ascii: "\""): isInString.toggle()
        case UInt8(ascii: "{"), UInt8(ascii: "["): if !isInString { depth += 1 }
        case UInt8(ascii: "}"), UInt8(ascii: "]"): if !isInString { depth -= 1 }
        default: break
        }
    }
}
