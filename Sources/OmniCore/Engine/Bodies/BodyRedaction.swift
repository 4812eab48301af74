import Crypto

/// Takes secrets and media out of a body before it is written anywhere.
///
/// Works on bytes, not on a parsed document: bodies may be cut off, be streams of events, or hold JSON inside of strings.
/// What a stream brings in several pieces is not recognized across them.
public struct BodyRedaction {
    private let bytes: [UInt8]
    private let limit: Int
    private var position = 0
    private var output: [UInt8] = []
    /// What was taken over up to here.
    private var copied = 0

    private static let mark = Array("[redacted]".utf8)
    /// The shortest run of base64 that is taken for media by itself, and behind the words that announce one.
    private static let longRun = 1024
    private static let announcedRun = 64

    private init(_ bytes: [UInt8], limit: Int) {
        self.bytes = bytes
        self.limit = limit
    }

    /// - Parameters:
    ///   - limit: bytes of the result.
    ///   - isWhole: whether the body ends here; else its last word may be the beginning of a secret, and is left out.
    /// - Returns: what may be written, and whether there was more.
    public static func redact(
        _ bytes: [UInt8], limit: Int, isWhole: Bool = true
    ) -> (bytes: [UInt8], isCut: Bool) {
        var whole = bytes[...]
        while !isWhole, bytes.count - whole.count < 512, let last = whole.last, last.isTokenByte { whole.removeLast() }
        var redaction = BodyRedaction(isWhole ? bytes : Array(whole), limit: limit)
        redaction.run()
        let isCut = !isWhole || redaction.output.count > limit || redaction.position < bytes.count
        return (Array(redaction.output.prefix(limit)), isCut)
    }

    private mutating func run() {
        while position < bytes.count {
            guard output.count + position - copied <= limit else { break }
            switch bytes[position] {
            case UInt8(ascii: "\""): redactMember()
            case UInt8(ascii: "="): redactAssignment()
            case UInt8(ascii: ";"): redactAnnouncedMedia()
            case UInt8(ascii: "-"): redactPrivateKey()
            case UInt8(ascii: "\\"): skipEscape()
            case let byte where byte.isWordByte: redactWord()
            default: position += 1
            }
        }
        output += bytes[copied..<position]
    }

    // MARK: Names

    /// A member whose name says that its text is secret; also one of JSON inside of a string, whose quotes are escaped.
    private mutating func redactMember() {
        let escapes = backslashes(before: position)
        let start = position + 1
        position = start
        guard let nameEnd = end(of: start, limit: 40), nameEnd > start,
            let minimum = SecretNames.minimumLength(of: bytes[start..<nameEnd]),
            let close = quote(at: nameEnd, escapes: escapes)
        else { return }
        guard let colon = skippingSpaces(from: close + 1), bytes[colon] == UInt8(ascii: ":"),
            let value = skippingSpaces(from: colon + 1), let open = quote(at: value, escapes: escapes)
        else { return }
        var end = open + 1
        while end < bytes.count, bytes[end] != 0x0A, !(bytes[end] == UInt8(ascii: "\"") && isEnd(end, escapes)) {
            end += 1
        }
        end -= min(backslashes(before: end), escapes)
        if end - open - 1 >= minimum { replace(open + 1..<end) }
    }

    /// Whether a quote ends a text whose own quotes are escaped so many times.
    private func isEnd(_ index: Int, _ escapes: Int) -> Bool {
        let before = backslashes(before: index)
        return escapes == 0 ? before % 2 == 0 : before <= escapes
    }

    /// `API_KEY=…`, as shells and addresses have it.
    private mutating func redactAssignment() {
        var start = position
        while start > copied, position - start < 40, bytes[start - 1].isNameByte { start -= 1 }
        let minimum = start < position ? SecretNames.minimumLength(of: bytes[start..<position]) : nil
        position += 1
        guard let minimum else { return }
        var end = position
        while end < bytes.count, bytes[end].isAssignedByte { end += 1 }
        if end - position >= max(4, minimum) { replace(position..<end) }
    }

