import Crypto
import NIOCore
import NIOPosix
import OmniCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A file on disk that has no name: nobody else can open it, and it is gone with its last user, whatever happens.
final class SpooledFile: UploadContents, @unchecked Sendable {  // SAFETY: one job at a time writes
    /// Why bytes could not be kept or read.
    struct Failure: Error {
        let errno: Int32

        /// Whether there is no room for them.
        var isFull: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }
    }

    private(set) var length = 0
    private(set) var head: [UInt8] = []
    private let folder: String
    private let pool: NIOThreadPool
    private var descriptor: Int32 = -1
    private var hash: SHA256?

    /// How much of the beginning is kept in memory too, to tell what it is.
    private static let headBytes = 16 << 10

    /// - Parameters:
    ///   - folder: where the file's blocks are; a file system in memory would defeat the purpose.
    ///   - isHashed: whether ``digest`` will be asked for.
    init(folder: String, isHashed: Bool, pool: NIOThreadPool = .singleton) {
        self.folder = folder
        self.pool = pool
        if isHashed { hash = SHA256() }
    }

    deinit {
        guard descriptor >= 0 else { return }
        let descriptor = descriptor
        // Giving back the blocks of a large file takes a while.
        pool.submit { _ in _ = close(descriptor) }
    }

    /// SHA-256 of the contents.
    var digest: [UInt8]? { hash.map { Array($0.finalize()) } }

    /// Adds bytes at the end; the next may be added when these are written.
    func append(_ bytes: ByteBuffer, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        pool.runIfActive(eventLoop: eventLoop) { try self.write(bytes) }
    }

    func read(at offset: Int, count: Int, on eventLoop: any EventLoop) async throws(TransportError) -> ByteBuffer {
        do {
            return try await pool.runIfActive(eventLoop: eventLoop) { try self.bytes(at: offset, count: count) }.get()
        } catch {
            throw TransportError(.uploadLost, "the uploaded file can no longer be read")
        }
    }

    private func write(_ bytes: ByteBuffer) throws(Failure) {
        if descriptor < 0 { try open() }
        if head.count < Self.headBytes { head += bytes.readableBytesView.prefix(Self.headBytes - head.count) }
        hash?.update(data: bytes.readableBytesView)
        var written = 0
        while written < bytes.readableBytes {
            let count = bytes.withUnsafeReadableBytes { source in
                source.baseAddress.map { pwrite(descriptor, $0 + written, source.count - written, off_t(length)) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(errno: count < 0 ? errno : ENOSPC) }
            written += count
            length += count
        }
    }

    private func open() throws(Failure) {
        // Mode 0600; without its name from the next moment on.
        var path = Array("\(folder)/upload-XXXXXX".utf8CString)  // mkstemp(3) puts other letters in their place
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        guard unlink(path) == 0 else { throw Failure(errno: errno) }
        // No program that the daemon starts may inherit it.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private func bytes(at offset: Int, count: Int) throws(Failure) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        while true {
            let read = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                max(0, pread(descriptor, target.baseAddress, count, off_t(offset)))
            }
            if read > 0 { return buffer }
            guard errno == EINTR else { throw Failure(errno: errno) }
        }
    }
}
