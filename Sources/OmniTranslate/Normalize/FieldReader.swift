import OmniJSON

/// Typed access to a request's fields that says where and what is wrong.
struct FieldReader {
    /// How the names of fields may be written.
    enum Spelling {
        case asDocumented
        /// As proto JSON takes them: in the camel case of the documentation or in snake case.
        case camelOrSnake
    }

    let object: JSONValue
    private let spelling: Spelling
    /// The path of an object of the same text, and where that stands; "" for the body itself.
    private let base: String
    private let start: JSONPosition

    init(
        _ value: JSONValue, path: String = "", spelling: Spelling = .asDocumented
    ) throws(TranslationError) {
        guard value.kind == .object else {
            throw TranslationError(.invalid, "must be an object", at: path.isEmpty ? nil : path)
        }
        self.init(object: value, base: path, start: value.position, spelling: spelling)
    }

    private init(object: JSONValue, base: String, start: JSONPosition, spelling: Spelling) {
        self.object = object
        self.spelling = spelling
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

    func value(_ name: StaticString) -> JSONValue? {
        switch spelling {
        case .asDocumented: object.present(name)
        case .camelOrSnake: GeminiField.value(name, in: object)
        }
    }

    func text(_ name: StaticString) throws(TranslationError) -> JSONText? {
        guard let value = value(name) else { return nil }
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

    func array(_ name: StaticString) throws(TranslationError) -> JSONValue? {
        guard let value = value(name) else { return nil }
        guard value.kind == .array else { throw TranslationError(.invalid, "must be an array", at: at(name)) }
        return value
    }

    func reader(_ name: StaticString) throws(TranslationError) -> FieldReader? {
        guard let value = value(name) else { return nil }
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
        return FieldReader(object: value, base: base, start: start, spelling: spelling)
    }

    /// The elements of an array member, each an object; a single object counts as a list of one, as Google takes it.
    func list(_ name: StaticString) throws(TranslationError) -> [FieldReader] {
        guard let value = value(name), value.kind == .object else { return try objects(name) }
        return [try inner(value)]
    }

    /// The elements of an array member, each a string.
    func texts(_ name: StaticString) throws(TranslationError) -> [JSONText] {
        guard let array = try array(name) else { return [] }
        var texts: [JSONText] = []
        for element in array.elements {
            guard let text = element.text else {
                throw TranslationError(.invalid, "must be a string", at: path(of: element))
            }
            texts.append(text)
        }
        return texts
    }

    /// The members other than those named, in their order; a null says nothing.
    /// - Parameter prefix: put before their names, such as `generationConfig.`.
    func further(than known: [StaticString], prefix: JSONText? = nil) -> [VendorField] {
        var fields: [VendorField] = []
        for member in object.members where !member.value.isNull {
            if known.contains(where: { isNamed(member, $0) }) { continue }
            fields.append(VendorField(name: prefix.map { $0 + member.name } ?? member.name, value: member.value))
        }
        return fields
    }

    private func isNamed(_ member: JSONMember, _ name: StaticString) -> Bool {
        switch spelling {
        case .asDocumented: member.isNamed(name)
        case .camelOrSnake: member.isGemini(name)
        }
    }
}
