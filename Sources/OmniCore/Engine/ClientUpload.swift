public import OmniTranslate

/// A file that came with a request, and how it came.
public final class ClientUpload: Sendable {
    public let contents: any UploadContents
    /// What the client said about the file.
    public let part: MultipartPart
    /// What separated the parts of the client's form; it occurs nowhere in the file.
    public let boundary: MultipartBoundary
    /// The first bytes, some KiB of them.
    public let head: [UInt8]
    /// SHA-256 of the contents; only of requests that may be duplicates.
    public let digest: [UInt8]?

    public init(
        contents: any UploadContents, part: MultipartPart, boundary: MultipartBoundary, head: [UInt8],
        digest: [UInt8]? = nil
    ) {
        self.contents = contents
        self.part = part
        self.boundary = boundary
        self.head = head
        self.digest = digest
    }
}
