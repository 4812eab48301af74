/// A file of lines `NAME=value`, as programs read them into their environment.
struct EnvironmentDocument: DocumentEditor {
    private struct Line {
        var name: String
        var lines: Range<Int>
        var valueRange: Range<Int>
        var value: String
    }

    private(set) var bytes: [UInt8]
    private var lines: [Line]

    init(_ bytes: [UInt8]) throws(DocumentFault) {
        self.bytes = bytes
        lines = try Self.parse(bytes)
    }

    var value: DocumentValue { .object(lines.map { .init($0.name, .text($0.value)) }) }

    /// Lines that set nothing are left alone, as programs leave them.
    private static func parse(_ bytes: [UInt8]) throws(DocumentFault) -> [Line] {
        var found: [Line] = []
        var position = bytes.markLength
        while position < bytes.count {
            let start = position
            var end = bytes.lineEnd(start)
            position = start
            while position < end, bytes[position].isBlank { position += 1 }
            if bytes[position..<end].starts(with: Array("export ".utf8)) { position += 7 }
            while position < end, bytes[position].isBlank { position += 1 }
            let nameStart = position
            while position < end, bytes[position].isWord { position += 1 }
            let name = bytes.text(nameStart..<position)
            while position < end, bytes[position].isBlank { position += 1 }
            guard !name.isEmpty, position < end, bytes[position] == UInt8(ascii: "=") else {
                position = end
                continue
            }
            position += 1
            while position < end, bytes[position].isBlank { position += 1 }
            let valueStart = position
            var valueEnd = position
            var text: String
            if position < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[position]) {
                let quote = bytes[position]
                position += 1
                while position < bytes.count, bytes[position] != quote {
                    position += bytes[position] == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") ? 2 : 1
                }
                guard position < bytes.count else {
                    throw DocumentFault(.unparseable, "a text does not end", line: bytes.lineNumber(valueStart))
                }
                valueEnd = position + 1
                text = bytes.text(valueStart + 1..<position)
                if quote == UInt8(ascii: "\"") { text = Self.unescaped(text) }
                end = bytes.lineEnd(position)
            } else {
                while position < end, !bytes[position].isLineEnd {
                    if bytes[position] == UInt8(ascii: "#"), bytes[position - 1].isBlank { break }
                    position += 1
                    if !bytes[position - 1].isBlank { valueEnd = position }
                }
                text = bytes.text(valueStart..<valueEnd)
            }
            found.append(Line(name: name, lines: start..<end, valueRange: valueStart..<valueEnd, value: text))
            position = end
        }
        return found
    }

    private static func unescaped(_ text: String) -> String {
        var output = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                output.append(character == "n" ? "\n" : character == "r" ? "\r" : character == "t" ? "\t" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                output.append(character)
            }
        }
        return output
    }

    mutating func apply(_ edit: DocumentEdit) throws(DocumentFault) {
        switch edit {
        case .set(let path, .text(let text)) where path.count == 1: try set(path[0], text)
        case .remove(let path) where path.count == 1:
            try replace(lines.filter { $0.name == path[0] }.map { TextSplice($0.lines) })
        default: throw DocumentFault(.unsupported, "lines of names and texts hold nothing else")
        }
    }

    private mutating func replace(_ splices: [TextSplice]) throws(DocumentFault) {
        bytes = bytes.applying(splices)
        lines = try Self.parse(bytes)
    }

    private mutating func set(_ name: String, _ text: String) throws(DocumentFault) {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0.isWord || "-./:@,+".utf8.contains($0) }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        let value = isPlain ? text : "\"\(escaped)\""
        // The last of several counts.
        if let line = lines.last(where: { $0.name == name }) {
            if line.value != text { try replace([TextSplice(line.valueRange, value)]) }
            return
        }
        let isAfterLine = bytes.count == bytes.markLength || bytes.last == 0x0A
        let added = (isAfterLine ? "" : bytes.lineBreak) + "\(name)=\(value)" + bytes.lineBreak
        try replace([TextSplice(bytes.count..<bytes.count, added)])
    }
}
