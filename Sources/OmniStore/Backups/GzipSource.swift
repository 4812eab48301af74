import CZlib
import OmniCore

/// Compresses what it draws, in gzip's form.
struct GzipSource: ByteSource {
    private var inner: any ByteSource
    private let stream: ZlibStream
    private var isDone = false

    init(_ inner: any ByteSource) throws {
        self.inner = inner
        stream = try ZlibStream(compresses: true)
    }

    mutating func next() throws -> [UInt8]? {
        while !isDone {
            let bytes = try inner.next()
            isDone = bytes == nil
            let compressed = try stream.run(bytes ?? [], isLast: isDone)
            if !compressed.isEmpty { return compressed }
        }
        return nil
    }
}

/// Expands what it draws; a file that ends too early is an error.
struct GunzipSource: ByteSource {
    private var inner: any ByteSource
    private let stream: ZlibStream
    private var waiting: ArraySlice<UInt8> = []
    private var isDone = false

    init(_ inner: any ByteSource) throws {
        self.inner = inner
        stream = try ZlibStream(compresses: false)
    }

    mutating func next() throws -> [UInt8]? {
        while !isDone {
            if waiting.isEmpty {
                guard let bytes = try inner.next() else { throw BackupFault(.damaged, "the archive is not complete") }
                waiting = bytes[...]
            }
            // Small pieces go in, so that no short file can make a large one in memory.
            let piece = Array(waiting.prefix(4096))
            waiting = waiting.dropFirst(piece.count)
            let expanded = try stream.run(piece, isLast: false)
            isDone = stream.hasEnded
            // Whether the file is whole is known when all of it was drawn.
            if isDone { while try inner.next() != nil {} }
            if !expanded.isEmpty { return expanded }
        }
        return nil
    }
}

/// One run of zlib, freed with its last user.
private final class ZlibStream {
    // On the heap, because zlib remembers where it is.
    private let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let compresses: Bool
    private(set) var hasEnded = false

    /// 15 bits of window and gzip's head and sum.
    private static let gzipWindow: Int32 = 15 + 16

    init(compresses: Bool) throws {
        self.compresses = compresses
        state.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        let result =
            compresses
            ? deflateInit2_(
                state, 6, Z_DEFLATED, Self.gzipWindow, 8, Z_DEFAULT_STRATEGY, zlibVersion(), size)
            : inflateInit2_(state, Self.gzipWindow, zlibVersion(), size)
        guard result == Z_OK else { throw BackupFault(.failed, "there is no memory to compress with") }
    }

    deinit {
        if compresses { deflateEnd(state) } else { inflateEnd(state) }
        state.deinitialize(count: 1)
        state.deallocate()
    }

    func run(_ input: [UInt8], isLast: Bool) throws -> [UInt8] {
        var input = input
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        try input.withUnsafeMutableBufferPointer { source in
            state.pointee.next_in = source.baseAddress
            state.pointee.avail_in = UInt32(source.count)
            repeat {
                let result = buffer.withUnsafeMutableBufferPointer { target in
                    state.pointee.next_out = target.baseAddress
                    state.pointee.avail_out = UInt32(target.count)
                    return compresses
                        ? deflate(state, isLast ? Z_FINISH : Z_NO_FLUSH) : inflate(state, Z_NO_FLUSH)
                }
                output += buffer[..<(buffer.count - Int(state.pointee.avail_out))]
                hasEnded = result == Z_STREAM_END
                guard hasEnded || result == Z_OK || result == Z_BUF_ERROR else {
                    throw BackupFault(.damaged, "the archive is damaged")
                }
            } while !hasEnded && state.pointee.avail_out == 0
        }
        return output
    }
}
