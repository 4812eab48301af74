import NIOCore
import NIOHTTP1
import OmniCore

/// Answers as they are written to a client's connection (RFC 9112).
///
/// Head and body leave as one buffer: NIO's encoder makes several of them, which costs a short answer more than a copy.
struct AnswerBytes {
    let allocator: ByteBufferAllocator
    /// Whether the client understands bodies in chunks, as everybody does since HTTP/1.1.
    let takesChunks: Bool

    /// Larger bodies are not copied behind what frames them.
    static let maximumCopiedBytes = 16 << 10

    /// - Parameters:
    ///   - length: of the body; nil for one in chunks, or as long as the connection lasts.
    ///   - room: bytes that will be written behind it.
    func head(
        status: Int, headers: [(name: String, value: String)], length: Int?, closes: Bool, room: Int
    ) -> ByteBuffer {
        var bytes = allocator.buffer(capacity: 640 + room)
        let isChunked = length == nil && takesChunks
        let framing: StaticString =
            switch (isChunked, closes) {
            case (false, false): ""
            case (false, true): "\r\nconnection: close"
            case (true, false): "\r\ntransfer-encoding: chunked"
            case (true, true): "\r\ntransfer-encoding: chunked\r\nconnection: close"
            }
        // A status without a body has no length of one either (RFC 9110 8.6).
        bytes.writeHead(
            line: [takesChunks ? "HTTP/1.1 " : "HTTP/1.0 ", Self.words(for: status)], fields: headers, more: framing,
            length: status == 204 ? nil : length)
        return bytes
    }

    /// The status with its reason.
    private static func words(for status: Int) -> String {
        status == 200 ? "200 OK" : "\(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)"
    }

    /// A piece of a body without a known length, small enough to be copied.
    /// - Parameters:
    ///   - before: what is written already and was not sent.
    ///   - isLast: whether the body ends here.
    func piece(_ body: ByteBuffer, after before: ByteBuffer?, isLast: Bool) -> ByteBuffer {
        let length = body.readableBytes
        var bytes = before ?? allocator.buffer(capacity: 24 + length)
        beginChunk(length, in: &bytes)
        bytes.writeImmutableBuffer(body)
        endChunk(length, isLast: isLast, in: &bytes)
        return bytes
    }

    /// The same of one that is not copied, in as many buffers as it takes.
    func pieces(_ body: ByteBuffer, after before: ByteBuffer?, isLast: Bool) -> [ByteBuffer] {
        let length = body.readableBytes
        var bytes = before ?? allocator.buffer(capacity: 24)
        beginChunk(length, in: &bytes)
        var end = allocator.buffer(capacity: 8)
        endChunk(length, isLast: isLast, in: &end)
        return [bytes, body, end]
    }

    private func beginChunk(_ length: Int, in bytes: inout ByteBuffer) {
        guard takesChunks, length > 0 else { return }
        bytes.writeString(String(length, radix: 16))
        bytes.writeStaticString("\r\n")
    }

    private func endChunk(_ length: Int, isLast: Bool, in bytes: inout ByteBuffer) {
        guard takesChunks else { return }
        if length > 0 { bytes.writeStaticString("\r\n") }
        if isLast { bytes.writeStaticString("0\r\n\r\n") }
    }
}
