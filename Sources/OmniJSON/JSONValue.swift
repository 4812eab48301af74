/// A value inside a parsed JSON text: a position on the tape, no copy of the text.
///
/// Copying is cheap (one reference and one index) and keeps the whole text alive.
public struct JSONValue: Sendable {
    let tape: JSONTape
    let index: Int

    /// The type of a JSON value.
    public enum Kind: Sendable { case null, bool, number, string, array, object }

    /// Parses one JSON text.
    /// - Parameter bytes: exactly one value, UTF-8, no byte order mark; white space around it is allowed.
    /// - Throws: ``JSONError`` naming the rule broken and where. Complexity: O(n), no recursion.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        tape = JSONTape(bytes: bytes, nodes: try JSONScanner.scan(bytes, limits: limits))
        index = 0
    }

    /// Parses a part of a larger buffer; the part is copied.
    public init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(parsing: Array(bytes), limits: limits)
    }

    init(tape: JSONTape, index: Int) {
        self.tape = tape
        self.index = index
    }

    var node: JSONNode { tape.nodes[index] }

    public var kind: Kind {
        switch node.kind {
        case .null: .null
        case .true, .false: .bool
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// Offsets of this value's text in the parsed bytes; strings include their quotes.
    public var range: Range<Int> { Int(node.start)..<Int(node.end) }

    /// This value's text exactly as it was received, white space inside included.
    public var raw: ArraySlice<UInt8> { tape.bytes[range] }

    /// The whole text this value was parsed from.
    public var documentBytes: [UInt8] { tape.bytes }

    public var isNull: Bool { node.kind == .null }

    public var bool: Bool? {
        switch node.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The decoded contents of a string; nil for every other kind.
    ///
    /// Unpaired surrogates become U+FFFD.
    public var string: String? { text?.string }

    /// The contents of a string as they stand in the text, without the quotes; nil for every other kind.
    public var text: JSONText? {
        let node = node
        guard node.kind == .string else { return nil }
        return JSONText(escaped: tape.bytes[Int(node.start) + 1..<Int(node.end) - 1])
    }

    /// A number as it was written; nil for every other kind.
    public var number: JSONNumber? {
        node.kind == .number ? JSONNumber(text: raw) : nil
    }

    /// A number that is a whole number within the range of Int, also when written as `1.0` or `1e3`.
    public var int: Int? { number?.int }

    public var double: Double? { number?.double }

    /// The value of the last member with this name, as common parsers choose; nil when absent or not an object.
    public subscript(_ name: StaticString) -> JSONValue? {
        guard node.kind == .object else { return nil }
        return tape.lastMember(named: name, ofObjectAt: index).map { JSONValue(tape: tape, index: $0) }
    }

    /// Like the subscript, with an explicit `null` counted as absent.
    public func present(_ name: StaticString) -> JSONValue? {
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }

    /// The members of an object in text order; empty for every other kind.
    public var members: JSONMembers { JSONMembers(container: self) }

    /// The elements of an array in text order; empty for every other kind.
    public var elements: JSONElements { JSONElements(container: self) }
}

/// One name and value of an object.
public struct JSONMember: Sendable {
    public let name: JSONText
    public let value: JSONValue
}

/// The members of an object, duplicates included.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    private let tape: JSONTape
    private var index: Int
    private let end: Int

    init(container: JSONValue) {
        tape = container.tape
        index = container.index + 1
        end = container.node.kind == .object ? Int(container.node.next) : index
    }

    public mutating func next() -> JSONMember? {
        guard index < end else { return nil }
        let key = tape.nodes[index]
        let value = JSONValue(tape: tape, index: index + 1)
        index = Int(tape.nodes[index + 1].next)
        return JSONMember(
            name: JSONText(escaped: tape.bytes[Int(key.start) + 1..<Int(key.end) - 1]), value: value)
    }
}

/// The elements of an array.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
    private let tape: JSONTape
    private var index: Int
    private let end: Int

    init(container: JSONValue) {
        tape = container.tape
        index = container.index + 1
        end = container.node.kind == .array ? Int(container.node.next) : index
    }

    public mutating func next() -> JSONValue? {
        guard index < end else { return nil }
        defer { index = Int(tape.nodes[index].next) }
        return JSONValue(tape: tape, index: index)
    }
}
