/// A TOML file, changed line by line.
struct TOMLDocument: DocumentEditor {
    var bytes: [UInt8] { parsed.bytes }
    private var parsed: TOMLParser

    init(_ bytes: [UInt8]) throws(DocumentFault) {
        parsed = try TOMLParser(bytes)
    }

    var value: DocumentValue {
        var whole = DocumentValue.object([])
        for section in parsed.sections {
            whole = DocumentValue.merged(whole, DocumentValue.nested(section.path[...], .object([])))
        }
        for entry in parsed.entries where entry.table == nil {
            whole = DocumentValue.merged(whole, DocumentValue.nested(entry.path[...], entry.value))
        }
        return whole
    }

    mutating func apply(_ edit: DocumentEdit) throws(DocumentFault) {
        switch edit {
        case .set(let path, .object(let members)):
            for member in members { try apply(.set(path + [member.name], member.value)) }
        case .set(let path, let value): try splice(setting(path, to: value))
        case .remove(let path): try splice(removing(path))
        case .setEntry(let entry, _), .removeEntry(let entry):
            // No tool of the table keeps such a list in TOML.
            throw DocumentFault(.unsupported, "\(entry.list.joined(separator: ".")) cannot be changed")
        }
    }

    private mutating func splice(_ splices: [TextSplice]) throws(DocumentFault) {
        guard !splices.isEmpty else { return }
        do {
            // What was written is read again: a slip of this code must not reach the file.
            parsed = try TOMLParser(bytes.applying(splices))
        } catch {
            throw DocumentFault(.unsupported, "the change would damage the file: \(error.message)", line: error.line)
        }
    }

    private func setting(_ path: [String], to value: DocumentValue) throws(DocumentFault) -> [TextSplice] {
        if let entry = parsed.entries.first(where: { $0.path == path }) {
            return entry.value == value ? [] : [TextSplice(entry.valueRange, Self.rendered(value))]
        }
        let parent = Array(path.dropLast())
        if let inline = parsed.tables.filter({ path.starts(with: $0.path) }).max(by: { $0.path.count < $1.path.count })
        {
            return inserting(Self.line(Array(path.dropFirst(inline.path.count)), value), into: inline)
        }
        let obstacle = parsed.entries.first { path.starts(with: $0.path) }
        if let obstacle {
            throw DocumentFault(
                .unsupported, "\(obstacle.path.joined(separator: ".")) is no table",
                line: bytes.lineNumber(obstacle.start))
        }
        let isList = parsed.sections.contains { $0.isElement && path.starts(with: $0.path.dropLast()) }
        if isList || parsed.sections.contains(where: { $0.path == path }) {
            throw DocumentFault(.unsupported, "\(path.joined(separator: ".")) stands there as something else")
        }
        if let section = parsed.sections.firstIndex(where: { $0.path == parent }) {
            return inserting(Self.line([path[path.count - 1]], value), into: section)
        }
        // `a.b = 1` defines the table `a`, which no header may define again.
        if let dotted = parsed.entries.last(where: { $0.lines != nil && $0.path.starts(with: parent) }) {
            let relative = Array(path.dropFirst(parsed.sections[dotted.section].path.count))
            return [insertedLine(Self.line(relative, value), at: dotted.lines?.upperBound ?? bytes.count)]
        }
        let lineBreak = bytes.lineBreak
        let text = "[\(Self.key(parent))]" + lineBreak + Self.line([path[path.count - 1]], value) + lineBreak
        let isEmpty = bytes.count == bytes.markLength
        let end = isEmpty || bytes.last == 0x0A ? "" : lineBreak
        return [TextSplice(bytes.count..<bytes.count, end + (isEmpty ? "" : lineBreak) + text)]
    }

    /// Adds a line behind the last value of a section.
    private func inserting(_ line: String, into index: Int) -> [TextSplice] {
        let section = parsed.sections[index]
        let last = parsed.entries.last { $0.section == index && $0.lines != nil }
        if let end = last?.lines?.upperBound { return [insertedLine(line, at: end)] }
        guard index == 0, parsed.sections.count > 1 || bytes.count > section.bodyStart else {
            return [insertedLine(line, at: section.bodyStart)]
        }
        // The top of the file: below remarks at its beginning that a blank line keeps apart from what follows.
        var place = section.bodyStart
        while place < section.end, bytes[place] == UInt8(ascii: "#") { place = bytes.lineEnd(place) }
        let isApart = place > section.bodyStart && place < section.end && bytes[place].isLineEnd
        if isApart { place = bytes.lineEnd(place) } else if place < section.end { place = section.bodyStart }
        var splice = insertedLine(line, at: place)
        if place < bytes.count, !bytes[place].isLineEnd { splice.replacement += Array(bytes.lineBreak.utf8) }
        return [splice]
    }

