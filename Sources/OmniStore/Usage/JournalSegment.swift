/// A file mapped into memory that records are appended to.
///
/// After 16 bytes of head (a mark and the number of the first record) come records: length, checksum, number, contents,
/// filled up to whole words. A record counts when its number is the next one and its checksum fits, so neither half a
/// record nor what an earlier use of the file left is taken for one, and beginning anew is one store.
final class JournalSegment: @unchecked Sendable {  // SAFETY: called under the ledger's lock only
    private static let mark: UInt64 = 0x3145_4741_5355_524F  // "ORUSAGE1"
    private static let headLength = 16

    private let file: MappedFile
    private var end = headLength
    private var space: UnsafeMutableRawBufferPointer { file.space }

    /// - Throws: ``StoreError``.
    init(path: String, length: Int) throws { file = try MappedFile(path: path, length: length) }

    /// Forgets what is in it.
    /// - Parameter first: the number of the record that will come first.
    func begin(at first: Int64) {
        end = Self.headLength
        space.storeBytes(of: first, toByteOffset: 8, as: Int64.self)
        space.storeBytes(of: Self.mark, toByteOffset: 0, as: UInt64.self)
    }

    /// - Parameter write: puts the contents there and returns their length, or nil when they do not fit.
    /// - Returns: false when there is no room.
    func append(number: Int64, _ write: (UnsafeMutableRawBufferPointer) -> Int?) -> Bool {
        // A length of zero ends the file's records, and always has room.
        guard space.count - end > 24 else { return false }
        let contents = UnsafeMutableRawBufferPointer(rebasing: space[(end + 16)...])
        guard let length = write(contents) else { return false }
        let padded = (length + 7) & ~7
        guard padded <= contents.count else { return false }
        for index in length..<padded { contents[index] = 0 }
        space.storeBytes(of: number, toByteOffset: end + 8, as: Int64.self)
        space.storeBytes(of: checksum(at: end, length: padded), toByteOffset: end + 4, as: UInt32.self)
        space.storeBytes(of: UInt32(length), toByteOffset: end, as: UInt32.self)
        end += 16 + padded
        return true
    }

    /// Reads what is in it from the beginning.
    func read(_ body: (Int64, UnsafeRawBufferPointer) -> Void) {
        guard space.load(fromByteOffset: 0, as: UInt64.self) == Self.mark else { return }
        var number = space.load(fromByteOffset: 8, as: Int64.self)
        var position = Self.headLength
        while space.count - position > 24 {
            let length = Int(space.load(fromByteOffset: position, as: UInt32.self))
            let padded = (length + 7) & ~7
            guard length > 0, padded <= space.count - position - 16,
                space.load(fromByteOffset: position + 8, as: Int64.self) == number,
                space.load(fromByteOffset: position + 4, as: UInt32.self) == checksum(at: position, length: padded)
            else { return }
            body(number, UnsafeRawBufferPointer(rebasing: space[position + 16..<position + 16 + length]))
            number += 1
            position += 16 + padded
        }
    }

    /// Over number and contents.
    private func checksum(at position: Int, length: Int) -> UInt32 {
        file.checksum(position + 8..<position + 16 + length)
    }
}
