/// A piece of a YAML file that may have to be changed: block mappings, block lists, and what stands in them.
///
/// The rest (flow collections, block texts, anchors, tags) is known by its extent only.
struct YAMLNode: Sendable {
    struct Pair: Sendable {
        var name: String
        /// Where the name begins.
        var start: Int
        var column: Int
        /// Numbers of its lines; the first may be shared with the dash of a list.
        var lines: Range<Int>
        var value: YAMLNode
    }

    struct Item: Sendable {
        var column: Int
        var lines: Range<Int>
        var value: YAMLNode
    }

    enum Contents: Sendable {
        case mapping([Pair])
        case list([Item])
        case text(String)
        /// `[]` and `{}`.
        case empty
        /// Nothing at all.
        case missing
        case opaque
    }

    var contents: Contents
    /// Behind the colon or the dash up to the last byte, without a remark behind it.
    var range: Range<Int>
}

/// Reads the part of YAML 1.2 that people write configuration in; refuses what could be understood wrongly.
///
/// https://yaml.org/spec/1.2.2/ (checked 2026-11-26)
struct YAMLParser {
    struct Line {
        var start: Int
        /// Without the line end.
        var contentEnd: Int
        var end: Int
        var indent: Int
        /// Blank or only a remark.
        var isEmpty: Bool
    }

    let bytes: [UInt8]
    private(set) var lines: [Line] = []
    /// The line that is read next.
    private var next = 0
    private var depth = 0

