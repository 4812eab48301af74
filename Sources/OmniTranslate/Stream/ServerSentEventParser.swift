/// One event of a `text/event-stream` body.
public struct ServerSentEvent: Sendable {
    /// The `event` field; empty when there was none.
    public var name: [UInt8]
    /// The `data` lines joined by line feeds; never absent, may be empty.
    public var data: [UInt8]

    public init(name: [UInt8] = [], data: [UInt8]) {
        self.name = name
        self.data = data
    }
}

/// An event grew past the bound its parser was given.
public struct ServerSentEventOverflow: Error, Sendable, Hashable {
    /// The bound, in bytes.
    public let limit: Int
}

/// Cuts a byte stream into server-sent events, wherever the bytes were split on their way.
///
/// Understands LF, CRLF and CR, comments, a byte order mark, multi-line data and a last event without its blank line.
/// Nothing is decoded: data may hold a character whose bytes came in several pieces.
public struct ServerSentEventParser: Sendable {
    private let limit: Int
    /// The line that is not finished yet.
    private var line: [UInt8] = []
    private var name: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var isAtStart = true
    private var skipsLineFeed = false

    /// - Parameter maximumEventBytes: what one event may hold before it counts as an attack. Default: 16 MiB.
    public init(maximumEventBytes: Int = 16 << 20) {
        limit = maximumEventBytes
    }

    /// Whether bytes of an unfinished event are held back.
    public var isInsideEvent: Bool { !line.isEmpty || hasData || !name.isEmpty }

    /// Reads on until one event is complete.
    /// - Parameter position: where in `bytes` to go on; moved past what was consumed, so call again until nil.
    /// - Returns: nil when `bytes` is used up.
    public mutating func next(
        in bytes: UnsafeRawBufferPointer, at position: inout Int
    ) throws(ServerSentEventOverflow) -> ServerSentEvent? {
        while position < bytes.count {
            if skipsLineFeed {
                skipsLineFeed = false
                if bytes[position] == 0x0A {
                    position += 1
                    continue
                }
            }
            let end = Self.lineEnd(in: bytes, from: position)
            let piece = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
            guard line.count + data.count + piece.count <= limit else { throw ServerSentEventOverflow(limit: limit) }
            guard end < bytes.count else {
                line.append(contentsOf: piece)
                position = end
                return nil
            }
            position = end + 1
            skipsLineFeed = bytes[end] == 0x0D
            if line.isEmpty {
                if let event = take(piece) { return event }
            } else {
                line.append(contentsOf: piece)
                if let event = takeHeldLine() { return event }
            }
        }
        return nil
    }

    /// The stream is over.
    /// - Returns: the event that lacked its closing blank line, when there is one.
    public mutating func finish() -> ServerSentEvent? {
        if !line.isEmpty, let event = takeHeldLine() { return event }
        return dispatch()
    }

    private mutating func takeHeldLine() -> ServerSentEvent? {
        var held: [UInt8] = []
        swap(&held, &line)
        let event = held.withUnsafeBytes { take($0) }
        held.removeAll(keepingCapacity: held.capacity <= 1 << 16)
        line = held
        return event
    }

    /// Interprets one whole line, without its end.
    private mutating func take(_ whole: UnsafeRawBufferPointer) -> ServerSentEvent? {
        var line = whole
        if isAtStart {
            isAtStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = UnsafeRawBufferPointer(rebasing: line[3...]) }
        }
        guard !line.isEmpty else { return dispatch() }
        if let value = Self.value(of: "data", in: line) {
            if hasData { data.append(0x0A) }
            data.append(contentsOf: value)
            hasData = true
        } else if let value = Self.value(of: "event", in: line) {
            name = Array(value)
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            name = []
            data = []
            hasData = false
        }
        return hasData ? ServerSentEvent(name: name, data: data) : nil
    }

    /// What follows a field's colon and one optional space; nil when the line is another field or a comment.
    private static func value(of field: StaticString, in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let count = field.utf8CodeUnitCount
        guard line.count >= count else { return nil }
        for index in 0..<count where line[index] != field.utf8Start[index] { return nil }
        guard line.count > count else { return UnsafeRawBufferPointer(rebasing: line[count...]) }
        guard line[count] == UInt8(ascii: ":") else { return nil }
        let hasSpace = line.count > count + 1 && line[count + 1] == 0x20
        return UnsafeRawBufferPointer(rebasing: line[(count + (hasSpace ? 2 : 1))...])
    }

    /// The offset of the next CR or LF, or the end.
    ///
    /// Eight bytes at a time: data lines are long.
    private static func lineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while position + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
            let feed = word ^ (ones &* 0x0A)
            let carriage = word ^ (ones &* 0x0D)
            // The lowest marked byte is exact; borrows can only mark bytes above it.
            let marked = (((feed &- ones) & ~feed) | ((carriage &- ones) & ~carriage)) & highs
            if marked != 0 { return position + marked.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < bytes.count, bytes[position] != 0x0A, bytes[position] != 0x0D { position += 1 }
        return position
    }
}
