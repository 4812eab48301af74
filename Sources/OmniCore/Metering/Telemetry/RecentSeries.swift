/// Where the series of the names seen lately are: found by a look at a few bytes, and true because all of them are compared.
///
/// Names that share a place push each other out, and are then found the long way.
struct RecentSeries: Sendable {
    private struct Entry: Sendable {
        var provider: String
        var requestedModel: String
        var servedModel: String
        var path: String
        var place: Int
    }

    private static let count = 64

    private var entries = [Entry?](repeating: nil, count: RecentSeries.count)

    func place(of record: borrowing UsageRecord) -> Int? {
        let index = Self.index(of: record)
        guard let place = entries[index]?.place,
            entries[index]?.provider == record.provider, entries[index]?.servedModel == record.servedModel,
            entries[index]?.requestedModel == record.requestedModel, entries[index]?.path == record.path
        else { return nil }
        return place
    }

    mutating func remember(_ place: Int, of record: borrowing UsageRecord) {
        entries[Self.index(of: record)] = Entry(
            provider: record.provider, requestedModel: record.requestedModel, servedModel: record.servedModel,
            path: record.path, place: place)
    }

    private static func index(of record: borrowing UsageRecord) -> Int {
        var mark = mark(of: record.provider)
        mark = mark &* 31 &+ self.mark(of: record.requestedModel)
        mark = mark &* 31 &+ self.mark(of: record.servedModel)
        mark = mark &* 31 &+ self.mark(of: record.path)
        mark &*= 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mark >> 58)
    }

    /// Length, beginning and end of a text.
    private static func mark(of text: String) -> UInt64 {
        let mark: UInt64? = text.utf8.withContiguousStorageIfAvailable { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            let length = UInt64(truncatingIfNeeded: bytes.count)
            guard bytes.count >= 8 else { return bytes.reduce(length) { $0 &* 31 &+ UInt64($1) } }
            let first = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
            let last = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
            return length &+ first &* 0xFF51_AFD7_ED55_8CCD &+ last
        }
        return mark ?? 0
    }
}
