import NIOCore
import OmniCore
import OmniTranslate

/// Takes in a form with a file: its fields in memory, the file on disk, both while they arrive.
final class UploadIntake: @unchecked Sendable {  // SAFETY: used on the connection's event loop only
    /// The form when all of it is there.
    struct Form: Sendable {
        /// A JSON object of the plain fields.
        var fields: [UInt8]
        var upload: ClientUpload?
    }

    /// How much may wait for the disk before the client must wait too.
    private static let maximumPendingBytes = 512 << 10
    /// Smaller pieces than this wait for more, so that not each of them costs a call.
    private static let pieceBytes = 128 << 10

    private let boundary: MultipartBoundary
    private let maximumBytes: Int
    private let eventLoop: any EventLoop
    private var parser: MultipartParser
    private var fields = MultipartFields()
    private let file: SpooledFile
    private var part: MultipartPart?
    private var isInFile = false
    private var received = 0
    private var seen = 0
    private var pending = ByteBuffer()
    private var isWriting = false
    private var fault: UpstreamFault?
    private var waiter: CheckedContinuation<Void, Never>?
    /// Told when the client may send on.
    var onRoom: (() -> Void)?
    /// Told when the form cannot be kept.
    var onFault: ((UpstreamFault) -> Void)?

    /// - Parameters:
    ///   - maximumBytes: of the whole form.
    ///   - folder: for the file.
    ///   - isHashed: whether the file's digest will be needed.
    init(
        contentType: String?, maximumBytes: Int, folder: String, isHashed: Bool, eventLoop: any EventLoop
    ) throws(UpstreamFault) {
        do throws(MultipartError) {
            boundary = try MultipartBoundary(contentType: contentType)
        } catch {
            throw UpstreamFault(
                .invalidRequest, status: 415, message: "\(error)", code: "unsupported_media_type")
        }
        self.maximumBytes = maximumBytes
        self.eventLoop = eventLoop
        parser = MultipartParser(boundary: boundary)
        file = SpooledFile(folder: folder, isHashed: isHashed)
    }

    /// Whether the client must wait with the rest.
    var isFull: Bool { pending.readableBytes >= Self.maximumPendingBytes }

    /// Whether anything came since this was asked last.
    func hasProgressed() -> Bool {
        defer { seen = received }
        return received > seen
    }

    func receive(_ bytes: ByteBuffer) throws(UpstreamFault) {
        received += bytes.readableBytes
        guard received <= maximumBytes else { throw Self.tooLarge(maximumBytes) }
        do throws(MultipartError) {
            for event in try parser.push(bytes.readableBytesView) { try take(event) }
        } catch {
            throw Self.malformed(error)
        }
        if pending.readableBytes >= Self.pieceBytes { writePending() }
    }

    /// The form, once the request is complete and the file is on disk.
    func finished() async throws(UpstreamFault) -> Form {
        if !parser.isComplete {
            throw Self.malformed("the form ends before its closing boundary")
        }
        writePending()
        while isWriting, fault == nil {
            await withCheckedContinuation { waiter = $0 }
        }
        if let fault { throw fault }
        guard let part else { return Form(fields: fields.json) }
        return Form(
            fields: fields.json,
            upload: ClientUpload(
                contents: file, part: part, boundary: boundary, head: file.head, digest: file.digest))
    }

    static func tooLarge(_ limit: Int) -> UpstreamFault {
        UpstreamFault(
            .tooLarge, message: "the upload is larger than \(limit) bytes", code: "request_too_large",
            parameter: "file")
    }

    private static func malformed(_ reason: some CustomStringConvertible) -> UpstreamFault {
        UpstreamFault(.invalidRequest, message: "the form cannot be read: \(reason)", code: "invalid_multipart")
    }

    private func take(_ event: MultipartParser.Event) throws(MultipartError) {
        switch event {
        case .part(let part):
            isInFile = part.fileName != nil || part.name == "file"
            guard isInFile else { return fields.begin(part.name) }
            guard part.name == "file" else { throw MultipartError("only the part named file can be a file") }
            guard self.part == nil else { throw MultipartError("there is more than one file") }
            self.part = part
        case .bytes(let bytes): if isInFile { pending.writeBytes(bytes) } else { try fields.append(bytes) }
        case .endOfPart: if !isInFile { try fields.end() }
        }
    }

    private func writePending() {
        guard !isWriting, fault == nil, pending.readableBytes > 0 else { return }
        isWriting = true
        let bytes = pending
        pending = ByteBuffer()
        file.append(bytes, on: eventLoop).whenComplete { self.wrote($0) }
    }

    private func wrote(_ result: Result<Void, any Error>) {
        isWriting = false
        switch result {
        case .success:
            // Once the request is complete somebody waits for the very last byte.
            if waiter != nil || pending.readableBytes >= Self.pieceBytes { writePending() }
            if !isFull { onRoom?() }
        case .failure(let error):
            let isFull = (error as? SpooledFile.Failure)?.isFull ?? false
            let fault = UpstreamFault(
                .upstream, status: isFull ? 507 : 500,
                message: isFull ? "there is no room left on disk for the upload" : "the upload cannot be kept on disk",
                code: isFull ? "insufficient_storage" : "upload_failed")
            self.fault = fault
            if waiter == nil { onFault?(fault) }
        }
        guard !isWriting, let waiter else { return }
        self.waiter = nil
        waiter.resume()
    }
}
