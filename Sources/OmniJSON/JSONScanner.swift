/// Turns the bytes of one JSON text (RFC 8259) into tape nodes in a single pass, without recursion.
struct JSONScanner {
    private let input: JSONInput
    private let maximumDepth: Int
    private var nodes: UnsafeMutablePointer<JSONNode>
    private var nodeCount = 0
    private var capacity: Int

    /// Scans a whole text.
    /// - Parameter bytes: exactly one JSON value, UTF-8, no byte order mark; white space around it is allowed.
    static func scan(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> JSONTape {
        guard bytes.count <= limits.maximumBytes else { throw JSONError(.tooLarge, at: limits.maximumBytes) }
        guard !bytes.isEmpty else { throw JSONError(.empty, at: 0) }
        return try bytes.withUnsafeBufferPointer { input throws(JSONError) in
            var scanner = JSONScanner(input: JSONInput(input), maximumDepth: limits.maximumDepth)
            do throws(JSONError) {
                try scanner.scanText()
            } catch {
                scanner.nodes.deallocate()
                throw error
            }
            return JSONTape(bytes: bytes, adopting: scanner.nodes)
        }
    }

    private init(input: JSONInput, maximumDepth: Int) {
        self.input = input
        self.maximumDepth = maximumDepth
        capacity = input.count / 24 + 8
        nodes = .allocate(capacity: capacity)
    }

    private mutating func scanText() throws(JSONError) {
        var position = input.spaceEnd(from: 0)
        guard position < input.count else { throw JSONError(.empty, at: position) }
        // The innermost array or object that is open; each knows the next one out in place of its end.
        var container = Self.none
        var isObject = false
        var depth = 0
        var expectsKey = false
        value: while true {
            if expectsKey {
                position = try scanKey(at: position)
            }
            guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
            let byte = input[position]
            switch byte {
            case UInt8(ascii: "\""): position = try scanString(at: position)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < maximumDepth else { throw JSONError(.tooDeep, at: position) }
                depth += 1
                isObject = byte == UInt8(ascii: "{")
                let outer = container
                container = UInt32(truncatingIfNeeded: nodeCount)
                append(isObject ? .object : .array, from: position, to: position, next: outer)
                position = input.spaceEnd(from: position + 1)
                guard position < input.count, input[position] == Self.closing(isObject) else {
                    expectsKey = isObject
                    continue value
                }
            default: position = try scanScalar(byte, at: position)
            }
            // After a value (or at the close of an empty container): close what ends here, then expect the next member.
            while true {
                position = input.spaceEnd(from: position)
                guard container != Self.none else {
                    guard position == input.count else { throw JSONError(.trailingBytes, at: position) }
                    return
                }
                guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
                let next = input[position]
                if next == UInt8(ascii: ",") {
                    position = input.spaceEnd(from: position + 1)
                    expectsKey = isObject
                    continue value
                }
                guard next == Self.closing(isObject) else { throw JSONError(.unexpectedByte, at: position) }
                position += 1
                depth -= 1
                let closed = nodes + Int(container)
                container = closed.pointee.next
                closed.pointee.end = UInt32(truncatingIfNeeded: position)
                closed.pointee.next = UInt32(truncatingIfNeeded: nodeCount)
                isObject = container != Self.none && nodes[Int(container)].kind == .object
            }
        }
    }

    /// Stands for a container where there is none; texts are too short for so many nodes.
    private static var none: UInt32 { .max }

    private static func closing(_ isObject: Bool) -> UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

    @inline(__always)  // As `scanString(at:)`.
    private mutating func scanKey(at start: Int) throws(JSONError) -> Int {
        guard start < input.count else { throw JSONError(.unexpectedEnd, at: start) }
        guard input[start] == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: start) }
        let position = input.spaceEnd(from: try scanString(at: start))
        guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
        guard input[position] == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: position) }
        return input.spaceEnd(from: position + 1)
    }

    private mutating func scanScalar(_ byte: UInt8, at start: Int) throws(JSONError) -> Int {
        let kind: JSONNode.Kind
        let end: Int
        switch byte {
        case UInt8(ascii: "t"): (kind, end) = (.true, try input.literalEnd(at: start, "true"))
        case UInt8(ascii: "f"): (kind, end) = (.false, try input.literalEnd(at: start, "false"))
        case UInt8(ascii: "n"): (kind, end) = (.null, try input.literalEnd(at: start, "null"))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            (kind, end) = (.number, try input.numberEnd(at: start))
        default: throw JSONError(.unexpectedByte, at: start)
        }
        append(kind, from: start, to: end)
        return end
    }

    @inline(__always)  // Half of all tokens are strings, and most of them are shorter than a call is long.
    private mutating func scanString(at start: Int) throws(JSONError) -> Int {
        var hasEscapes = false
        var position = start + 1
        while true {
            position = input.plainEnd(from: position)
            guard position < input.count else { throw JSONError(.unexpectedEnd, at: position) }
            let byte = input[position]
            if byte == UInt8(ascii: "\"") {
                append(.string, from: start, to: position + 1, hasEscapes: hasEscapes)
                return position + 1
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                position = try input.escapeEnd(at: position)
            } else if byte < 0x20 {
                throw JSONError(.controlCharacter, at: position)
            } else {
                position = try input.charactersEnd(at: position)
            }
        }
    }

    /// - Parameter next: nil for a value that is one node.
    @inline(__always)  // A few stores.
    private mutating func append(
        _ kind: JSONNode.Kind, from start: Int, to end: Int, next: UInt32? = nil, hasEscapes: Bool = false
    ) {
        if nodeCount == capacity { grow() }
        // Offsets and counts fit: texts are bounded by `JSONLimits`.
        (nodes + nodeCount).initialize(
            to: JSONNode(
                start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                next: next ?? UInt32(truncatingIfNeeded: nodeCount &+ 1), kind: kind, hasEscapes: hasEscapes))
        nodeCount &+= 1
    }

    @inline(never)  // Seldom needed: the room is guessed from the text's length.
    private mutating func grow() {
        let larger = UnsafeMutablePointer<JSONNode>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: nodes, count: nodeCount)
        nodes.deallocate()
        nodes = larger
        capacity *= 2
    }
}
