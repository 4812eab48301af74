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
        let isHead = bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let newline = bytes.firstIndex(of: HTTPCharacters.lineFeed, from: start) ?? bytes.count
                let end = newline > start && bytes[newline - 1] == HTTPCharacters.carriageReturn ? newline - 1 : newline
                guard start == 0 ? readStatus(bytes, end: end) : readField(bytes, start..<end) else { return false }
                start = newline + 1
            }
            return start > 0
        }
        guard isHead else { throw Self.violation }
        try readFraming()
    }

    // MARK: Use

    /// Whether another head follows for the same request.
    var isInterim: Bool { status < 200 }

    /// The first field of a name; nil when there is none.
    func first(_ name: String) -> String? {
        position(of: name).map { text(fields[$0].value) }
    }

    /// Whether the first field of a name begins so, without regard to case in either.
    func first(_ name: String, beginsWith prefix: String) -> Bool {
        guard let value = position(of: name).map({ fields[$0].value }) else { return false }
        var prefix = prefix
        return prefix.withUTF8 { matches(value.prefix($0.count), $0) }
    }

    /// The fields whose names begin with one of some letters, in lower case.
    func all(where isMeant: (_ initial: UInt8) -> Bool) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        for field in fields where isMeant(bytes[Int(field.name.lowerBound)] | 0x20) {
            found.append((text(field.name), text(field.value)))
        }
        return found
    }

    private func position(of name: String) -> Int? {
        var name = name
        return name.withUTF8 { wanted in fields.firstIndex { matches($0.name, wanted) } }
    }

    private func matches(_ range: Range<UInt16>, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard range.count == wanted.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            var position = Int(range.lowerBound)
            for byte in wanted {
                let own = bytes[position]
                guard own == byte || (own | 0x20 == byte | 0x20 && Self.isLetter(own)) else { return false }
                position += 1
            }
            return true
        }
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
    private mutating func readStatus(_ bytes: UnsafeRawBufferPointer, end: Int) -> Bool {
        guard end >= 12, UnsafeRawBufferPointer(rebasing: bytes[..<7]).isExactly("HTTP/1."),
            bytes[8] == UInt8(ascii: " "),
            bytes[7] == UInt8(ascii: "0") || bytes[7] == UInt8(ascii: "1"), end == 12 || bytes[12] == UInt8(ascii: " ")
        else { return false }
        keepsAlive = bytes[7] == UInt8(ascii: "1")
        for position in 9..<12 {
            guard let digit = Self.digit(bytes[position]) else { return false }
            status = status * 10 + digit
        }
        return status >= 100
    }

    /// `name: value`; a line that continues the one before it is no longer legal.
    private mutating func readField(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        guard let (name, value) = HTTPCharacters.field(line, of: bytes),
            HTTPCharacters.endOfText(in: bytes, from: value.lowerBound) >= value.upperBound
        else { return false }
        fields.append(Field(name: Self.short(name), value: Self.short(value)))
        return true
    }

    private static func short(_ range: Range<Int>) -> Range<UInt16> {
        UInt16(truncatingIfNeeded: range.lowerBound)..<UInt16(truncatingIfNeeded: range.upperBound)
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
                guard length == nil, let value = withBytes(of: field.value, HTTPCharacters.number) else {
                    throw Self.violation
                }
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
        withBytes(of: list) { HTTPCharacters.list($0, holds: element) }
    }

    private func withBytes<Result>(of range: Range<UInt16>, _ use: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            use(UnsafeRawBufferPointer(rebasing: bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
        }
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte & 15) : nil
    }
}
