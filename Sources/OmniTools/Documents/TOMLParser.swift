/// Reads TOML and notes where everything stands.
///
/// https://toml.io/en/v1.0.0 (checked 2026-11-26); also the commas and line breaks in inline tables that 1.1 allows.
struct TOMLParser {
    /// A name with its value.
    struct Entry {
        var path: [String]
        /// Where the name begins.
        var start: Int
        var valueRange: Range<Int>
        /// The whole lines; nil for what stands inside another value.
        var lines: Range<Int>?
        var value: DocumentValue
        var section: Int
        /// The inline table it stands in.
        var table: Int?
    }

    /// A header and what follows it; the first has none and holds the top of the file.
    struct Section {
        var path: [String]
        var isElement = false
        var start: Int
        var bodyStart: Int
        var end: Int
    }

    /// `{ name = value }`.
    struct InlineTable {
        var path: [String]
        var range: Range<Int>
    }

    let bytes: [UInt8]
    private(set) var entries: [Entry] = []
    private(set) var sections: [Section] = []
    private(set) var tables: [InlineTable] = []
    private var position: Int
    private var depth = 0

    /// - Throws: ``DocumentFault``.
    init(_ bytes: [UInt8]) throws(DocumentFault) {
        self.bytes = bytes
        position = bytes.markLength
        sections = [Section(path: [], start: position, bodyStart: position, end: bytes.count)]
        while try skipBlankLines() {
            if bytes[position] == UInt8(ascii: "[") { try header() } else { try statement() }
        }
        try findDuplicates()
    }

    private func fault(_ message: String) -> DocumentFault {
        DocumentFault(.unparseable, message, line: bytes.lineNumber(position))
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte, byte.isBlank { position += 1 }
    }

    private mutating func skipComment() {
        guard byte == UInt8(ascii: "#") else { return }
        while let byte, !byte.isLineEnd { position += 1 }
    }

    /// - Returns: whether there is more to read.
    private mutating func skipBlankLines() throws(DocumentFault) -> Bool {
        while let byte {
            if byte.isBlank || byte.isLineEnd {
                position += 1
            } else if byte == UInt8(ascii: "#") {
                skipComment()
            } else {
                return true
            }
        }
        return false
    }

    private mutating func endLine() throws(DocumentFault) {
        skipBlanks()
        skipComment()
        if byte == 0x0D { position += 1 }
        guard byte == nil || byte == 0x0A else { throw fault("more text after the value") }
        if byte == 0x0A { position += 1 }
    }