    /// What stands behind `\` is no part of the word that follows.
    private mutating func skipEscape() {
        while position < bytes.count, bytes[position] == UInt8(ascii: "\\") { position += 1 }
        guard position < bytes.count else { return }
        switch bytes[position] {
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "b"), UInt8(ascii: "f"):
            position += 1
        case UInt8(ascii: "u"): position = min(position + 5, bytes.count)
        default: break
        }
    }

    // MARK: Words

    /// At the beginning of a word: a known form of key, a token behind its scheme, or media without an announcement.
    private mutating func redactWord() {
        let start = position
        var end = start
        while end < bytes.count, bytes[end].isNameByte || bytes[end] == UInt8(ascii: ".") { end += 1 }
        // The end of a sentence.
        while bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        if end - start <= 10, isScheme(start..<end) {
            position = end
            guard end < bytes.count, bytes[end] == 0x20 else { return }
            let token = end + 1
            var last = token
            var hasDigit = false
            while last < bytes.count, bytes[last].isTokenByte {
                hasDigit = hasDigit || bytes[last].isDigit
                last += 1
            }
            if last - token >= 8, hasDigit { replace(token..<last) }
            return
        }
        if let kept = SecretNames.keptPrefix(of: bytes[start..<end]) {
            replace(start + kept..<end)
            return
        }
        let run = endOfBase64(from: start)
        if run - start >= Self.longRun {
            replaceMedia(start..<run)
        } else {
            position = end
        }
    }

    private func isScheme(_ range: Range<Int>) -> Bool {
        let word = bytes[range].lazy.map { $0 | 0x20 }
        return word.elementsEqual("bearer".utf8) || word.elementsEqual("basic".utf8) || word.elementsEqual("token".utf8)
    }

    /// `-----BEGIN … PRIVATE KEY-----`, up to its end or that of the body.
    private mutating func redactPrivateKey() {
        guard bytes[position...].starts(with: "-----BEGIN ".utf8) else {
            position += 1
            return
        }
        let lineEnd = bytes[position...].prefix(64)
        let title = Array("PRIVATE KEY-----".utf8)
        guard let found = lineEnd.firstRange(of: title) else {
            position += 11
            return
        }
        let end = bytes[found.upperBound...].firstRange(of: Array("-----END".utf8))?.lowerBound ?? bytes.count
        replace(found.upperBound..<end)
    }

    // MARK: Media

    private mutating func redactAnnouncedMedia() {
        let word = ";base64,"
        guard bytes[position...].starts(with: word.utf8) else {
            position += 1
            return
        }
        position += word.utf8.count
        let end = endOfBase64(from: position)
        if end - position >= Self.announcedRun { replaceMedia(position..<end) }
    }

    /// A solidus may be escaped.
    private func endOfBase64(from start: Int) -> Int {
        var end = start
        while end < bytes.count {
            if bytes[end].isBase64Byte {
                end += 1
            } else if bytes[end] == UInt8(ascii: "\\"), end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "/") {
                end += 2
            } else {
                break
            }
        }
        return end
    }

    private mutating func replaceMedia(_ range: Range<Int>) {
        let digest = Array(SHA256.hash(data: bytes[range])).hexadecimal
        replace(range, with: Array("[base64: \(range.count) characters, sha256 \(digest)]".utf8))
    }

    // MARK: Parts

    private mutating func replace(_ range: Range<Int>, with text: [UInt8] = BodyRedaction.mark) {
        output += bytes[copied..<range.lowerBound]
        output += text
        copied = range.upperBound
        position = range.upperBound
    }

    private func backslashes(before index: Int) -> Int {
        var count = 0
        while index - count - 1 >= 0, bytes[index - count - 1] == UInt8(ascii: "\\") { count += 1 }
        return count
    }

    /// Where a name ends that begins here; nil when it is longer.
    private func end(of start: Int, limit: Int) -> Int? {
        var end = start
        while end < bytes.count, bytes[end].isNameByte {
            end += 1
            if end - start > limit { return nil }
        }
        return end
    }

    /// The place of a quote with so many backslashes before it.
    private func quote(at index: Int, escapes: Int) -> Int? {
        let place = index + escapes
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\""),
            bytes[index..<place].allSatisfy({ $0 == UInt8(ascii: "\\") })
        else { return nil }
        return place
    }

    private func skippingSpaces(from index: Int) -> Int? {
        bytes[min(index, bytes.count)...].prefix(8).firstIndex { $0 != 0x20 }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
    private var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    /// Of names of members and variables.
    fileprivate var isNameByte: Bool { isLetter || isDigit || self == 0x5F || self == 0x2D }
    fileprivate var isWordByte: Bool { isLetter || isDigit || self == 0x5F }
    fileprivate var isBase64Byte: Bool {
        isLetter || isDigit || self == 0x2B || self == 0x2F || self == 0x3D || self == 0x5F || self == 0x2D
    }
    /// Of bearer tokens (RFC 6750).
    fileprivate var isTokenByte: Bool { isBase64Byte || self == 0x2E || self == 0x7E }
    fileprivate var isAssignedByte: Bool {
        self > 0x20 && self != 0x22 && self != 0x27 && self != 0x5C && self != 0x26 && self != 0x3B && self != 0x2C
    }
}
