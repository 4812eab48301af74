import OmniCore

/// A file mapped into memory that records are appended to.
///
/// After 16 bytes of head (a mark and the number of the first record) come records: length, checksum, number, contents,
/// filled up to whole words. A record counts when its number is the next one and its checksum fits, so neither half a
/// record nor what an earlier use of the file left is taken for one, and beginning anew is one store.
// SAFETY: appended to and begun under the ledger's lock only. One that is sealed is read without it, by the one writer,
// and nobody changes it until the writer is done.
final class JournalSegment: @unchecked Sendable {  // SAFETY: the ledger's lock, or sealed, see above
    private static let mark: UInt64 = 0x3145_4741_5355_524F  // "ORUSAGE1"
    private static let headLength = 16

    private let file: MappedFile
    private var end = headLength
    private var space: UnsafeMutableRawBufferPointer { file.space }

    /// - Parameter path: nil for records that need not outlive the process.
    /// - Throws: ``StoreError``.
    init(path: String?, length: Int) throws { file = try MappedFile(path: path, length: length) }

    /// Forgets what is in it.
    /// - Parameter first: the number of the record that will come first.
    func begin(at first: Int64) {
        end = Self.headLength
        space.storeBytes(of: first, toByteOffset: 8, as: Int64.self)
        space.storeBytes(of: Self.mark, toByteOffset: 0, as: UInt64.self)
    }

    /// - Returns: false when there is no room.
    func append(_ record: borrowing UsageRecord, number: Int64) -> Bool {
        // A length of zero ends the file's records, and always has room.
        guard space.count - end > 24 else { return false }
        let contents = UnsafeMutableRawBufferPointer(rebasing: space[(end + 16)...])
        guard let length = JournalEncoding.write(record, to: contents) else { return false }
        let padded = (length + 7) & ~7
        guard padded <= contents.count else { return false }
        for index in length..<padded { contents[index] = 0 }
        space.storeBytes(of: number, toByteOffset: end + 8, as: Int64.self)
        space.storeBytes(of: checksum(at: end, length: padded), toByteOffset: end + 4, as: UInt32.self)
        space.storeBytes(of: UInt32(length), toByteOffset: end, as: UInt32.self)
        end += 16 + padded
        return true
    }

    /// What was appended since the beginning, in order.
    func visit(_ body: (Int64, JournaledRecord) throws -> Void) rethrows {
        var position = Self.headLength
        while position < end {
            let length = Int(space.load(fromByteOffset: position, as: UInt32.self))
            try tell(position, length, to: body)
            position += 16 + (length + 7) & ~7
        }
    }

    /// The number of the first record an earlier process left, were there one.
    var first: Int64 { space.load(fromByteOffset: 8, as: Int64.self) }

    /// Reads what an earlier process left, as far as it is whole.
    func read(_ body: (Int64, JournaledRecord) throws -> Void) rethrows {
        guard space.load(fromByteOffset: 0, as: UInt64.self) == Self.mark else { return }
        var number = first
        var position = Self.headLength
        while space.count - position > 24 {
            let length = Int(space.load(fromByteOffset: position, as: UInt32.self))
            let padded = (length + 7) & ~7
            guard length > 0, padded <= space.count - position - 16,
                space.load(fromByteOffset: position + 8, as: Int64.self) == number,
                space.load(fromByteOffset: position + 4, as: UInt32.self) == checksum(at: position, length: padded)
            else { return }
            try tell(position, length, to: body)
            number += 1
            position += 16 + padded
        }
    }

    private func tell(_ position: Int, _ length: Int, to body: (Int64, JournaledRecord) throws -> Void) rethrows {
        let contents = UnsafeRawBufferPointer(rebasing: space[position + 16..<position + 16 + length])
        guard let record = JournaledRecord(contents) else { return }
        try body(space.load(fromByteOffset: position + 8, as: Int64.self), record)
    }

    /// Over number and contents.
    private func checksum(at position: Int, length: Int) -> UInt32 {
        file.checksum(position + 8..<position + 16 + length)
    }
}