    static func parse(_ bytes: [UInt8]) throws(DocumentFault) -> (root: YAMLNode, lines: [Line]) {
        var parser = YAMLParser(bytes: bytes)
        parser.splitLines()
        try parser.skipHead()
        parser.skipEmpty()
        guard parser.next < parser.lines.count else {
            return (YAMLNode(contents: .missing, range: bytes.count..<bytes.count), parser.lines)
        }
        let root = try parser.block(indent: parser.lines[parser.next].indent)
        parser.skipEmpty()
        guard parser.next == parser.lines.count else { throw parser.fault("this line fits nowhere") }
        return (root, parser.lines)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func fault(_ message: String) -> DocumentFault {
        DocumentFault(.unparseable, message, line: next + 1)
    }

    private mutating func splitLines() {
        var start = bytes.markLength
        while start < bytes.count {
            let end = bytes.lineEnd(start)
            var contentEnd = end
            while contentEnd > start, bytes[contentEnd - 1].isLineEnd { contentEnd -= 1 }
            var first = start
            while first < contentEnd, bytes[first] == 0x20 { first += 1 }
            let isBlank = bytes[first..<contentEnd].allSatisfy(\.isBlank)
            let isRemark = first < contentEnd && bytes[first] == UInt8(ascii: "#")
            lines.append(
                Line(
                    start: start, contentEnd: contentEnd, end: end, indent: first - start, isEmpty: isBlank || isRemark)
            )
            start = end
        }
    }

    private mutating func skipEmpty() {
        while next < lines.count, lines[next].isEmpty { next += 1 }
    }

    private func text(_ line: Int) -> String { bytes.text(lines[line].start..<lines[line].contentEnd) }

    private mutating func skipHead() throws(DocumentFault) {
        skipEmpty()
        while next < lines.count, text(next).hasPrefix("%") { next += 1 }
        skipEmpty()
        if next < lines.count, text(next).hasPrefix("---") {
            guard text(next).dropFirst(3).allSatisfy({ $0 == " " }) else {
                throw fault("a value behind --- is not understood")
            }
            next += 1
        }
    }

    private func isMarker(_ line: Int) -> Bool {
        lines[line].indent == 0 && (text(line).hasPrefix("---") || text(line).hasPrefix("..."))
    }

    /// Where the contents of a line begin that starts at this column.
    private func place(_ column: Int) -> Int { lines[next].start + column }

    private func isDash(at place: Int) -> Bool {
        guard place < lines[next].contentEnd, bytes[place] == UInt8(ascii: "-") else { return false }
        return place + 1 == lines[next].contentEnd || bytes[place + 1].isBlank
    }

    /// What begins in the next line, at a column.
    private mutating func block(indent: Int) throws(DocumentFault) -> YAMLNode {
        depth += 1
        defer { depth -= 1 }
        guard depth < 60 else { throw fault("nested too deeply") }
        guard !isMarker(next) else { throw fault("more than one document in a file is not understood") }
        if bytes[place(indent)] == 0x09 { throw fault("tabs do not indent") }
        if isDash(at: place(indent)) { return try list(indent: indent) }
        if try colon(from: place(indent)) != nil { return try mapping(indent: indent, firstColumn: indent) }
        let start = place(indent)
        return try scalar(from: start, indent: indent - 1)
    }

    private mutating func mapping(indent: Int, firstColumn: Int) throws(DocumentFault) -> YAMLNode {
        var pairs: [YAMLNode.Pair] = []
        let start = place(firstColumn)
        var column = firstColumn
        var end = start
        while next < lines.count {
            let first = next
            let nameStart = place(column)
            if bytes[nameStart] == 0x09 { throw fault("tabs do not indent") }
            guard let (name, valueStart) = try colon(from: nameStart) else {
                throw fault("a name with a colon is missing")
            }
            guard !pairs.contains(where: { $0.name == name }) else { throw fault("a name stands there twice") }
            let value = try value(from: valueStart, indent: indent, mayBeList: true)
            pairs.append(
                YAMLNode.Pair(name: name, start: nameStart, column: column, lines: first..<next, value: value))
            end = max(end, value.range.upperBound, valueStart)
            let here = next
            skipEmpty()
            guard next < lines.count, lines[next].indent == indent, !isMarker(next), !isDash(at: place(indent)) else {
                if next < lines.count, isMarker(next) { throw fault("more than one document is not understood") }
                if next < lines.count, lines[next].indent > indent { throw fault("this line fits nowhere") }
                next = here
                break
            }
            column = indent
        }
        return YAMLNode(contents: .mapping(pairs), range: start..<end)
    }

    private mutating func list(indent: Int) throws(DocumentFault) -> YAMLNode {
        var items: [YAMLNode.Item] = []
        let start = place(indent)
        var end = start
        while next < lines.count {
            let first = next
            let value = try item(indent: indent)
            items.append(YAMLNode.Item(column: indent, lines: first..<next, value: value))
            end = max(end, value.range.upperBound)
            let here = next
            skipEmpty()
            guard next < lines.count, lines[next].indent == indent, isDash(at: place(indent)) else {
                if next < lines.count, lines[next].indent > indent { throw fault("this line fits nowhere") }
                next = here
                break
            }
        }
        return YAMLNode(contents: .list(items), range: start..<end)
    }

    private mutating func item(indent: Int) throws(DocumentFault) -> YAMLNode {
        let dash = place(indent)
        var inner = dash + 1
        while inner < lines[next].contentEnd, bytes[inner] == 0x20 { inner += 1 }
        let isPlain = inner < lines[next].contentEnd && !"#&!*".utf8.contains(bytes[inner])
        guard isPlain else { return try value(from: dash + 1, indent: indent, mayBeList: false) }
        if isDash(at: inner) { return try list(indent: inner - lines[next].start) }
        guard try colon(from: inner) != nil else { return try value(from: dash + 1, indent: indent, mayBeList: false) }
        let column = inner - lines[next].start
        return try mapping(indent: column, firstColumn: column)
    }

    /// The name at a place and where its value begins; nil when there is no name.
    private func colon(from start: Int) throws(DocumentFault) -> (name: String, valueStart: Int)? {
        let end = lines[next].contentEnd
        guard start < end else { return nil }
        if "?[{|>@`%".utf8.contains(bytes[start]) {
            // `? ` would begin a name that is no text; brackets begin a value.
            if bytes[start] == UInt8(ascii: "?"), start + 1 < end, bytes[start + 1].isBlank {
                throw fault("names with question marks are not understood")
            }
            return nil
        }
        var position = start
        var name: String?
        if bytes[start] == UInt8(ascii: "\"") || bytes[start] == UInt8(ascii: "'") {
            guard let close = Self.quoteEnd(bytes, from: start, to: end) else { return nil }
            name = Self.unquoted(bytes[start..<close])
            position = close
            while position < end, bytes[position].isBlank { position += 1 }
            guard position < end, bytes[position] == UInt8(ascii: ":") else { return nil }
        }
        while position < end {
            if bytes[position] == UInt8(ascii: ":"), position + 1 == end || bytes[position + 1].isBlank {
                let plain = bytes.text(start..<position)
                return (name ?? String(plain.reversed().drop { $0 == " " }.reversed()), position + 1)
            }
            if bytes[position] == UInt8(ascii: "#"), position > start, bytes[position - 1].isBlank { return nil }
            position += 1
        }
        return nil
    }

    /// A value that begins in this line or in one of the next.
    private mutating func value(
        from start: Int, indent: Int, mayBeList: Bool
    ) throws(DocumentFault) -> YAMLNode {
        let end = lines[next].contentEnd
        var position = start
        while position < end, bytes[position].isBlank { position += 1 }
        let isRemark = position < end && bytes[position] == UInt8(ascii: "#")
        if position < end, !isRemark {
            let isProperty = bytes[position] == UInt8(ascii: "&") || bytes[position] == UInt8(ascii: "!")
            let rest = bytes.text(position..<end)
            // An anchor or a tag alone has its value below.
            if !isProperty || rest.contains(" ") { return try scalar(from: position, indent: indent) }
        }
        let properties = isRemark || position == end ? start : end
        let here = next + 1
        next += 1
        skipEmpty()
        let isDeeper = next < lines.count && lines[next].indent > indent
        let isListBeside = next < lines.count && mayBeList && lines[next].indent == indent && isDash(at: place(indent))
        guard isDeeper || isListBeside else {
            next = here
            return YAMLNode(contents: properties == start ? .missing : .opaque, range: start..<properties)
        }
        var node = isListBeside ? try list(indent: indent) : try block(indent: lines[next].indent)
        if properties != start { node.contents = .opaque }
        return node
    }

    /// What is no block mapping and no block list; leaves the lines behind it.
    private mutating func scalar(from start: Int, indent: Int) throws(DocumentFault) -> YAMLNode {
        switch bytes[start] {
        case UInt8(ascii: "|"), UInt8(ascii: ">"):
            var end = lines[next].contentEnd
            next += 1
            while next < lines.count,
                lines[next].indent > indent || bytes[lines[next].start..<lines[next].contentEnd].allSatisfy(\.isBlank)
            {
                if !lines[next].isEmpty || lines[next].indent > indent { end = lines[next].contentEnd }
                next += 1
            }
            // Blank lines behind it belong to nobody.
            while next > 0, lines[next - 1].start > end { next -= 1 }
            return YAMLNode(contents: .opaque, range: start..<end)
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            let end = try flowEnd(from: start)
            let isEmpty = bytes[start + 1..<end - 1].allSatisfy { $0.isBlank || $0.isLineEnd }
            try leaveLine(of: end)
            return YAMLNode(contents: isEmpty ? .empty : .opaque, range: start..<end)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            guard let end = Self.quoteEnd(bytes, from: start, to: bytes.count) else {
                throw fault("a text does not end")
            }
            let isOneLine = !bytes[start..<end].contains(0x0A)
            try leaveLine(of: end)
            let text = isOneLine ? Self.unquoted(bytes[start..<end]) : nil
            return YAMLNode(contents: text.map { .text($0) } ?? .opaque, range: start..<end)
        case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"): throw fault("no value begins like this")
        default: return try plain(from: start, indent: indent)
        }
    }

    private mutating func plain(from start: Int, indent: Int) throws(DocumentFault) -> YAMLNode {
        let end = remarkStart(from: start)
        let text = bytes.text(start..<end)
        guard !text.contains(": "), !text.hasSuffix(":") else { throw fault("a colon within a value needs quotes") }
        var last = end
        next += 1
        var isLong = false
        while next < lines.count, !lines[next].isEmpty, lines[next].indent > indent {
            last = remarkStart(from: lines[next].start + lines[next].indent)
            isLong = true
            guard !bytes.text(lines[next].start..<last).contains(": ") else {
                throw fault("this line fits nowhere")
            }
            next += 1
        }
        let isSpecial =
            bytes[start] == UInt8(ascii: "*") || bytes[start] == UInt8(ascii: "&")
            || bytes[start] == UInt8(ascii: "!")
        return YAMLNode(contents: isLong || isSpecial ? .opaque : .text(text), range: start..<last)
    }

    /// The end of a plain text in the next line: before a remark and the blanks in front of it.
    private func remarkStart(from start: Int) -> Int {
        let lineEnd = lines[next].contentEnd
        var end = start
        while end < lineEnd, !(bytes[end] == UInt8(ascii: "#") && end > start && bytes[end - 1].isBlank) { end += 1 }
        while end > start, bytes[end - 1].isBlank { end -= 1 }
        return end
    }

    /// Goes on behind the line in which a value ends; nothing but a remark may follow it.
    private mutating func leaveLine(of end: Int) throws(DocumentFault) {
        while next < lines.count, lines[next].end < end { next += 1 }
        guard next < lines.count else { return }
        let rest = bytes[end..<max(end, lines[next].contentEnd)]
        let first = rest.first { !$0.isBlank }
        guard first == nil || first == UInt8(ascii: "#") && rest.first?.isBlank == true else {
            throw fault("more text after the value")
        }
        next += 1
    }

    private func flowEnd(from start: Int) throws(DocumentFault) -> Int {
        var closers: [UInt8] = []
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "["): closers.append(UInt8(ascii: "]"))
            case UInt8(ascii: "{"): closers.append(UInt8(ascii: "}"))
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                guard closers.popLast() == bytes[position] else { throw fault("brackets do not match") }
                if closers.isEmpty { return position + 1 }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let isOpening = bytes[position - 1].isBlank || "[{,:".utf8.contains(bytes[position - 1])
                if isOpening || bytes[position - 1].isLineEnd {
                    guard let end = Self.quoteEnd(bytes, from: position, to: bytes.count) else {
                        throw fault("a text does not end")
                    }
                    position = end - 1
                }
            case UInt8(ascii: "#") where bytes[position - 1].isBlank || bytes[position - 1].isLineEnd:
                position = bytes.lineEnd(position) - 1
            default: break
            }
            position += 1
        }
        throw fault("brackets do not end")
    }

    /// Behind the quote that ends a text.
    static func quoteEnd(_ bytes: [UInt8], from start: Int, to limit: Int) -> Int? {
        let quote = bytes[start]
        var position = start + 1
        while position < limit {
            if bytes[position] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                position += 2
            } else if bytes[position] != quote {
                position += 1
            } else if quote == UInt8(ascii: "'"), position + 1 < limit, bytes[position + 1] == quote {
                position += 2
            } else {
                return position + 1
            }
        }
        return nil
    }

    static func unquoted(_ text: ArraySlice<UInt8>) -> String {
        guard text.first == UInt8(ascii: "'") else { return JSONNodeParser.decoded(text) }
        return String(decoding: text.dropFirst().dropLast(), as: UTF8.self).replacing("''", with: "'")
    }
}
