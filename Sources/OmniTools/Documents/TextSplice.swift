/// Bytes that take the place of others.
struct TextSplice: Sendable, Hashable {
    var range: Range<Int>
    var replacement: [UInt8]

    init(_ range: Range<Int>, _ replacement: String = "") {
        self.range = range
        self.replacement = Array(replacement.utf8)
    }
}

extension [UInt8] {
    /// - Parameter splices: of which no two overlap.
    func applying(_ splices: [TextSplice]) -> [UInt8] {
        var output: [UInt8] = []
        var position = 0
        let ordered = splices.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        for splice in ordered where splice.range.lowerBound >= position {
            output += self[position..<splice.range.lowerBound]
            output += splice.replacement
            position = splice.range.upperBound
        }
        return output + self[position...]
    }

    /// Where the line of a place begins.
    func lineStart(_ place: Int) -> Int {
        var start = place
        while start > 0, self[start - 1] != 0x0A { start -= 1 }
        return start
    }

    /// Where the line of a place ends, its line feed included.
    func lineEnd(_ place: Int) -> Int {
        var end = place
        while end < count, self[end] != 0x0A { end += 1 }
        return Swift.min(end + 1, count)
    }

    /// Counted from 1.
    func lineNumber(_ place: Int) -> Int {
        1 + self[..<Swift.min(place, count)].count { $0 == 0x0A }
    }

    /// How this text ends its lines.
    var lineBreak: String {
        guard let feed = firstIndex(of: 0x0A), feed > 0, self[feed - 1] == 0x0D else { return "\n" }
        return "\r\n"
    }

    /// Blanks and tabs at the beginning of a place's line.
    func indentation(_ place: Int) -> String {
        let start = lineStart(place)
        let blanks = self[start...].prefix { $0 == 0x20 || $0 == 0x09 }
        return String(decoding: blanks, as: UTF8.self)
    }

    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

    /// A byte order mark, which some editors put at the beginning.
    var markLength: Int { starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || self == 0x09 }
    var isLineEnd: Bool { self == 0x0A || self == 0x0D }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isWord: Bool {
        isDigit || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || self == UInt8(ascii: "_")
    }
}
