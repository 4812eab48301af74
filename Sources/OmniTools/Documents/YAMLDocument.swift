import OmniJSON

/// A YAML file in block style, changed line by line.
struct YAMLDocument: DocumentEditor {
    private(set) var bytes: [UInt8]
    private var root: YAMLNode
    private var lines: [YAMLParser.Line]

    init(_ bytes: [UInt8]) throws(DocumentFault) {
        self.bytes = bytes
        (root, lines) = try YAMLParser.parse(bytes)
        switch root.contents {
        case .mapping, .missing: break
        default: throw DocumentFault(.unsupported, "the file holds no block mapping")
        }
    }

    var value: DocumentValue { decoded(root) }

    private func decoded(_ node: YAMLNode) -> DocumentValue {
        switch node.contents {
        case .mapping(let pairs): return .object(pairs.map { .init($0.name, decoded($0.value)) })
        case .list(let items): return .list(items.map { decoded($0.value) })
        case .text(let text):
            let isQuoted =
                bytes[node.range.lowerBound] == UInt8(ascii: "\"")
                || bytes[node.range.lowerBound] == UInt8(ascii: "'")
            if isQuoted { return .text(text) }
            if text == "true" || text == "false" { return .flag(text == "true") }
            return Int(text).map { .number($0) } ?? .text(text)
        case .empty: return bytes[node.range.lowerBound] == UInt8(ascii: "[") ? .list([]) : .object([])
        case .missing: return .other("")
        case .opaque: return .other(bytes.text(node.range))
        }
    }

    mutating func apply(_ edit: DocumentEdit) throws(DocumentFault) {
        switch edit {
        case .set(let path, let value): try splice(setting(path[...], to: value, in: root, indent: 0))
        case .remove(let path): try remove(path)
        case .setEntry(let entry, let members): try set(entry, members)
        case .removeEntry(let entry): try remove(entry)
        }
    }

    private mutating func splice(_ splices: [TextSplice]) throws(DocumentFault) {
        guard !splices.isEmpty else { return }
        let changed = bytes.applying(splices)
        do {
            // What was written is read again: a slip of this code must not reach the file.
            self = try YAMLDocument(changed)
        } catch {
            throw DocumentFault(.unsupported, "the change would damage the file: \(error.message)", line: error.line)
        }
    }

    private func pairs(_ node: YAMLNode, _ path: [String]) throws(DocumentFault) -> [YAMLNode.Pair] {
        switch node.contents {
        case .mapping(let pairs): return pairs
        case .missing: return []
        default:
            throw DocumentFault(
                .unsupported, "\(path.joined(separator: ".")) is no block mapping",
                line: bytes.lineNumber(node.range.lowerBound))
        }
    }

    private func setting(
        _ path: ArraySlice<String>, to value: DocumentValue, in node: YAMLNode, indent: Int
    ) throws(DocumentFault) -> [TextSplice] {
        guard let name = path.first else { return [] }
        let pairs = try pairs(node, Array(path))
        guard let pair = pairs.first(where: { $0.name == name }) else {
            let wrapped = path.dropFirst().reversed().reduce(value) { .object([.init($1, $0)]) }
            let column = pairs.last?.column ?? indent
            let text = rendered([.init(name, wrapped)], indent: column, isFirstInline: false)
            return [inserted(text, behind: pairs.last.map { $0.lines.upperBound })]
        }
        if path.count > 1 {
            if case .missing = pair.value.contents {
                let wrapped = path.dropFirst().dropFirst().reversed().reduce(value) { .object([.init($1, $0)]) }
                let text = rendered(
                    [.init(path[path.startIndex + 1], wrapped)], indent: pair.column + 2, isFirstInline: false)
                return [inserted(text, behind: pair.lines.upperBound)]
            }
            return try setting(path.dropFirst(), to: value, in: pair.value, indent: pair.column + 2)
        }
        guard decoded(pair.value) != value else { return [] }
        guard let text = scalar(value) else {
            throw DocumentFault(.unsupported, "\(name) cannot be changed", line: bytes.lineNumber(pair.start))
        }
        if case .missing = pair.value.contents {
            let place = pair.value.range.lowerBound
            return [TextSplice(place..<place, " " + text)]
        }
        return [TextSplice(pair.value.range, text)]
    }

    /// Whole lines behind a line, or at the end of the file.
    private func inserted(_ text: String, behind line: Int?) -> TextSplice {
        let place = line.map { $0 < lines.count ? lines[$0].start : bytes.count } ?? bytes.count
        let isAfterLine = place == bytes.markLength || bytes[place - 1] == 0x0A
        return TextSplice(place..<place, (isAfterLine ? "" : bytes.lineBreak) + text)
    }

