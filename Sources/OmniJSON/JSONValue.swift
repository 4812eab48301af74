/// A value inside a parsed JSON text: a position on the tape, no copy of the text.
///
/// Copying is cheap (one reference and one index) and keeps the whole text alive. What is small here is inlinable, so
/// that a look into a text does not count the tape in and out of memory at every step.
public struct JSONValue: Sendable {
    @usableFromInline let tape: JSONTape
    @usableFromInline let index: Int

    /// The type of a JSON value.
    public enum Kind: Sendable { case null, bool, number, string, array, object }

    /// Parses one JSON text.
    /// - Parameter bytes: exactly one value, UTF-8, no byte order mark; white space around it is allowed.
    /// - Throws: ``JSONError`` naming the rule broken and where. Complexity: O(n), no recursion.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        tape = try JSONScanner.scan(bytes, limits: limits)
        index = 0
    }

    /// Parses a part of a larger buffer; the part is copied.
    public init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(parsing: Array(bytes), limits: limits)
    }

    @inlinable
    init(tape: JSONTape, index: Int) {
        self.tape = tape
        self.index = index
    }

    @inlinable var node: JSONNode { tape.nodes[index] }

    @inlinable public var kind: Kind {
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
    @inlinable public var range: Range<Int> {
        Range(uncheckedBounds: (Int(node.start), Int(node.end)))
    }

    /// This value's text exactly as it was received, white space inside included.
    public var raw: ArraySlice<UInt8> { tape.bytes[range] }

    /// The whole text this value was parsed from.
    public var documentBytes: [UInt8] { tape.bytes }

    @inlinable public var isNull: Bool { node.kind == .null }

    @inlinable public var bool: Bool? {
        switch node.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The decoded contents of a string; nil for every other kind.
    ///
    /// Unpaired surrogates become U+FFFD.
    public var string: String? {
        let node = node
        guard node.kind == .string else { return nil }
        guard !node.hasEscapes else { return JSONText(escaped: tape.contents(of: node)).string }
        return tape.bytes.withUnsafeBufferPointer { bytes in
            String(
                decoding: UnsafeBufferPointer(rebasing: bytes[Int(node.start) + 1..<Int(node.end) - 1]), as: UTF8.self)
        }
    }

    /// The contents of a string as they stand in the text, without the quotes; nil for every other kind.
    public var text: JSONText? {
        let node = node
        return node.kind == .string ? JSONText(escaped: tape.contents(of: node)) : nil
    }

    /// Whether it is a string whose decoded contents equal an ASCII literal.
    @inlinable
    public func isString(_ literal: StaticString) -> Bool {
        node.kind == .string && tape.isString(at: index, literal.utf8Start, length: literal.utf8CodeUnitCount)
    }

    /// Whether it is a string without contents.
    @inlinable public var isEmptyString: Bool { node.kind == .string && node.end &- node.start == 2 }

    /// Whether it is an array that holds something.
    @inlinable public var hasElements: Bool { node.kind == .array && Int(node.next) > index &+ 1 }

    /// A number as it was written; nil for every other kind.
    public var number: JSONNumber? {
        node.kind == .number ? JSONNumber(text: raw) : nil
    }

    /// A number that is a whole number within the range of Int, also when written as `1.0` or `1e3`.
    public var int: Int? {
        guard node.kind == .number else { return nil }
        return tape.bytes.withUnsafeBufferPointer { JSONNumber.int(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    public var double: Double? {
        guard node.kind == .number else { return nil }
        return tape.bytes.withUnsafeBufferPointer { JSONNumber.double(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The value of the last member with this name, as common parsers choose; nil when absent or not an object.
    @inlinable
    public subscript(_ name: StaticString) -> JSONValue? {
        let found = tape.lastMember(name.utf8Start, length: name.utf8CodeUnitCount, of: index)
        return found == 0 ? nil : JSONValue(tape: tape, index: found)
    }

    /// Like the subscript, with an explicit `null` counted as absent.
    @inlinable
    public func present(_ name: StaticString) -> JSONValue? {
        let found = tape.lastMember(name.utf8Start, length: name.utf8CodeUnitCount, of: index)
        return found == 0 || tape.nodes[found].kind == .null ? nil : JSONValue(tape: tape, index: found)
    }

    /// The value of the last member whose name passes a test; an explicit `null` counts as absent.
    /// - Parameter isWanted: is shown each name as it stands in the text, escapes included.
    @inlinable
    public func present(where isWanted: (UnsafeBufferPointer<UInt8>) -> Bool) -> JSONValue? {
        let container = node
        guard container.kind == .object else { return nil }
        var found = 0
        var key = index &+ 1
        tape.bytes.withUnsafeBufferPointer { text in
            while key < Int(container.next) {
                let value = key &+ 1
                if tape.nodes[value].kind != .null, isWanted(tape.nodes[key].contents(in: text)) { found = value }
                key = Int(tape.nodes[value].next)
            }
        }
        return found == 0 ? nil : JSONValue(tape: tape, index: found)
    }

    /// How many elements an array has; 0 for every other kind.
    public var elementCount: Int {
        var count = 0
        for _ in elements { count += 1 }
        return count
    }

    /// The place of this value among all values of its text.
    @inlinable public var position: JSONPosition { JSONPosition(index: index) }

    /// The way to this value from one that holds it, such as `.messages[2].content`; found by a walk, for messages only.
    /// - Parameter outer: the place of a value of the same text.
    public func path(from outer: JSONPosition) -> String {
        var path = ""
        var container = JSONValue(tape: tape, index: outer.index)
        walk: while container.index < index {
            var ordinal = 0
            for element in container.elements {
                if element.holds(index) {
                    path += "[\(ordinal)]"
                    container = element
                    continue walk
                }
                ordinal += 1
            }
            guard let member = container.members.first(where: { $0.value.holds(index) }) else { break }
            path += ".\(member.name.string)"
            container = member.value
        }
        return path
    }

    private func holds(_ inner: Int) -> Bool { index <= inner && inner < Int(node.next) }

    /// The members of an object in text order; empty for every other kind.
    @inlinable public var members: JSONMembers { JSONMembers(container: self) }

    /// The elements of an array in text order; empty for every other kind.
    @inlinable public var elements: JSONElements { JSONElements(container: self) }
}

/// Where on the tape of its text a value is.
public struct JSONPosition: Sendable, Hashable {
    @usableFromInline let index: Int

    @inlinable
    init(index: Int) { self.index = index }
}

/// One name and value of an object.
public struct JSONMember: Sendable {
    @usableFromInline let tape: JSONTape
    /// Of the name; its value is the next node.
    @usableFromInline let index: Int

    @inlinable
    init(tape: JSONTape, index: Int) {
        self.tape = tape
        self.index = index
    }

    public var name: JSONText { JSONText(escaped: tape.contents(of: tape.nodes[index])) }

    /// Offsets of the name in the parsed bytes, quotes included.
    var nameRange: Range<Int> { JSONValue(tape: tape, index: index).range }

    @inlinable public var value: JSONValue { JSONValue(tape: tape, index: index &+ 1) }

    /// Whether the decoded name equals an ASCII literal; cheaper than to ask the name itself.
    @inlinable
    public func isNamed(_ literal: StaticString) -> Bool {
        tape.isString(at: index, literal.utf8Start, length: literal.utf8CodeUnitCount)
    }

    /// Whether the name, as it stands in the text, passes a test.
    @inlinable
    public func isNamed(where isWanted: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        tape.bytes.withUnsafeBufferPointer { isWanted(tape.nodes[index].contents(in: $0)) }
    }
}

/// The members of an object, duplicates included.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    @usableFromInline let tape: JSONTape
    @usableFromInline var index: Int
    @usableFromInline let end: Int

    @inlinable
    init(container: JSONValue) {
        tape = container.tape
        index = container.index &+ 1
        end = container.node.kind == .object ? Int(container.node.next) : index
    }

    @inlinable
    public mutating func next() -> JSONMember? {
        guard index < end else { return nil }
        let member = JSONMember(tape: tape, index: index)
        index = Int(tape.nodes[index &+ 1].next)
        return member
    }
}

/// The elements of an array.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
    @usableFromInline let tape: JSONTape
    @usableFromInline var index: Int
    @usableFromInline let end: Int

    @inlinable
    init(container: JSONValue) {
        tape = container.tape
        index = container.index &+ 1
        end = container.node.kind == .array ? Int(container.node.next) : index
    }

    @inlinable
    public mutating func next() -> JSONValue? {
        guard index < end else { return nil }
        let element = JSONValue(tape: tape, index: index)
        index = Int(tape.nodes[index].next)
        return element
    }
}