    private func insertedLine(_ line: String, at place: Int) -> TextSplice {
        let isAfterLine = place == bytes.markLength || place == 0 || bytes[place - 1] == 0x0A
        return TextSplice(place..<place, (isAfterLine ? "" : bytes.lineBreak) + line + bytes.lineBreak)
    }

    private func inserting(_ text: String, into table: TOMLParser.InlineTable) -> [TextSplice] {
        let index = parsed.tables.firstIndex { $0.range == table.range }
        guard let last = parsed.entries.last(where: { $0.table == index }) else {
            return [TextSplice(table.range, "{ \(text) }")]
        }
        return [TextSplice(last.valueRange.upperBound..<last.valueRange.upperBound, ", \(text)")]
    }

    private func removing(_ path: [String]) -> [TextSplice] {
        var splices: [TextSplice] = []
        var covered: [Range<Int>] = []
        for section in parsed.sections.dropFirst() where section.path.starts(with: path) {
            let lines = lines(of: section)
            if let last = covered.last, last.upperBound == lines.lowerBound {
                covered[covered.count - 1] = last.lowerBound..<lines.upperBound
            } else {
                covered.append(lines)
            }
        }
        // The blank line that set the end of the file apart goes along.
        if let last = covered.last, last.upperBound == bytes.count, last.lowerBound > bytes.markLength {
            let above = bytes.lineStart(last.lowerBound - 1)
            if bytes[above..<last.lowerBound].allSatisfy({ $0.isBlank || $0.isLineEnd }) {
                covered[covered.count - 1] = above..<last.upperBound
            }
        }
        splices = covered.map { TextSplice($0) }
        let leaving = parsed.entries.filter { entry in
            entry.path.starts(with: path) && !covered.contains { $0.contains(entry.start) }
        }
        for entry in leaving {
            if let lines = entry.lines {
                splices.append(TextSplice(lines))
            } else if !leaving.contains(where: { $0.valueRange.contains(entry.start) }) {
                splices += removingFromInline(entry)
            }
        }
        return splices
    }

    /// A section without the remarks that stand right above the next header.
    private func lines(of section: TOMLParser.Section) -> Range<Int> {
        var end = section.end
        while end < bytes.count, end > section.bodyStart {
            let line = bytes.lineStart(end - 1)
            guard bytes[line..<end].first(where: { !$0.isBlank }) == UInt8(ascii: "#") else { break }
            end = line
        }
        return section.start..<end
    }

    private func removingFromInline(_ entry: TOMLParser.Entry) -> [TextSplice] {
        var range = entry.start..<entry.valueRange.upperBound
        var next = range.upperBound
        while next < bytes.count, bytes[next].isBlank { next += 1 }
        if next < bytes.count, bytes[next] == UInt8(ascii: ",") {
            next += 1
            while next < bytes.count, bytes[next].isBlank { next += 1 }
            return [TextSplice(range.lowerBound..<next)]
        }
        var start = range.lowerBound
        while start > 0, bytes[start - 1].isBlank { start -= 1 }
        if start > 0, bytes[start - 1] == UInt8(ascii: ",") { range = start - 1..<range.upperBound }
        return [TextSplice(range)]
    }
}

extension TOMLDocument {
    private static func line(_ path: [String], _ value: DocumentValue) -> String {
        "\(key(path)) = \(rendered(value))"
    }

    private static func key(_ path: [String]) -> String {
        path.map { name in
            let isBare = !name.isEmpty && name.utf8.allSatisfy { $0.isWord || $0 == UInt8(ascii: "-") }
            return isBare ? name : quoted(name)
        }.joined(separator: ".")
    }

    private static func rendered(_ value: DocumentValue) -> String {
        switch value {
        case .text(let text): quoted(text)
        case .number(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .other(let text): text
        case .list(let elements): "[" + elements.map { rendered($0) }.joined(separator: ", ") + "]"
        case .object(let members):
            "{ " + members.map { line([$0.name], $0.value) }.joined(separator: ", ") + " }"
        }
    }

    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            case let scalar where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
