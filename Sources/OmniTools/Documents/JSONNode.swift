import OmniJSON

/// A value in a JSON text together with where it stands.
struct JSONNode: Sendable {
    enum Kind: Sendable {
        case object
        case array
        case string
        case scalar
    }

    struct Member: Sendable {
        var name: String
        /// Where the name begins.
        var start: Int
        var value: JSONNode
    }

    var kind: Kind
    var range: Range<Int>
    var members: [Member] = []
    var elements: [JSONNode] = []

    /// The ranges of members or elements, names included.
    var items: [Range<Int>] {
        kind == .object ? members.map { $0.start..<$0.value.range.upperBound } : elements.map(\.range)
    }
}

/// Reads JSON with the liberties of JSON5: comments, trailing commas, single quotes, names without quotes.
struct JSONNodeParser {
    let bytes: [UInt8]
    private var position: Int
    private var depth = 0

    /// - Returns: nil for a text without a value.
    static func parse(_ bytes: [UInt8]) throws(DocumentFault) -> JSONNode? {
        var parser = JSONNodeParser(bytes: bytes)
        try parser.skipTrivia()
        guard parser.position < bytes.count else { return nil }
        let node = try parser.value()
        try parser.skipTrivia()
        guard parser.position == bytes.count else { throw parser.fault("more text after the value") }
        return node
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        position = bytes.markLength
    }

    private func fault(_ message: String) -> DocumentFault {
        DocumentFault(.unparseable, message, line: bytes.lineNumber(position))
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipTrivia() throws(DocumentFault) {
        position = try Self.skipTrivia(bytes, from: position)
    }

    /// The first place that is neither white space nor comment.
    static func skipTrivia(_ bytes: [UInt8], from start: Int) throws(DocumentFault) -> Int {
        var position = start
        while position < bytes.count {
            if bytes[position].isBlank || bytes[position].isLineEnd {
                position += 1
            } else if let end = try commentEnd(bytes, at: position) {
                position = end
            } else {
                break
            }
        }
        return position
    }

    /// Where a comment that begins here ends; nil when none does.
    ///
    /// A line comment ends before its line feed.
    static func commentEnd(_ bytes: [UInt8], at position: Int) throws(DocumentFault) -> Int? {
        guard bytes[position] == UInt8(ascii: "/"), position + 1 < bytes.count else { return nil }
        if bytes[position + 1] == UInt8(ascii: "/") {
            return bytes[position...].firstIndex(where: \.isLineEnd) ?? bytes.count
        }
        guard bytes[position + 1] == UInt8(ascii: "*") else { return nil }
        var end = position + 2
        while end + 1 < bytes.count {
            if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") { return end + 2 }
            end += 1
        }
        throw DocumentFault(.unparseable, "a comment does not end", line: bytes.lineNumber(position))
    }

    private mutating func value() throws(DocumentFault) -> JSONNode {
        guard let byte else { throw fault("the text ends inside a value") }
        guard depth < 200 else { throw fault("nested too deeply") }
        switch byte {
        case UInt8(ascii: "{"): return try container(.object, end: UInt8(ascii: "}"))
        case UInt8(ascii: "["): return try container(.array, end: UInt8(ascii: "]"))
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let start = position
            try skipString(byte)
            return JSONNode(kind: .string, range: start..<position)
        default: return try scalar()
        }
    }

    private mutating func container(_ kind: JSONNode.Kind, end: UInt8) throws(DocumentFault) -> JSONNode {
        let start = position
        var node = JSONNode(kind: kind, range: start..<start)
        position += 1
        depth += 1
        while true {
            try skipTrivia()
            guard let byte else { throw fault("the text ends inside a value") }
            if byte == end { break }
            if kind == .object {
                let nameStart = position
                let name = try name()
                try skipTrivia()
                guard self.byte == UInt8(ascii: ":") else { throw fault("a colon is missing after a name") }
                position += 1
                try skipTrivia()
                node.members.append(JSONNode.Member(name: name, start: nameStart, value: try value()))
            } else {
                node.elements.append(try value())
            }
            try skipTrivia()
            if self.byte == UInt8(ascii: ",") {
                position += 1
            } else if self.byte != end {
                throw fault("a comma or the end of a list or object is missing")
            }
        }
        position += 1
        depth -= 1
        node.range = start..<position
        return node
    }

    private mutating func name() throws(DocumentFault) -> String {
        let start = position
        if let quote = byte, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            try skipString(quote)
            return Self.decoded(bytes[start..<position])
        }
        while let byte, byte.isWord || byte == UInt8(ascii: "$") || byte >= 0x80 { position += 1 }
        guard position > start, !bytes[start].isDigit else { throw fault("a name is missing") }
        return bytes.text(start..<position)
    }

    private mutating func skipString(_ quote: UInt8) throws(DocumentFault) {
        position += 1
        while let byte {
            if byte == quote {
                position += 1
                return
            }
            if byte.isLineEnd { break }
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        position = min(position, bytes.count)
        throw fault("a text does not end in its line")
    }

    private mutating func scalar() throws(DocumentFault) -> JSONNode {
        let start = position
        while let byte, byte.isWord || [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte) {
            position += 1
        }
        let text = bytes.text(start..<position)
        let digits = text.drop { $0 == "+" || $0 == "-" }
        let isNumber = digits.first?.isNumber == true || digits.first == "."
        let isWord = ["true", "false", "null"].contains(text) || ["NaN", "Infinity"].contains(digits)
        let isHexadecimal = digits.hasPrefix("0x") && Int(digits.dropFirst(2), radix: 16) != nil
        guard isWord || isHexadecimal || isNumber && Double(text) != nil else {
            position = start
            throw fault("this is no value")
        }
        return JSONNode(kind: .scalar, range: start..<position)
    }

    /// What a text with its quotes means.
    static func decoded(_ quoted: ArraySlice<UInt8>) -> String {
        let inner = quoted.dropFirst().dropLast()
        guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
        return JSONText(escaped: inner).string
    }
}
