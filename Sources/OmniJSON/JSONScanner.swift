/// Turns the bytes of one JSON text (RFC 8259) into tape nodes in a single pass, without recursion.
struct JSONScanner {
    private let input: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    private var position = 0
    private var nodes: [JSONNode] = []

    /// Scans a whole text.
    /// - Parameter bytes: exactly one JSON value, UTF-8, no byte order mark; white space around it is allowed.
    static func scan(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> [JSONNode] {
        guard bytes.count <= limits.maximumBytes else { throw JSONError(.tooLarge, at: limits.maximumBytes) }
        let result = bytes.withUnsafeBufferPointer { input -> Result<[JSONNode], JSONError> in
            var scanner = JSONScanner(input: input, limits: limits)
            do throws(JSONError) {
                try scanner.scanText()
                return .success(scanner.nodes)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(input: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.input = input
        self.limits = limits
        nodes.reserveCapacity(input.count / 24 + 8)
    }

    private mutating func scanText() throws(JSONError) {
        skipSpace()
        guard position < input.count else { throw JSONError(.empty, at: position) }
        // Tape indexes of the arrays and objects that are still open.
        var open: [UInt32] = []
        var expectsKey = false
        value: while true {
            if expectsKey {
                try scanKey()
            }
            guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
            let byte = input[position]
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                guard open.count < limits.maximumDepth else { throw JSONError(.tooDeep, at: position) }
                let isObject = byte == UInt8(ascii: "{")
                open.append(UInt32(nodes.count))
                append(isObject ? .object : .array, from: position, to: position)
                position += 1
                skipSpace()
                guard position < input.count, input[position] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
                else {
                    expectsKey = isObject
                    continue value
                }
            } else {
                try scanScalar(byte)
            }
            // After a value (or at the close of an empty container): close what ends here, then expect the next member.
            while true {
                skipSpace()
                guard let container = open.last else {
                    guard position == input.count else { throw JSONError(.trailingBytes, at: position) }
                    return
                }
                guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
                let isObject = nodes[Int(container)].kind == .object
                let next = input[position]
                let isEmpty = Int(container) == nodes.count - 1
                if next == UInt8(ascii: ","), !isEmpty {
                    position += 1
                    skipSpace()
                    expectsKey = isObject
                    continue value
                }
                guard next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw JSONError(.unexpectedByte, at: position)
                }
                position += 1
                nodes[Int(container)].end = UInt32(position)
                nodes[Int(container)].next = UInt32(nodes.count)
                open.removeLast()
            }
        }
    }

    private mutating func scanKey() throws(JSONError) {
        guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
        guard input[position] == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: position) }
        try scanString()
        skipSpace()
        guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
        guard input[position] == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: position) }
        position += 1
        skipSpace()
    }

    private mutating func scanScalar(_ byte: UInt8) throws(JSONError) {
        switch byte {
        case UInt8(ascii: "\""): try scanString()
        case UInt8(ascii: "t"): try scanLiteral("true", .true)
        case UInt8(ascii: "f"): try scanLiteral("false", .false)
        case UInt8(ascii: "n"): try scanLiteral("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber()
        default: throw JSONError(.unexpectedByte, at: position)
        }
    }

    private mutating func scanLiteral(_ literal: StaticString, _ kind: JSONNode.Kind) throws(JSONError) {
        let start = position
        for offset in 0..<literal.utf8CodeUnitCount {
            guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
            guard input[position] == literal.utf8Start[offset] else { throw JSONError(.unexpectedByte, at: position) }
            position += 1
        }
        append(kind, from: start, to: position)
    }

    private mutating func scanNumber() throws(JSONError) {
        let start = position
        if input[position] == UInt8(ascii: "-") { position += 1 }
        guard let first = digit() else { throw JSONError(.invalidNumber, at: position) }
        position += 1
        if first != 0 { skipDigits() }
        if position < input.count, input[position] == UInt8(ascii: ".") {
            position += 1
            guard digit() != nil else { throw JSONError(.invalidNumber, at: position) }
            skipDigits()
        }
        if position < input.count, input[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < input.count, input[position] == UInt8(ascii: "+") || input[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digit() != nil else { throw JSONError(.invalidNumber, at: position) }
            skipDigits()
        }
        if digit() != nil { throw JSONError(.invalidNumber, at: position) }
        append(.number, from: start, to: position)
    }

    private func digit() -> UInt8? {
        guard position < input.count else { return nil }
        let value = input[position] &- UInt8(ascii: "0")
        return value < 10 ? value : nil
    }

    private mutating func skipDigits() {
        while digit() != nil { position += 1 }
    }

    private mutating func scanString() throws(JSONError) {
        let start = position
        var hasEscapes = false
        position += 1
        while true {
            skipPlainCharacters()
            guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
            let byte = input[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                append(.string, from: start, to: position)
                nodes[nodes.count - 1].hasEscapes = hasEscapes
                return
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try scanEscape()
            } else if byte < 0x20 {
                throw JSONError(.controlCharacter, at: position)
            } else {
                try scanMultibyteCharacter(byte)
            }
        }
    }

    /// Passes over ASCII that needs no attention, eight bytes at a time: most of every request is such text.
    private mutating func skipPlainCharacters() {
        guard let base = input.baseAddress else { return }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while position + 8 <= input.count {
            let word = UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self).littleEndian
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            // A byte's high bit is set where it is a quote, a backslash, below 0x20 or above 0x7f. Borrows may set bits
            // above the first hit only, so the lowest set bit is exact.
            let hits =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
                | word
            let marked = hits & highs
            if marked != 0 {
                position += marked.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < input.count {
            let byte = input[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 || byte >= 0x80 { return }
            position += 1
        }
    }

    private mutating func scanEscape() throws(JSONError) {
        guard position + 1 < input.count else { throw JSONError(.unexpectedEnd, at: input.count) }
        switch input[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            for offset in 2..<6 {
                guard position + offset < input.count else { throw JSONError(.unexpectedEnd, at: input.count) }
                guard hexValue(input[position + offset]) != nil else {
                    throw JSONError(.invalidEscape, at: position + offset)
                }
            }
            position += 6
        default:
            throw JSONError(.invalidEscape, at: position + 1)
        }
    }

    /// Checks one character of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
    private mutating func scanMultibyteCharacter(_ lead: UInt8) throws(JSONError) {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONError(.invalidUTF8, at: position)
        }
        for offset in 1..<length {
            guard position + offset < input.count else { throw JSONError(.unexpectedEnd, at: input.count) }
            guard (offset == 1 ? second : 0x80...0xBF).contains(input[position + offset]) else {
                throw JSONError(.invalidUTF8, at: position + offset)
            }
        }
        position += length
    }

    private mutating func skipSpace() {
        while position < input.count {
            switch input[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func append(_ kind: JSONNode.Kind, from start: Int, to end: Int) {
        nodes.append(
            JSONNode(
                start: UInt32(start), end: UInt32(end), next: UInt32(nodes.count + 1), kind: kind, hasEscapes: false))
    }
}

/// The value of one hexadecimal digit, or nil for any other byte.
func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
}
