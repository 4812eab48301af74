import OmniCore

/// Reads a tar archive, of whatever program: members are told one by one, and nothing is made of their names.
struct TarReader {
    /// What the head of a member says.
    struct Member {
        var name: String
        var length: Int
        /// Whether it is a file, and no folder, link or description of another.
        var isFile: Bool
    }

    private var source: any ByteSource
    private var waiting: ArraySlice<UInt8> = []
    /// What is left of the present member, and what follows it up to the next block.
    private var left = 0
    private var padding = 0
    private var drawn = 0
    private let maximumBytes: Int

    /// - Parameter maximumBytes: how much may be drawn in all; a small archive may expand to a very large one.
    init(_ source: any ByteSource, maximumBytes: Int) {
        self.source = source
        self.maximumBytes = maximumBytes
    }

    /// The next member; nil at the end.
    ///
    /// What is left of the one before is passed over.
    mutating func next() throws -> Member? {
        while try contents() != nil {}
        try take(padding) { _ in }
        padding = 0
        var header: [UInt8] = []
        try take(512) { header += $0 }
        guard header.contains(where: { $0 != 0 }) else {
            // The sums behind the archive are checked by whoever reads to the end.
            waiting = []
            while let bytes = try source.next() { try note(bytes.count) }
            return nil
        }
        let sum = header.enumerated().reduce(0) { $0 + Int((148..<156).contains($1.offset) ? 0x20 : $1.element) }
        guard number(header[148..<156]) == sum, let length = number(header[124..<136]), length >= 0 else {
            throw BackupFault(.damaged, "the archive is damaged")
        }
        left = length
        padding = (512 - length % 512) % 512
        let name = String(decoding: header[..<100].prefix { $0 != 0 }, as: UTF8.self)
        return Member(name: name, length: length, isFile: header[156] == 0 || header[156] == UInt8(ascii: "0"))
    }

    /// More of the present member; nil when that was all.
    mutating func contents() throws -> [UInt8]? {
        guard left > 0 else { return nil }
        var bytes: [UInt8] = []
        let count = min(left, 64 << 10)
        try take(count) { bytes += $0 }
        left -= count
        return bytes
    }

    private mutating func take(_ count: Int, _ receive: (ArraySlice<UInt8>) -> Void) throws {
        var missing = count
        while missing > 0 {
            if waiting.isEmpty {
                guard let bytes = try source.next() else {
                    throw BackupFault(.damaged, "the archive is not complete")
                }
                try note(bytes.count)
                waiting = bytes[...]
            }
            let piece = waiting.prefix(missing)
            waiting = waiting.dropFirst(piece.count)
            missing -= piece.count
            receive(piece)
        }
    }

    private mutating func note(_ bytes: Int) throws {
        drawn += bytes
        guard drawn <= maximumBytes else { throw BackupFault(.tooLarge, "the archive is too large") }
    }

    /// Octal digits between blanks and zero bytes.
    private func number(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.filter { $0 != 0 && $0 != 0x20 }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
