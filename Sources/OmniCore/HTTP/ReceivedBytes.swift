package import NIOCore

/// What came in on an HTTP/1.1 connection and was not read yet.
///
/// What is taken from it are slices of what came, not copies.
package struct ReceivedBytes {
    package enum Line {
        case incomplete
        case tooLong
        /// The line without its end, which is CRLF or LF alone.
        case whole(ByteBuffer, endsInCRLF: Bool)
    }

    /// nil when nothing waits.
    package private(set) var buffer: ByteBuffer?
    /// How much of a line that is not complete was looked at.
    private var searched = 0

    package init() {}

    package mutating func append(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        if buffer == nil {
            buffer = bytes
        } else {
            buffer?.writeImmutableBuffer(bytes)
        }
    }

    /// - Returns: nil when nothing waits.
    package mutating func take(atMost count: Int = .max) -> ByteBuffer? {
        guard let bytes = buffer else { return nil }
        let length = min(count, bytes.readableBytes)
        guard length < bytes.readableBytes else {
            buffer = nil
            searched = 0
            return bytes
        }
        consume(length)
        return bytes.getSlice(at: bytes.readerIndex, length: length)
    }

    /// - Parameter count: not more than waits.
    package mutating func consume(_ count: Int) {
        buffer?.moveReaderIndex(forwardBy: count)
        if buffer?.readableBytes == 0 { buffer = nil }
        searched = 0
    }

    /// Takes the next line.
    /// - Parameter limit: how many bytes it may have, its end aside.
    package mutating func line(limit: Int) -> Line {
        guard let bytes = buffer else { return .incomplete }
        let newline = bytes.withUnsafeReadableBytes { $0.firstIndex(of: HTTPCharacters.lineFeed, from: searched) }
        let count = newline ?? bytes.readableBytes
        guard count <= limit + 1 else { return .tooLong }
        guard newline != nil else {
            searched = count
            return .incomplete
        }
        let last = bytes.readerIndex + count - 1
        let endsInCRLF =
            count > 0 && bytes.getInteger(at: last, as: UInt8.self) == HTTPCharacters.carriageReturn
        let length = endsInCRLF ? count - 1 : count
        guard length <= limit, let line = bytes.getSlice(at: bytes.readerIndex, length: length) else { return .tooLong }
        consume(count + 1)
        return .whole(line, endsInCRLF: endsInCRLF)
    }
}
