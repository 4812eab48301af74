public import NIOCore

/// The bytes of a file that is too large for memory, wherever they are kept.
///
/// They can be read any number of times: an attempt that failed has used up nothing.
public protocol UploadContents: AnyObject, Sendable {
    /// In bytes.
    var length: Int { get }
    /// Reads some bytes without holding up the loop.
    ///
    /// - Returns: at least one byte and at most `count`; fewer only at the end.
    func read(at offset: Int, count: Int, on eventLoop: any EventLoop) async throws(TransportError) -> ByteBuffer
}

/// A file as the tail of an upstream request's body: what is sent after ``UpstreamRequest/body``, before `tail`.
public final class UpstreamUpload: Sendable {
    public let contents: any UploadContents
    public let tail: ByteBuffer

    public init(_ contents: any UploadContents, tail: ByteBuffer = ByteBuffer()) {
        self.contents = contents
        self.tail = tail
    }

    /// Of the file and the tail, in bytes.
    public var length: Int { contents.length + tail.readableBytes }
}
