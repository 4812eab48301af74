import OmniJSON

/// Typed access to a request's fields that says where and what is wrong.
struct FieldReader {
    let object: JSONValue
    /// The path of an object of the same text, and where that stands; "" for the body itself.
    private let base: String
    private let start: JSONPosition

    init(_ value: JSONValue, path: String = "") throws(TranslationError) {
        guard value.kind == .object else {
            throw TranslationError(.invalid, "must be an object", at: path.isEmpty ? nil : path)
        }
        self.init(object: value, base: path, start: value.position)
    }

    private init(object: JSONValue, base: String, start: JSONPosition) {
        self.object = object
        self.base = base
        self.start = start
    }

    /// Such as `messages[2].content[0]`; empty for the body itself.
    ///
    /// Looked for when it is asked for: what is in order needs no name.
    var path: String { path(of: object) }

    private func path(of value: JSONValue) -> String {
        let path = value.path(from: start)
        return base.isEmpty ? String(path.drop(while: { $0 == "." })) : base + path
    }

    func at(_ name: StaticString) -> String {
        let path = path
        return path.isEmpty ? "\(name)" : "\(path).\(name)"
    }

    func value(_ name: StaticString) -> JSONValue? { object.present(name) }

    func text(_ name: StaticString) throws(TranslationError) -> JSONText? {
        guard let value = object.present(name) else { return nil }
        guard let text = value.text else { throw TranslationError(.invalid, "must be a string", at: at(name)) }
        return text
    }

    /// The first of two members that is there; the second is an older or other spelling of the first.
    func text(_ name: StaticString, or other: StaticString) throws(TranslationError) -> JSONText? {
        if let text = try text(name) { return text }
        return try text(other)
    }

    func int(_ name: StaticString, or other: StaticString, minimum: Int) throws(TranslationError) -> Int? {
        if let int = try int(name, minimum: minimum) { return int }
        return try int(other, minimum: minimum)
    }

    func requiredText(_ name: StaticString) throws(TranslationError) -> JSONText {
        guard let text = try text(name) else { throw TranslationError(.invalid, "field required", at: at(name)) }
        return text
    }

    func bool(_ name: StaticString) throws(TranslationError) -> Bool? {
        guard let value = object.present(name) else { return nil }
        guard let bool = value.bool else { throw TranslationError(.invalid, "must be a boolean", at: at(name)) }
        return bool
    }

    func number(_ name: StaticString) throws(TranslationError) -> JSONNumber? {
        guard let value = object.present(name) else { return nil }
        guard let number = value.number else { throw TranslationError(.invalid, "must be a number", at: at(name)) }
        return number
    }

    func int(_ name: StaticString, minimum: Int = 0) throws(TranslationError) -> Int? {
        guard let value = object.present(name) else { return nil }
        guard let int = value.int, int >= minimum else {
            throw TranslationError(.invalid, "must be a whole number of at least \(minimum)", at: at(name))
        }
        return int
    }

    func array(_ name: StaticString) throws(TranslationError) -> JSONValue? {
        guard let value = object.present(name) else { return nil }
        guard value.kind == .array else { throw TranslationError(.invalid, "must be an array", at: at(name)) }
        return value
    }

    func reader(_ name: StaticString) throws(TranslationError) -> FieldReader? {
        guard let value = object.present(name) else { return nil }
        return try inner(value)
    }

    /// The elements of an array member, each as an object with its path.
    func objects(_ name: StaticString) throws(TranslationError) -> [FieldReader] {
        guard let array = try array(name), array.hasElements else { return [] }
        var readers: [FieldReader] = []
        readers.reserveCapacity(array.elementCount)
        for element in array.elements { readers.append(try inner(element)) }
        return readers
    }

    private func inner(_ value: JSONValue) throws(TranslationError) -> FieldReader {
        guard value.kind == .object else {
            throw TranslationError(.invalid, "must be an object", at: path(of: value))
        }
        return FieldReader(object: value, base: base, start: start)
    }

    /// The members other than those named, in their order; a null says nothing.
    func further(than known: [StaticString]) -> [VendorField] {
        var fields: [VendorField] = []
        for member in object.members where !member.value.isNull {
            if known.contains(where: { member.isNamed($0) }) { continue }
            fields.append(VendorField(name: member.name, value: member.value))
        }
        return fields
    }
}
