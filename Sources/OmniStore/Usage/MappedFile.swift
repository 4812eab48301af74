import Foundation

/// A file of a fixed size mapped into memory: what is stored there outlives the process, without a call into the system.
final class MappedFile: @unchecked Sendable {  // SAFETY: its owner calls it under a lock
    let space: UnsafeMutableRawBufferPointer

    /// Opens or makes a file whose blocks are all there: a mapped file that runs out of disk ends the process.
    /// - Parameter path: nil for memory without a file, which ends with the process.
    /// - Throws: ``StoreError``.
    init(path: String?, length: Int) throws {
        space = if let path { try Self.map(path, length: length) } else { try Self.memory(length) }
    }

    private static func memory(_ length: Int) throws -> UnsafeMutableRawBufferPointer {
        let mapping = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapping, mapping != MAP_FAILED else {
            throw StoreError(.directory, "there is no memory for the usage journal")
        }
        return UnsafeMutableRawBufferPointer(start: mapping, count: length)
    }

    private static func map(_ path: String, length: Int) throws -> UnsafeMutableRawBufferPointer {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(.directory, "the usage journal \(path) cannot be opened") }
        defer { close(descriptor) }
        let present = max(0, Int(lseek(descriptor, 0, SEEK_END)))
        guard present >= length || fill(descriptor, from: present, to: length) else {
            throw StoreError(.directory, "the usage journal \(path) cannot be written; is the disk full?")
        }
        let size = max(present, length)
        let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let mapping, mapping != MAP_FAILED else {
            throw StoreError(.directory, "the usage journal \(path) cannot be mapped into memory")
        }
        return UnsafeMutableRawBufferPointer(start: mapping, count: size)
    }

    /// Gives a file its blocks, with zeros in them.
    private static func fill(_ descriptor: Int32, from present: Int, to length: Int) -> Bool {
        #if !canImport(Darwin)
        if posix_fallocate(descriptor, off_t(present), off_t(length - present)) == 0 { return true }
        #endif
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var position = present
        while position < length {
            let written = pwrite(descriptor, zeros, min(zeros.count, length - position), off_t(position))
            guard written > 0 else { return false }
            position += written
        }
        return true
    }

    deinit { munmap(space.baseAddress, space.count) }

    /// Gives back the memory of what was looked at; what is in it stays with the file.
    func letPagesGo() { madvise(space.baseAddress, space.count, MADV_DONTNEED) }

    /// Over whole words, so that half of what was stored is not taken for all of it.
    func checksum(_ range: Range<Int>) -> UInt32 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        // Bound once: to check each word's place would take longer than what is done with it.
        let words = UnsafeRawBufferPointer(rebasing: space[range])
        for word in words.assumingMemoryBound(to: UInt64.self) {  // SAFETY: records begin and end at multiples of eight
            hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
        }
        return UInt32(truncatingIfNeeded: hash)
    }
}
