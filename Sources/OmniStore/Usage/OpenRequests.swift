import OmniCore

/// Requests under way that may cost something, each in a place of its own: what a crash cuts off is not forgotten.
///
/// A place holds a length (zero when it is free), a checksum and a record.
final class OpenRequests: @unchecked Sendable {  // SAFETY: called under the ledger's lock only
    private static let placeLength = 2048
    private static let count = 2048

    private let file: MappedFile
    private var free: [Int]

    /// - Throws: ``StoreError``.
    init(path: String) throws {
        file = try MappedFile(path: path, length: Self.count * Self.placeLength)
        free = Array((0..<Self.count).reversed())
    }

    /// - Parameter place: where the request's record stands already; nil for a new one.
    /// - Returns: nil when all places are taken, or the record does not fit.
    func hold(_ record: borrowing UsageRecord, in place: Int?) -> Int? {
        guard let place = place ?? free.popLast() else { return nil }
        let start = place * Self.placeLength
        // Free while it changes: half of one record and half of another is none.
        file.space.storeBytes(of: 0, toByteOffset: start, as: UInt32.self)
        let contents = start + 8..<start + Self.placeLength
        guard let length = JournalEncoding.write(record, to: .init(rebasing: file.space[contents])) else {
            free.append(place)
            return nil
        }
        let padded = (length + 7) & ~7
        for index in length..<padded { file.space[contents.lowerBound + index] = 0 }
        let sum = file.checksum(contents.lowerBound..<contents.lowerBound + padded)
        file.space.storeBytes(of: sum, toByteOffset: start + 4, as: UInt32.self)
        file.space.storeBytes(of: UInt32(length), toByteOffset: start, as: UInt32.self)
        return place
    }

    func release(_ place: Int) {
        file.space.storeBytes(of: 0, toByteOffset: place * Self.placeLength, as: UInt32.self)
        free.append(place)
    }

    /// What an earlier process left, oldest first; valid until a place is used again.
    func left() -> [JournaledRecord] {
        var found: [JournaledRecord] = []
        for place in 0..<Self.count {
            let start = place * Self.placeLength
            let length = Int(file.space.load(fromByteOffset: start, as: UInt32.self))
            let padded = (length + 7) & ~7
            guard length > 0, padded <= Self.placeLength - 8,
                file.space.load(fromByteOffset: start + 4, as: UInt32.self)
                    == file.checksum(start + 8..<start + 8 + padded),
                let record = JournaledRecord(.init(rebasing: file.space[start + 8..<start + 8 + length]))
            else { continue }
            found.append(record)
        }
        return found.sorted { $0.bits(.startedAt) < $1.bits(.startedAt) }
    }

    /// Frees all places.
    func clear() {
        for place in 0..<Self.count {
            let start = place * Self.placeLength
            guard file.space.load(fromByteOffset: start, as: UInt32.self) > 0 else { continue }
            file.space.storeBytes(of: 0, toByteOffset: start, as: UInt32.self)
        }
        file.letPagesGo()
    }
}