    private func lineRange(_ numbers: Range<Int>) -> Range<Int> {
        lines[numbers.lowerBound].start..<lines[numbers.upperBound - 1].end
    }

    private mutating func remove(_ path: [String]) throws(DocumentFault) {
        guard path.count == 1 else {
            throw DocumentFault(.unsupported, "\(path.joined(separator: ".")) cannot be taken away")
        }
        guard let pair = try pairs(root, path).first(where: { $0.name == path[0] }) else { return }
        try splice([TextSplice(lineRange(pair.lines))])
    }

    private func list(_ entry: DocumentEdit.Entry) throws(DocumentFault) -> YAMLNode.Pair? {
        guard entry.list.count == 1 else {
            throw DocumentFault(.unsupported, "\(entry.list.joined(separator: ".")) cannot be changed")
        }
        return try pairs(root, entry.list).first { $0.name == entry.list[0] }
    }

    private func item(_ entry: DocumentEdit.Entry, in node: YAMLNode) -> YAMLNode.Item? {
        guard case .list(let items) = node.contents else { return nil }
        return items.first { decoded($0.value)[entry.name]?.text == entry.text }
    }

    private mutating func set(_ entry: DocumentEdit.Entry, _ members: [DocumentValue.Member]) throws(DocumentFault) {
        guard let pair = try list(entry) else {
            let items = "\(entry.list[0]):" + bytes.lineBreak + rendered(members, indent: 2, isFirstInline: true)
            let last = try pairs(root, []).last
            try splice([inserted(items, behind: last.map { $0.lines.upperBound })])
            return
        }
        if item(entry, in: pair.value) != nil {
            for member in members {
                guard let pair = try list(entry), let item = item(entry, in: pair.value) else { return }
                try splice(setting([member.name], to: member.value, in: item.value, indent: item.column + 2))
            }
            return
        }
        switch pair.value.contents {
        case .list(let items):
            let column = items.first?.column ?? 2
            let text = rendered(members, indent: column, isFirstInline: true)
            try splice([inserted(text, behind: items.last.map { $0.lines.upperBound })])
        case .missing, .empty:
            var splices = [inserted(rendered(members, indent: 2, isFirstInline: true), behind: pair.lines.upperBound)]
            if case .empty = pair.value.contents {
                var start = pair.value.range.lowerBound
                while bytes[start - 1].isBlank { start -= 1 }
                splices.append(TextSplice(start..<pair.value.range.upperBound))
            }
            try splice(splices)
        default:
            throw DocumentFault(
                .unsupported, "\(entry.list[0]) is no list in block style", line: bytes.lineNumber(pair.start))
        }
    }

    private mutating func remove(_ entry: DocumentEdit.Entry) throws(DocumentFault) {
        guard let pair = try list(entry), case .list(let items) = pair.value.contents,
            let item = item(entry, in: pair.value)
        else { return }
        try splice([TextSplice(lineRange(items.count == 1 ? pair.lines : item.lines))])
    }
}

extension YAMLDocument {
    /// Lines for members; the first behind a dash where they are an item of a list.
    private func rendered(_ members: [DocumentValue.Member], indent: Int, isFirstInline: Bool) -> String {
        let lineBreak = bytes.lineBreak
        let inner = String(repeating: " ", count: indent + (isFirstInline ? 2 : 0))
        var output = ""
        for (index, member) in members.enumerated() {
            output += isFirstInline && index == 0 ? String(repeating: " ", count: indent) + "- " : inner
            output += plainName(member.name) + ":"
            if let text = scalar(member.value) {
                output += " " + text + lineBreak
            } else if case .object(let nested) = member.value {
                output += lineBreak + rendered(nested, indent: inner.count + 2, isFirstInline: false)
            } else {
                output += lineBreak
                for element in member.value.elements {
                    output += inner + "  - " + (scalar(element) ?? "") + lineBreak
                }
            }
        }
        return output
    }

    private func plainName(_ name: String) -> String {
        name.utf8.allSatisfy { $0.isWord || $0 == UInt8(ascii: "-") } ? name : quoted(name)
    }

    /// nil for objects and lists.
    private func scalar(_ value: DocumentValue) -> String? {
        switch value {
        case .text(let text): isPlain(text) ? text : quoted(text)
        case .number(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .other(let text): text
        case .list, .object: nil
        }
    }

    /// Whether a text without quotes is the same text to every parser.
    private func isPlain(_ text: String) -> Bool {
        let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        guard let first = text.utf8.first, first.isWord, !first.isDigit, !words.contains(text.lowercased()) else {
            return false
        }
        return text.utf8.allSatisfy { $0.isWord || "-./".utf8.contains($0) }
    }

    private func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
