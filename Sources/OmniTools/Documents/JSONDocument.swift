import OmniJSON

/// A JSON file, with comments or without, changed member by member.
struct JSONDocument: DocumentEditor {
    private(set) var bytes: [UInt8]
    private var root: JSONNode

    init(_ bytes: [UInt8]) throws(DocumentFault) {
        self.bytes = bytes
        if let node = try JSONNodeParser.parse(bytes) {
            root = node
        } else {
            // Comments at the beginning of a file without a value stay in front.
            let isBlank = bytes.dropFirst(bytes.markLength).allSatisfy { $0.isBlank || $0.isLineEnd }
            let start = isBlank ? Array(bytes.prefix(bytes.markLength)) : bytes + (bytes.last == 0x0A ? [] : [0x0A])
            self.bytes = start + Array("{}\n".utf8)
            root = JSONNode(kind: .object, range: start.count..<start.count + 2)
        }
        guard root.kind == .object else {
            throw DocumentFault(.unparseable, "the file holds no object", line: bytes.lineNumber(root.range.lowerBound))
        }
    }

    var value: DocumentValue { decoded(root) }

    private func decoded(_ node: JSONNode) -> DocumentValue {
        switch node.kind {
        case .object: return .object(node.members.map { .init($0.name, decoded($0.value)) })
        case .array: return .list(node.elements.map { decoded($0) })
        case .string: return .text(JSONNodeParser.decoded(bytes[node.range]))
        case .scalar:
            let text = bytes.text(node.range)
            if text == "true" || text == "false" { return .flag(text == "true") }
            return Int(text).map { .number($0) } ?? .other(text)
        }
    }

    mutating func apply(_ edit: DocumentEdit) throws(DocumentFault) {
        switch edit {
        case .set(let path, let value): try splice(setting(path[...], to: value, in: root, way: []))
        case .remove(let path): try remove(path)
        case .setEntry(let entry, let members): try set(entry, members)
        case .removeEntry(let entry): try remove(entry)
        }
    }

    private mutating func splice(_ splices: [TextSplice]) throws(DocumentFault) {
        guard !splices.isEmpty else { return }
        let changed = bytes.applying(splices)
        // What was written is read again: a slip of this code must not reach the file.
        guard let node = try JSONNodeParser.parse(changed), node.kind == .object else {
            throw DocumentFault(.unsupported, "the change would damage the file")
        }
        bytes = changed
        root = node
    }

    private func setting(
        _ path: ArraySlice<String>, to value: DocumentValue, in node: JSONNode, way: [String]
    ) throws(DocumentFault) -> [TextSplice] {
        guard node.kind == .object else {
            throw DocumentFault(
                .unsupported, "\(way.joined(separator: ".")) is no object",
                line: bytes.lineNumber(node.range.lowerBound))
        }
        guard let name = path.first else { return [] }
        guard let member = node.members.last(where: { $0.name == name }) else {
            let wrapped = path.dropFirst().reversed().reduce(value) { .object([.init($1, $0)]) }
            return inserting(into: node) { style, indent in
                style.name(name) + style.rendered(wrapped, indent: indent)
            }
        }
        if path.count > 1 {
            return try setting(path.dropFirst(), to: value, in: member.value, way: way + [name])
        }
        guard decoded(member.value) != value else { return [] }
        return [TextSplice(member.value.range, style.rendered(value, indent: bytes.indentation(member.start)))]
    }

    private mutating func remove(_ path: [String]) throws(DocumentFault) {
        var nodes = [root]
        for name in path {
            guard let next = nodes.last?.members.last(where: { $0.name == name }) else { return }
            nodes.append(next.value)
        }
        // Objects around it that held nothing else go with it.
        var depth = path.count - 1
        while depth > 0, nodes[depth].members.count == 1 { depth -= 1 }
        guard let index = nodes[depth].members.lastIndex(where: { $0.name == path[depth] }) else { return }
        try splice(removing(index, from: nodes[depth]))
    }

    private func list(_ path: [String]) throws(DocumentFault) -> JSONNode? {
        var node = root
        for name in path {
            guard let next = node.members.last(where: { $0.name == name }) else { return nil }
            node = next.value
        }
        guard node.kind == .array else {
            throw DocumentFault(
                .unsupported, "\(path.joined(separator: ".")) is no list", line: bytes.lineNumber(node.range.lowerBound)
            )
        }
        return node
    }

    private func index(of entry: DocumentEdit.Entry, in list: JSONNode) -> Int? {
        list.elements.firstIndex { decoded($0)[entry.name]?.text == entry.text }
    }

    private mutating func set(_ entry: DocumentEdit.Entry, _ members: [DocumentValue.Member]) throws(DocumentFault) {
        let value = DocumentValue.object(members)
        guard let found = try list(entry.list) else {
            try splice(setting(entry.list[...], to: .list([value]), in: root, way: []))
            return
        }
        guard index(of: entry, in: found) != nil else {
            try splice(inserting(into: found) { style, indent in style.rendered(value, indent: indent) })
            return
        }
        for member in members {
            guard let list = try list(entry.list), let index = index(of: entry, in: list) else { return }
            try splice(setting([member.name], to: member.value, in: list.elements[index], way: entry.list))
        }
    }

    private mutating func remove(_ entry: DocumentEdit.Entry) throws(DocumentFault) {
        guard let found = try list(entry.list), let index = index(of: entry, in: found) else { return }
        if found.elements.count == 1 {
            try remove(entry.list)
        } else {
            try splice(removing(index, from: found))
        }
    }
}

