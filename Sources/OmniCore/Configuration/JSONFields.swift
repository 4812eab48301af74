public import OmniJSON

/// The members of a JSON object, read with their types; what is wrong is named with the way to it.
///
/// Reading into a value leaves it as it is when the member is missing, and takes it back to its default when the member is
/// `null`, so that a part of an object changes just that part.
public struct JSONFields: Sendable {
    private let object: JSONValue
    private let path: String

    /// - Parameter path: the way to the object, such as `config`; empty at the top.
    public init(_ object: JSONValue, path: String = "") throws(FieldFault) {
        guard object.kind == .object else { throw FieldFault(path, "must be an object") }
        self.object = object
        self.path = path
    }

    public func has(_ name: StaticString) -> Bool { object[name] != nil }

    /// A member of any type; nil when absent, never `null`.
    public func value(_ name: StaticString) -> JSONValue? { object.present(name) }

    /// All members in the order of the text, with their values.
    public var members: [(name: String, value: JSONValue)] { object.members.map { ($0.name.string, $0.value) } }

    /// The way to a member.
    public func path(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// The ways to members nobody reads.
    public func unknown(besides known: Set<String>) -> [String] {
        object.members.map(\.name.string).filter { !known.contains($0) }.map { path($0) }
    }

    /// An object inside this one; nil when absent or null.
    public func nested(_ name: StaticString) throws(FieldFault) -> JSONFields? {
        guard let value = object.present(name) else { return nil }
        return try JSONFields(value, path: path("\(name)"))
    }

    /// A string, trimmed; nil when absent or null.
    public func string(_ name: StaticString, maximum: Int) throws(FieldFault) -> String? {
        guard let value = object.present(name) else { return nil }
        guard let text = value.string else { throw FieldFault(path("\(name)"), "must be a string") }
        return try Self.plain(text, maximum: maximum, path: path("\(name)"))
    }

    public func read(_ name: StaticString, into target: inout Bool?) throws(FieldFault) {
        guard let value = object[name] else { return }
        if !value.isNull, value.bool == nil { throw FieldFault(path("\(name)"), "must be true or false") }
        target = value.bool
    }

    public func read(_ name: StaticString, into target: inout Int?, in range: ClosedRange<Int>) throws(FieldFault) {
        guard let value = object[name] else { return }
        if value.isNull {
            target = nil
        } else if let number = value.int, range.contains(number) {
            target = number
        } else {
            throw FieldFault(
                path("\(name)"), "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// A time in milliseconds.
    public func read(
        _ name: StaticString, into target: inout Duration?, in range: ClosedRange<Int>
    ) throws(FieldFault) {
        guard has(name) else { return }
        var milliseconds: Int?
        try read(name, into: &milliseconds, in: range)
        target = milliseconds.map { .milliseconds($0) }
    }

    public func read(
        _ name: StaticString, into target: inout Double?, in range: ClosedRange<Double>
    ) throws(FieldFault) {
        guard let value = object[name] else { return }
        if value.isNull {
            target = nil
        } else if let number = value.double, range.contains(number) {
            target = number
        } else {
            let (low, high) = (JSONNumber(range.lowerBound), JSONNumber(range.upperBound))
            throw FieldFault(
                path("\(name)"),
                "must be a number from \(String(decoding: low.text, as: UTF8.self)) to "
                    + String(decoding: high.text, as: UTF8.self))
        }
    }

    /// For values that always are: `null` means the default.
    public func read<Value>(
        _ name: StaticString, into target: inout Value, default usual: Value,
        _ read: (inout Value?) throws(FieldFault) -> Void
    ) throws(FieldFault) {
        guard has(name) else { return }
        var value: Value?
        try read(&value)
        target = value ?? usual
    }

    /// A text without white space around it.
    static func plain(_ text: String, maximum: Int, path: String) throws(FieldFault) -> String {
        var part = Substring(text)
        while let first = part.first, first.isWhitespace { part.removeFirst() }
        while let last = part.last, last.isWhitespace { part.removeLast() }
        guard part.utf8.count <= maximum else { throw FieldFault(path, "longer than \(maximum) bytes") }
        guard !part.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw FieldFault(path, "holds control characters")
        }
        return String(part)
    }
}

extension JSONWriter {
    /// A member that is left out when there is no value.
    mutating func optional(_ name: StaticString, _ number: Int?) {
        guard let number else { return }
        key(name)
        value(number)
    }

    mutating func optional(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        string(text)
    }

    mutating func optional(_ name: StaticString, _ number: Double?) {
        guard let number else { return }
        key(name)
        value(JSONNumber(number))
    }

    mutating func optional(_ name: StaticString, _ flag: Bool?) {
        guard let flag else { return }
        key(name)
        value(flag)
    }

    /// In milliseconds.
    mutating func optional(_ name: StaticString, _ duration: Duration?) {
        optional(name, duration.map { Int($0.clampedNanoseconds / 1_000_000) })
    }
}