    private mutating func header() throws(DocumentFault) {
        let start = bytes.lineStart(position)
        let isElement = position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "[")
        position += isElement ? 2 : 1
        var path = try keyPath()
        for _ in 0..<(isElement ? 2 : 1) {
            guard byte == UInt8(ascii: "]") else { throw fault("a header does not end") }
            position += 1
        }
        try endLine()
        if let known = sections.lastIndex(where: { $0.isElement && path.starts(with: $0.path.dropLast()) }) {
            // Whatever stands below an element of a list belongs to that element.
            let parent = sections[known].path
            if !(isElement && path.count == parent.count - 1) { path = parent + path.dropFirst(parent.count - 1) }
        }
        // A name no key can have keeps elements apart from tables that are found by their names.
        if isElement { path.append("\0\(sections.count)") }
        sections[sections.count - 1].end = start
        sections.append(
            Section(path: path, isElement: isElement, start: start, bodyStart: position, end: bytes.count))
    }

    private mutating func statement() throws(DocumentFault) {
        let section = sections.count - 1
        let start = bytes.lineStart(position)
        let index = try entry(in: section, table: nil, base: sections[section].path)
        try endLine()
        entries[index].lines = max(start, bytes.markLength)..<position
    }

    /// Reads `name = value`.
    private mutating func entry(in section: Int, table: Int?, base: [String]) throws(DocumentFault) -> Int {
        let start = position
        let path = base + (try keyPath())
        guard byte == UInt8(ascii: "=") else { throw fault("an equals sign is missing after a name") }
        position += 1
        skipBlanks()
        let index = entries.count
        entries.append(
            Entry(
                path: path, start: start, valueRange: position..<position, value: .other(""), section: section,
                table: table))
        let valueStart = position
        entries[index].value = try value(at: path, in: section)
        entries[index].valueRange = valueStart..<position
        return index
    }

    private mutating func keyPath() throws(DocumentFault) -> [String] {
        var path: [String] = []
        repeat {
            if !path.isEmpty { position += 1 }
            skipBlanks()
            let start = position
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                path.append(try string(allowsLines: false))
            } else {
                while let byte, byte.isWord || byte == UInt8(ascii: "-") { position += 1 }
                guard position > start else { throw fault("a name is missing") }
                path.append(bytes.text(start..<position))
            }
            skipBlanks()
        } while byte == UInt8(ascii: ".")
        return path
    }

    /// - Parameter path: nil inside of lists, whose values have no names.
    private mutating func value(at path: [String]?, in section: Int) throws(DocumentFault) -> DocumentValue {
        guard let byte else { throw fault("a value is missing") }
        depth += 1
        defer { depth -= 1 }
        guard depth < 100 else { throw fault("nested too deeply") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try string(allowsLines: true))
        case UInt8(ascii: "["): return try list(in: section)
        case UInt8(ascii: "{"): return try inlineTable(at: path, in: section)
        default: return try scalar()
        }
    }

    private mutating func list(in section: Int) throws(DocumentFault) -> DocumentValue {
        var elements: [DocumentValue] = []
        position += 1
        while true {
            guard try skipBlankLines() else { throw fault("a list does not end") }
            if byte == UInt8(ascii: "]") { break }
            elements.append(try value(at: nil, in: section))
            guard try skipBlankLines() else { throw fault("a list does not end") }
            if byte == UInt8(ascii: ",") {
                position += 1
            } else if byte != UInt8(ascii: "]") {
                throw fault("a comma is missing in a list")
            }
        }
        position += 1
        return .list(elements)
    }

    private mutating func inlineTable(at path: [String]?, in section: Int) throws(DocumentFault) -> DocumentValue {
        let table = tables.count
        // In a list no way leads to it.
        let base = path ?? ["\0list\(table)"]
        tables.append(InlineTable(path: base, range: position..<position))
        let start = position
        var members: [DocumentValue] = []
        position += 1
        while true {
            guard try skipBlankLines() else { throw fault("an inline table does not end") }
            if byte == UInt8(ascii: "}") { break }
            let index = try entry(in: section, table: table, base: base)
            members.append(DocumentValue.nested(entries[index].path.dropFirst(base.count), entries[index].value))
            guard try skipBlankLines() else { throw fault("an inline table does not end") }
            if byte == UInt8(ascii: ",") {
                position += 1
            } else if byte != UInt8(ascii: "}") {
                throw fault("a comma is missing in an inline table")
            }
        }
        position += 1
        tables[table].range = start..<position
        return members.reduce(.object([])) { DocumentValue.merged($0, $1) }
    }

    private mutating func scalar() throws(DocumentFault) -> DocumentValue {
        let start = position
        let marks = Array("+-.:".utf8)
        while let byte, byte.isWord || marks.contains(byte) { position += 1 }
        // A date and a time may have a blank between them.
        if byte == 0x20, position - start == 10, position + 2 < bytes.count, bytes[position + 1].isDigit,
            bytes[position + 2].isDigit, bytes[start..<position].contains(UInt8(ascii: "-"))
        {
            position += 1
            while let byte, byte.isWord || marks.contains(byte) { position += 1 }
        }
        let text = bytes.text(start..<position)
        if text == "true" || text == "false" { return .flag(text == "true") }
        let plain = text.replacing("_", with: "")
        let digits = plain.drop { $0 == "+" || $0 == "-" }
        guard digits.first?.isNumber == true || digits == "inf" || digits == "nan" else {
            position = start
            throw fault("this is no value; texts stand in quotes")
        }
        if let number = Int(plain) { return .number(number) }
        let isNumber = Double(plain) != nil || ["0x", "0o", "0b"].contains { digits.hasPrefix($0) }
        let isTime = digits.utf8.allSatisfy { $0.isDigit || "-:.+TZtz ".utf8.contains($0) } && digits.count >= 5
        guard isNumber || isTime else {
            position = start
            throw fault("this is no value; texts stand in quotes")
        }
        return .other(text)
    }

    private mutating func string(allowsLines: Bool) throws(DocumentFault) -> String {
        guard let quote = byte else { throw fault("a text is missing") }
        let isLiteral = quote == UInt8(ascii: "'")
        let isLong = allowsLines && bytes[position...].starts(with: [quote, quote, quote])
        position += isLong ? 3 : 1
        var output: [UInt8] = []
        if isLong {
            if byte == 0x0D { position += 1 }
            if byte == 0x0A { position += 1 }
        }
        while let byte {
            if isLong, bytes[position...].starts(with: [quote, quote, quote]) {
                position += 3
                // Up to two quotes may stand before those that end it.
                for _ in 0..<2 where self.byte == quote {
                    output.append(quote)
                    position += 1
                }
                return String(decoding: output, as: UTF8.self)
            }
            if !isLong, byte == quote {
                position += 1
                return String(decoding: output, as: UTF8.self)
            }
            if !isLong, byte.isLineEnd { break }
            if byte == UInt8(ascii: "\\"), !isLiteral {
                try escape(into: &output, isLong: isLong)
            } else {
                output.append(byte)
                position += 1
            }
        }
        throw fault("a text does not end")
    }

    private mutating func escape(into output: inout [UInt8], isLong: Bool) throws(DocumentFault) {
        position += 1
        guard let byte else { throw fault("a text does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "b"): output.append(0x08)
        case UInt8(ascii: "t"): output.append(0x09)
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "f"): output.append(0x0C)
        case UInt8(ascii: "r"): output.append(0x0D)
        case UInt8(ascii: "e"): output.append(0x1B)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = bytes[position..<min(position + count, bytes.count)]
            guard digits.count == count, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw fault("malformed escape in a text") }
            output += Array(String(Character(scalar)).utf8)
            position += count
        case let byte where isLong && (byte.isBlank || byte.isLineEnd):
            while let next = self.byte, next.isBlank || next.isLineEnd { position += 1 }
        default: throw fault("malformed escape in a text")
        }
    }

    private func findDuplicates() throws(DocumentFault) {
        var seen: Set<[String]> = []
        for entry in entries where !seen.insert(entry.path).inserted {
            throw DocumentFault(.unparseable, "a name stands there twice", line: bytes.lineNumber(entry.start))
        }
        for section in sections.dropFirst() where !section.isElement && !seen.insert(section.path).inserted {
            throw DocumentFault(.unparseable, "a table stands there twice", line: bytes.lineNumber(section.start))
        }
    }
}