extension JSONDocument {
    /// How the file is laid out, for what is added.
    private var style: JSONStyle { JSONStyle(bytes: bytes, root: root) }

    /// Adds an item at the end of an object or a list.
    private func inserting(into node: JSONNode, _ text: (JSONStyle, String) -> String) -> [TextSplice] {
        let style = style
        let open = node.range.lowerBound + 1
        let close = node.range.upperBound - 1
        guard let first = node.items.first, let last = node.items.last else {
            if style.isCompact { return [TextSplice(open..<open, text(style, ""))] }
            let outer = bytes.indentation(node.range.lowerBound)
            let inner = outer + style.unit
            let isBlank = bytes[open..<close].allSatisfy { $0.isBlank || $0.isLineEnd }
            let added = style.lineBreak + inner + text(style, inner)
            return [TextSplice(open..<(isBlank ? close : open), isBlank ? added + style.lineBreak + outer : added)]
        }
        let isMultiline = bytes[open..<first.lowerBound].contains(0x0A)
        let end = last.upperBound
        let comma = comma(after: end)
        let separator = comma == nil ? "," : ""
        guard isMultiline else {
            let added = separator + (style.isCompact ? "" : " ") + text(style, bytes.indentation(node.range.lowerBound))
            let place = comma.map { $0 + 1 } ?? end
            return [TextSplice(place..<place, added)]
        }
        let indent = bytes.indentation(first.lowerBound)
        let added = style.lineBreak + indent + text(style, indent) + (comma == nil ? "" : ",")
        let place = endOfRemark(from: comma.map { $0 + 1 } ?? end)
        guard place > end, comma == nil else { return [TextSplice(place..<place, separator + added)] }
        return [TextSplice(end..<end, separator), TextSplice(place..<place, added)]
    }

    /// The comma behind an item, if there is one.
    private func comma(after place: Int) -> Int? {
        // The text was parsed: its comments end.
        guard let next = try? JSONNodeParser.skipTrivia(bytes, from: place), next < bytes.count,
            bytes[next] == UInt8(ascii: ",")
        else { return nil }
        return next
    }

    /// The end of a comment in the rest of the line, if nothing else follows in it; else the place itself.
    private func endOfRemark(from place: Int) -> Int {
        var end = place
        while end < bytes.count {
            if bytes[end].isBlank {
                end += 1
            } else if let next = try? JSONNodeParser.commentEnd(bytes, at: end) {  // Comments end, as above.
                end = next
            } else {
                break
            }
        }
        guard end == bytes.count || bytes[end].isLineEnd, !bytes[place..<end].contains(0x0A) else { return place }
        // Blanks at the end of a line are left to it.
        return end
    }

    private func removing(_ index: Int, from node: JSONNode) -> [TextSplice] {
        let items = node.items
        let item = items[index]
        let comma = comma(after: item.upperBound)
        var end = comma.map { $0 + 1 } ?? item.upperBound
        var splices: [TextSplice] = []
        if comma == nil, index > 0, let before = self.comma(after: items[index - 1].upperBound) {
            splices.append(TextSplice(before..<before + 1))
        }
        var start = item.lowerBound
        let remark = endOfRemark(from: end)
        let lineStart = bytes.lineStart(start)
        let isAlone = bytes[lineStart..<start].allSatisfy(\.isBlank)
        if isAlone, remark == bytes.count || bytes[remark].isLineEnd {
            start = lineStart
            end = bytes.lineEnd(remark)
        } else if comma != nil {
            while end < bytes.count, bytes[end].isBlank { end += 1 }
        } else {
            while start > (splices.first?.range.upperBound ?? 0), bytes[start - 1].isBlank { start -= 1 }
        }
        return splices + [TextSplice(start..<end)]
    }
}

/// How a JSON file is laid out.
private struct JSONStyle {
    var lineBreak: String
    /// One step of indentation.
    var unit = "  "
    /// Without any white space.
    var isCompact = false

    init(bytes: [UInt8], root: JSONNode) {
        lineBreak = bytes.lineBreak
        guard let first = root.members.first else { return }
        let lead = bytes[root.range.lowerBound + 1..<first.start]
        if lead.contains(0x0A) {
            let indent = bytes.indentation(first.start)
            if !indent.isEmpty { unit = indent }
        } else {
            // Nobody who writes by hand leaves out the blank behind a colon.
            let value = first.value.range.lowerBound
            isCompact = !bytes[root.range].contains { $0.isLineEnd } && bytes[value - 1] == UInt8(ascii: ":")
        }
    }

    func name(_ name: String) -> String { quoted(name) + (isCompact ? ":" : ": ") }

    func rendered(_ value: DocumentValue, indent: String) -> String {
        switch value {
        case .text(let text): quoted(text)
        case .number(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .other(let text): text
        case .list(let elements):
            wrapped("[", elements.map { element in { rendered(element, indent: $0) } }, "]", indent: indent)
        case .object(let members):
            wrapped(
                "{", members.map { member in { name(member.name) + rendered(member.value, indent: $0) } }, "}",
                indent: indent)
        }
    }

    private func wrapped(
        _ open: String, _ items: [(String) -> String], _ close: String, indent: String
    ) -> String {
        guard !items.isEmpty else { return open + close }
        guard !isCompact else { return open + items.map { $0("") }.joined(separator: ",") + close }
        let inner = indent + unit
        let lines = items.map { inner + $0(inner) }
        return open + lineBreak + lines.joined(separator: "," + lineBreak) + lineBreak + indent + close
    }

    private func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
