import NIOCore
import OmniCore

extension UpstreamRequest {
    /// Request line and header fields as they are sent, with room for a body that is not too large to be copied.
    func head(using allocator: ByteBufferAllocator) -> ByteBuffer {
        let room = body.readableBytes <= UpstreamConnection.maximumCopiedBytes ? body.readableBytes : 0
        var bytes = allocator.buffer(capacity: 1024 + room)
        bytes.writeHead(
            line: [method, " ", endpoint.path, " HTTP/1.1\r\nhost: ", endpoint.authority], fields: headers,
            more: "\r\naccept-encoding: identity", length: body.readableBytes + (upload?.length ?? 0))
        return bytes
    }
}
