import NIOCore
import OmniCore

/// Reads the inference requests of one connection from its bytes (RFC 9112).
///
/// A general decoder makes strings of every field, and of each request several messages. What this one does not understand it
/// leaves, whole, to such a one: see ``RequestHeadReader``.
struct RequestDecoder {
    enum Piece {
        case head(RequestHead, InferenceRoute)
        case bytes(ByteBuffer)
        /// The request is complete; what follows is the next one.
        case end
        /// A request that is not understood here: everything from its first byte on is still in the input.
        case foreign
        /// The body's end cannot be found.
        case broken
    }

    private enum State {
        case head
        /// So many bytes of the body or of a chunk are still to come.
        case sized(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers
        case ended
        /// What still comes is no request.
        case over
    }

    private var state = State.head
    private var input = ReceivedBytes()
    private var reader = RequestHeadReader()
    /// Whether the request in hand is the last one.
    private var isLast = false
    private var trailerBytes = 0
    private var trailerCount = 0

    /// The longest line that tells a chunk's size, with all that may be behind it.
    private static let maximumChunkLine = 4096

    mutating func append(_ bytes: ByteBuffer) { input.append(bytes) }

    /// How much has come that was not read.
    var waitingBytes: Int { input.buffer?.readableBytes ?? 0 }

    /// Gives what was not read away.
    mutating func takeInput() -> ByteBuffer? { input.take() }

    /// - Returns: nil when more has to come first.
    mutating func next() -> Piece? {
        while true {
            switch state {
            case .head: return readHead()
            case .sized(let count):
                guard let bytes = input.take(atMost: count) else { return nil }
                state = bytes.readableBytes == count ? .ended : .sized(count - bytes.readableBytes)
                return .bytes(bytes)
            case .chunkSize:
                guard let line = line(limit: Self.maximumChunkLine) else { return brokenOrNil }
                guard let count = Self.chunkSize(line) else { return fail() }
                (trailerBytes, trailerCount) = (0, 0)
                state = count == 0 ? .trailers : .chunk(count)
            case .chunk(let count):
                guard let bytes = input.take(atMost: count) else { return nil }
                state = bytes.readableBytes == count ? .chunkEnd : .chunk(count - bytes.readableBytes)
                return .bytes(bytes)
            case .chunkEnd:
                guard let line = line(limit: 0) else { return brokenOrNil }
                guard line.readableBytes == 0 else { return fail() }
                state = .chunkSize
            case .trailers:
                guard let line = line(limit: RequestHeadReader.maximumBytes) else { return brokenOrNil }
                guard readTrailer(line) else { return fail() }
                if line.readableBytes == 0 { state = .ended }
            case .ended:
                state = isLast ? .over : .head
                return .end
            case .over:
                _ = input.take()
                return nil
            }
        }
    }

    // MARK: Heads

    private mutating func readHead() -> Piece? {
        skipEmptyLines()
        guard let bytes = input.buffer, !Self.mayBeEmptyLine(bytes) else { return nil }
        switch bytes.withUnsafeReadableBytes({ reader.read($0) }) {
        case .incomplete: return nil
        case .foreign: return .foreign
        case .whole(let length):
            // The bytes of the body would otherwise stay in memory for as long as the head does.
            let head = reader.head(in: bytes.getBytes(at: bytes.readerIndex, length: length) ?? [])
            guard let route = reader.route else { return .foreign }
            input.consume(length)
            switch reader.framing {
            case .sized(0): state = .ended
            case .sized(let count): state = .sized(count)
            case .chunked: state = .chunkSize
            }
            reader = RequestHeadReader()
            isLast = !head.keepsAlive
            return .head(head, route)
        }
    }

    /// Empty lines before a request are a habit of some clients (RFC 9112 2.2).
    private mutating func skipEmptyLines() {
        while let bytes = input.buffer, bytes.getInteger(at: bytes.readerIndex, as: UInt16.self) == 0x0D0A {
            input.consume(2)
        }
    }

    private static func mayBeEmptyLine(_ bytes: ByteBuffer) -> Bool {
        bytes.readableBytes == 1
            && bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) == HTTPCharacters.carriageReturn
    }

    // MARK: Bodies

    private mutating func fail() -> Piece {
        state = .over
        _ = input.take()
        return .broken
    }

    /// For lines that are not there: they may have been found to be none.
    private var brokenOrNil: Piece? {
        if case .over = state { .broken } else { nil }
    }

    /// The next line without its end; nil when it is not complete, or is too long or has another end, and then it is over.
    private mutating func line(limit: Int) -> ByteBuffer? {
        switch input.line(limit: limit) {
        case .incomplete: return nil
        case .whole(let line, endsInCRLF: true): return line
        case .whole, .tooLong:
            _ = fail()
            return nil
        }
    }

    /// Extensions may follow the size, and mean nothing.
    private static func chunkSize(_ line: ByteBuffer) -> Int? {
        line.withUnsafeReadableBytes { line in
            guard let (size, end) = HTTPCharacters.chunkSize(line),
                HTTPCharacters.areExtensions(end..<line.count, of: line)
            else { return nil }
            return size
        }
    }

    /// - Returns: whether it is a field, or the empty line behind them.
    private mutating func readTrailer(_ line: ByteBuffer) -> Bool {
        guard line.readableBytes > 0 else { return true }
        trailerBytes += line.readableBytes
        trailerCount += 1
        guard trailerBytes <= RequestHeadReader.maximumBytes, trailerCount <= RequestHeadReader.maximumFields else {
            return false
        }
        return line.withUnsafeReadableBytes { line in
            guard HTTPCharacters.endOfText(in: line, from: 0) == line.count,
                let name = HTTPCharacters.field(0..<line.count, of: line)?.name
            else { return false }
            // Where a body ends must be known before it begins (RFC 9110 6.5.1).
            let text = UnsafeRawBufferPointer(rebasing: line[name])
            return !text.spells("content-length") && !text.spells("transfer-encoding")
        }
    }
}
