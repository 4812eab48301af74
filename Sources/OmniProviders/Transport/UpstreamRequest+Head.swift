import NIOCore
import OmniCore

extension UpstreamRequest {
    /// Request line and header fields as they are sent, up to the empty line.
    ///
    /// Nothing in them is looked at: names are ours, values were checked when they were configured or came in through a
    /// parser.
    func head(using allocator: ByteBufferAllocator) -> ByteBuffer {
        let room = body.readableBytes <= UpstreamConnection.maximumCopiedBytes ? body.readableBytes : 0
        var bytes = allocator.buffer(capacity: 1024 + room)
        bytes.writeString(method)
        bytes.writeStaticString(" ")
        bytes.writeString(endpoint.path)
        bytes.writeStaticString(" HTTP/1.1\r\nhost: ")
        bytes.writeString(endpoint.authority)
        for header in headers {
            bytes.writeStaticString("\r\n")
            bytes.writeString(header.name)
            bytes.writeStaticString(": ")
            bytes.writeString(header.value)
        }
        bytes.writeStaticString("\r\naccept-encoding: identity\r\ncontent-length: ")
        bytes.writeString(String(body.readableBytes))
        bytes.writeStaticString("\r\n\r\n")
        return bytes
    }
}
