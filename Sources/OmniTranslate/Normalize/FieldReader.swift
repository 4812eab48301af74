import OmniJSON

/// Typed access to a request's fields that says where and what is wrong.
struct FieldReader {
    let object: JSONValue
    /// Such as `messages[2].content[0]`; empty for the body itself.
    let path: String

    init(_ value: JSONValue, path: String = "") throws(TranslationError) {
        guard value.kind == .object else {
            throw TranslationError(.invalid, "must be an object", at: path.isEmpty ? nil : path)
        }
        object = value
        self.path = path
    }

    func at(_ name: StaticString) -> String { path.isEmpty ? "\(name)" : "\(path).\(name)" }

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
        return try FieldReader(value, path: at(name))
    }

    /// The elements of an array member, each as an object with its path.
    func objects(_ name: StaticString) throws(TranslationError) -> [FieldReader] {
        guard let array = try array(name) else { return [] }
        var readers: [FieldReader] = []
        for (index, element) in array.elements.enumerated() {
            readers.append(try FieldReader(element, path: "\(at(name))[\(index)]"))
        }
        return readers
    }

    /// The members other than those named, in their order; a null says nothing.
    func further(than known: [StaticString]) -> [VendorField] {
        var fields: [VendorField] = []
        for member in object.members where !member.value.isNull {
            if known.contains(where: { member.name.equals($0) }) { continue }
            fields.append(VendorField(name: member.name, value: member.value))
        }
        return fields
    }
}
