import NIOCore
import OmniCore

/// Status line and header fields of an answer, as the bytes they came in.
///
/// A field becomes a string when somebody asks for it, which is true of few.
struct ResponseHead {
    private(set) var status = 0
    /// Whether the connection may be used again, as far as the head tells.
    private(set) var keepsAlive = false
    private(set) var framing = Framing.untilClose
    private let bytes: [UInt8]
    private var fields: [Field] = []

    /// How the end of the body is found (RFC 9112 6.3).
    enum Framing: Equatable {
        case none
        case sized(Int)
        case chunked
        case untilClose
    }

    private struct Field {
        var name: Range<UInt16>
        var value: Range<UInt16>
    }

    /// Heads are shorter than this, since positions in them are kept in two bytes.
    static let maximumBytes = Int(UInt16.max)

    /// - Parameter bytes: everything before the empty line, lines ended by LF or CRLF.
    /// - Throws: protocolViolation when that is no head of HTTP/1.0 or 1.1.
    init(_ bytes: [UInt8]) throws(TransportError) {
        precondition(bytes.count <= Self.maximumBytes)
        self.bytes = bytes
        fields.reserveCapacity(16)
        var start = 0
        var isFirst = true
        while start < bytes.count {
            let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let end = newline > start && bytes[newline - 1] == UInt8(ascii: "\r") ? newline - 1 : newline
            if isFirst { try readStatus(start..<end) } else { try readField(start..<end) }
            isFirst = false
            start = newline + 1
        }
        guard !isFirst else { throw Self.violation }
        try readFraming()
    }

    // MARK: Use

    /// Whether another head follows for the same request.
    var isInterim: Bool { status < 200 }

    /// The first field of a name; nil when there is none.
    func first(_ name: String) -> String? {
        position(of: name).map { text(fields[$0].value) }
    }

    func all(where isMeant: (String) -> Bool) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        for field in fields {
            let name = text(field.name)
            if isMeant(name) { found.append((name, text(field.value))) }
        }
        return found
    }

    private func position(of name: String) -> Int? {
        var name = name
        return name.withUTF8 { wanted in fields.firstIndex { matches($0.name, wanted) } }
    }

    private func matches(_ range: Range<UInt16>, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard range.count == wanted.count else { return false }
        for (offset, byte) in wanted.enumerated() {
            let own = bytes[Int(range.lowerBound) + offset]
            guard own == byte || (own | 0x20 == byte | 0x20 && Self.isLetter(own)) else { return false }
        }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private func text(_ range: Range<UInt16>) -> String {
        String(decoding: bytes[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
    }

    // MARK: Reading

    private static let violation = TransportError(.protocolViolation, "the upstream's answer is not HTTP")

    /// `HTTP/1.1 200 OK`, of which the words at the end may be missing.
    private mutating func readStatus(_ line: Range<Int>) throws(TransportError) {
        let line = bytes[line]
        guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), line[line.startIndex + 8] == UInt8(ascii: " ") else {
            throw Self.violation
        }
        let minor = line[line.startIndex + 7]
        guard minor == UInt8(ascii: "0") || minor == UInt8(ascii: "1"),
            line.count == 12 || line[line.startIndex + 12] == UInt8(ascii: " ")
        else { throw Self.violation }
        keepsAlive = minor == UInt8(ascii: "1")
        for digit in line[(line.startIndex + 9)..<(line.startIndex + 12)] {
            guard let value = Self.digit(digit) else { throw Self.violation }
            status = status * 10 + value
        }
        guard status >= 100 else { throw Self.violation }
    }

    /// `name: value`; a line that continues the one before it is no longer legal.
    private mutating func readField(_ line: Range<Int>) throws(TransportError) {
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else {
            throw Self.violation
        }
        for byte in bytes[line.lowerBound..<colon] where !Self.isToken(byte) { throw Self.violation }
        var start = colon + 1
        var end = line.upperBound
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
        for byte in bytes[start..<end] where byte < 0x20 && byte != 0x09 || byte == 0x7F { throw Self.violation }
        fields.append(
            Field(
                name: UInt16(line.lowerBound)..<UInt16(colon), value: UInt16(start)..<UInt16(end)))
    }

    private mutating func readFraming() throws(TransportError) {
        var length: Int?
        var isCoded = false
        var isChunked = false
        for field in fields {
            switch field.name.count {
            case 10 where matches(field.name, "connection"):
                if holds(field.value, "close") {
                    keepsAlive = false
                } else if holds(field.value, "keep-alive") {
                    keepsAlive = true
                }
            case 14 where matches(field.name, "content-length"):
                // Two that differ are an attack; two that do not are told apart by nobody.
                guard length == nil, let value = number(field.value) else { throw Self.violation }
                length = value
            case 17 where matches(field.name, "transfer-encoding"):
                isChunked = !isCoded && matches(field.value, "chunked")
                isCoded = true
            default: break
            }
        }
        guard !isCoded || length == nil else { throw Self.violation }
        if isInterim || status == 204 || status == 304 {
            framing = .none
        } else if isCoded {
            guard isChunked else {
                throw TransportError(.unsupportedEncoding, "the upstream's answer is encoded in an unknown way")
            }
            framing = .chunked
        } else if let length {
            framing = .sized(length)
        } else {
            keepsAlive = false
        }
    }

    private func matches(_ range: Range<UInt16>, _ text: StaticString) -> Bool {
        matches(range, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether a list has an element.
    private func holds(_ list: Range<UInt16>, _ element: StaticString) -> Bool {
        var start = list.lowerBound
        while start < list.upperBound {
            let end = (start..<list.upperBound).first { bytes[Int($0)] == UInt8(ascii: ",") } ?? list.upperBound
            var (first, last) = (start, end)
            while first < last, Self.isBlank(bytes[Int(first)]) { first += 1 }
            while first < last, Self.isBlank(bytes[Int(last - 1)]) { last -= 1 }
            if matches(first..<last, element) { return true }
            start = end + 1
        }
        return false
    }

    private func number(_ range: Range<UInt16>) -> Int? {
        guard !range.isEmpty else { return nil }
        var sum = 0
        for byte in bytes[Int(range.lowerBound)..<Int(range.upperBound)] {
            guard let digit = Self.digit(byte) else { return nil }
            let (product, isTooLarge) = sum.multipliedReportingOverflow(by: 10)
            let (next, overflows) = product.addingReportingOverflow(digit)
            guard !isTooLarge, !overflows else { return nil }
            sum = next
        }
        return sum
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte & 15) : nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Characters of names (RFC 9110 5.6.2).
    private static func isToken(_ byte: UInt8) -> Bool {
        if isLetter(byte) || digit(byte) != nil { return true }
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }
}
