import OmniJSON

/// Typed access to a Gemini request's fields in either spelling, that says where and what is wrong.
struct GeminiFields {
    let object: JSONValue
    /// Such as `contents[2].parts[0]`; empty for the body itself.
    let path: String

    init(_ value: JSONValue, path: String = "") throws(TranslationError) {
        guard value.kind == .object else {
            throw TranslationError(.invalid, "must be an object", at: path.isEmpty ? nil : path)
        }
        object = value
        self.path = path
    }

    func at(_ name: StaticString) -> String { path.isEmpty ? "\(name)" : "\(path).\(name)" }

    func value(_ name: StaticString) -> JSONValue? { GeminiField.value(name, in: object) }

    func text(_ name: StaticString) throws(TranslationError) -> JSONText? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else { throw TranslationError(.invalid, "must be a string", at: at(name)) }
        return text
    }

    func requiredText(_ name: StaticString) throws(TranslationError) -> JSONText {
        guard let text = try text(name) else { throw TranslationError(.invalid, "field required", at: at(name)) }
        return text
    }

    func bool(_ name: StaticString) throws(TranslationError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let bool = value.bool else { throw TranslationError(.invalid, "must be a boolean", at: at(name)) }
        return bool
    }

    func number(_ name: StaticString) throws(TranslationError) -> JSONNumber? {
        guard let value = value(name) else { return nil }
        guard let number = value.number else { throw TranslationError(.invalid, "must be a number", at: at(name)) }
        return number
    }

    func int(_ name: StaticString, minimum: Int = 0) throws(TranslationError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let int = value.int, int >= minimum else {
            throw TranslationError(.invalid, "must be a whole number of at least \(minimum)", at: at(name))
        }
        return int
    }

    func fields(_ name: StaticString) throws(TranslationError) -> GeminiFields? {
        guard let value = value(name) else { return nil }
        return try GeminiFields(value, path: at(name))
    }

    /// The elements of an array member, each as an object; a single object counts as a list of one, as Google takes it.
    func list(_ name: StaticString) throws(TranslationError) -> [GeminiFields] {
        guard let value = value(name) else { return [] }
        if value.kind == .object { return [try GeminiFields(value, path: at(name))] }
        guard value.kind == .array else { throw TranslationError(.invalid, "must be an array", at: at(name)) }
        var list: [GeminiFields] = []
        for (index, element) in value.elements.enumerated() {
            list.append(try GeminiFields(element, path: "\(at(name))[\(index)]"))
        }
        return list
    }

    func texts(_ name: StaticString) throws(TranslationError) -> [JSONText] {
        guard let value = value(name) else { return [] }
        guard value.kind == .array else { throw TranslationError(.invalid, "must be an array", at: at(name)) }
        var texts: [JSONText] = []
        for (index, element) in value.elements.enumerated() {
            guard let text = element.text else {
                throw TranslationError(.invalid, "must be a string", at: "\(at(name))[\(index)]")
            }
            texts.append(text)
        }
        return texts
    }

    /// The members other than those named, in their order; a null says nothing.
    /// - Parameter prefix: put before their names, such as `generationConfig.`.
    func further(than known: [StaticString], prefix: JSONText = "") -> [VendorField] {
        var fields: [VendorField] = []
        for member in object.members where !member.value.isNull {
            if known.contains(where: { GeminiField.matches(member.name, $0) }) { continue }
            fields.append(VendorField(name: prefix + member.name, value: member.value))
        }
        return fields
    }
}
