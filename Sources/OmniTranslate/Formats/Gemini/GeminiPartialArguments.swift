import OmniJSON

/// The arguments of a call that come value by value, each with the place it belongs to
/// (`functionCall.partialArgs`, Vertex).
///
/// A place is a path such as `$.rooms[0].name` (RFC 9535, in its plain form of names and positions). Long strings come
/// in pieces that are put together; members keep the order in which they came.
struct GeminiPartialArguments: Sendable {
    private enum Step {
        case name(JSONText)
        case position(Int)
    }

    private enum Kind { case unknown, object, array, string, other }

    private struct Node {
        var kind = Kind.unknown
        /// A string's contents in escaped form, or the JSON of a value of another kind.
        var text: [UInt8] = []
        var names: [JSONText] = []
        /// Of an object's members, or of an array's elements, in order.
        var children: [Int] = []
        var positions: [JSONText: Int] = [:]
    }

    /// The first one is the object of the arguments.
    private var nodes = [Node(kind: .object)]
    private var size = 0
    private static let maximumDepth = 64
    private static let maximumSize = 16 << 20

    /// Whether nothing has been said yet.
    var isEmpty: Bool { nodes.count == 1 }

    /// Takes up the pieces of one event.
    /// - Returns: false when one of them has no place, or one that something else has already.
    mutating func add(_ pieces: JSONValue) -> Bool {
        guard pieces.kind == .array else { return false }
        for piece in pieces.elements {
            guard let path = piece["jsonPath"]?.text.flatMap({ Self.steps(of: $0.decodedBytes) }) else { return false }
            guard add(piece, at: path) else { return false }
        }
        return true
    }

    private mutating func add(_ piece: JSONValue, at path: [Step]) -> Bool {
        var kind = Kind.other
        var text: ArraySlice<UInt8>
        if let string = piece.present("stringValue") {
            guard let words = string.text else { return false }
            kind = .string
            text = words.escaped
        } else if let number = piece.present("numberValue") {
            guard number.kind == .number else { return false }
            text = number.raw
        } else if let bool = piece.present("boolValue") {
            guard bool.kind == .bool else { return false }
            text = bool.raw
        } else if piece["nullValue"] != nil {
            text = Array("null".utf8)[...]
        } else {
            // Nothing but the announcement, or the end, of a value.
            return true
        }
        size += text.count + 16
        guard size <= Self.maximumSize, let node = node(at: path) else { return false }
        switch (nodes[node].kind, kind) {
        case (.unknown, _): nodes[node].kind = kind
        case (.string, .string): break
        default: return false
        }
        nodes[node].text += text
        return true
    }

    /// The node of a value, which is made where it is missing.
    private mutating func node(at path: [Step]) -> Int? {
        var node = 0
        for step in path {
            let existing: Int?
            switch step {
            case .name(let name):
                if nodes[node].kind == .unknown { nodes[node].kind = .object }
                guard nodes[node].kind == .object else { return nil }
                existing = nodes[node].positions[name]
                if existing == nil {
                    nodes[node].positions[name] = nodes.count
                    nodes[node].names.append(name)
                    size += name.escaped.count
                }
            case .position(let position):
                if nodes[node].kind == .unknown { nodes[node].kind = .array }
                // No element is skipped, so that a position cannot cost memory.
                guard nodes[node].kind == .array, position <= nodes[node].children.count else { return nil }
                existing = position < nodes[node].children.count ? nodes[node].children[position] : nil
            }
            if let existing {
                node = existing
            } else {
                nodes[node].children.append(nodes.count)
                node = nodes.count
                nodes.append(Node())
            }
        }
        return node
    }

    /// The arguments so far, as a JSON object.
    var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: size + 2)
        write(0, into: &writer)
        return writer.bytes
    }

    private func write(_ index: Int, into writer: inout JSONWriter) {
        let node = nodes[index]
        switch node.kind {
        case .unknown: writer.null()
        case .string: writer.value(JSONText(escaped: node.text[...]))
        case .other: writer.raw(node.text[...])
        case .object:
            writer.beginObject()
            for (name, child) in zip(node.names, node.children) {
                writer.key(name)
                write(child, into: &writer)
            }
            writer.endObject()
        case .array:
            writer.beginArray()
            for child in node.children { write(child, into: &writer) }
            writer.endArray()
        }
    }
}

// MARK: Paths

extension GeminiPartialArguments {
    /// - Returns: nil for what is no path to one argument; `$` alone is none.
    private static func steps(of path: [UInt8]) -> [Step]? {
        guard path.first == UInt8(ascii: "$") else { return nil }
        var steps: [Step] = []
        var rest = path.dropFirst()
        while let first = rest.first {
            rest = rest.dropFirst()
            let step: Step?
            switch first {
            case UInt8(ascii: "."): step = takeName(of: &rest)
            case UInt8(ascii: "["): step = takeSelector(of: &rest)
            default: step = nil
            }
            guard let step, steps.count < maximumDepth else { return nil }
            steps.append(step)
        }
        return steps.isEmpty ? nil : steps
    }

    private static func takeName(of rest: inout ArraySlice<UInt8>) -> Step? {
        let name = rest.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }
        guard !name.isEmpty else { return nil }
        rest = rest.dropFirst(name.count)
        return .name(JSONText(escaping: name))
    }

    /// What stands in brackets: a position, or a name in quotes of either kind.
    private static func takeSelector(of rest: inout ArraySlice<UInt8>) -> Step? {
        if let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
            rest = rest.dropFirst()
            guard let name = takeQuoted(of: &rest, until: quote), rest.first == UInt8(ascii: "]") else { return nil }
            rest = rest.dropFirst()
            return .name(name)
        }
        let digits = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }
        rest = rest.dropFirst(digits.count)
        guard (1...7).contains(digits.count), rest.first == UInt8(ascii: "]") else { return nil }
        rest = rest.dropFirst()
        return .position(digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }

    /// Takes a quoted name and the quote behind it.
    ///
    /// Its escapes are those of JSON, and one for the single quote.
    private static func takeQuoted(of rest: inout ArraySlice<UInt8>, until quote: UInt8) -> JSONText? {
        var json = [UInt8(ascii: "\"")]
        while let byte = rest.first {
            rest = rest.dropFirst()
            if byte == quote {
                json.append(UInt8(ascii: "\""))
                // Read as JSON, so that one name is always the same bytes, however it was escaped.
                guard let name = (try? JSONValue(parsing: json))?.text else { return nil }  // No name then.
                return JSONText(escaping: name.decodedBytes)
            }
            if byte == UInt8(ascii: "\\"), let escaped = rest.first {
                rest = rest.dropFirst()
                if escaped != UInt8(ascii: "'") { json.append(byte) }
                json.append(escaped)
            } else {
                if byte == UInt8(ascii: "\"") { json.append(UInt8(ascii: "\\")) }
                json.append(byte)
            }
        }
        return nil
    }
}
