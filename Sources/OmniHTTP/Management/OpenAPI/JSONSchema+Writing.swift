import OmniJSON

extension JSONSchema {
    /// Writes the schema; components become references.
    func write(to writer: inout JSONWriter) {
        if case .component(let name, _) = form {
            let reference = "#/components/schemas/\(name)"
            writer.beginObject()
            writer.optional("description", meaning)
            if isNullable {
                writer.key("anyOf")
                writer.beginArray()
                writer.beginObject()
                writer.optional("$ref", reference)
                writer.endObject()
                writer.beginObject()
                writer.optional("type", "null")
                writer.endObject()
                writer.endArray()
            } else {
                writer.optional("$ref", reference)
            }
            return writer.endObject()
        }
        writer.beginObject()
        writer.optional("description", meaning)
        writeForm(to: &writer)
        writer.endObject()
    }

    /// All schemas that are referred to from here by their names.
    func components() -> [(name: String, schema: JSONSchema)] {
        switch form {
        case .component(let name, let schema): [(name, schema)] + schema.components()
        case .array(let element, _): element.components()
        case .map(let value): value.components()
        case .object(let members): members.flatMap { $0.schema.components() }
        case .either(let schemas): schemas.flatMap { $0.components() }
        case .anything, .string, .choice, .integer, .number, .boolean: []
        }
    }

    private func writeForm(to writer: inout JSONWriter) {
        switch form {
        case .anything, .component: break
        case .string(let minimum, let maximum, let format, let pattern):
            writer.type("string", isNullable: isNullable)
            writer.optional("format", format)
            writer.optional("pattern", pattern)
            writer.bound("minLength", minimum)
            writer.bound("maxLength", maximum)
        case .choice(let values):
            writer.type("string", isNullable: isNullable)
            writer.key("enum")
            writer.beginArray()
            for value in values { writer.string(value) }
            if isNullable { writer.null() }
            writer.endArray()
        case .integer(let minimum, let maximum):
            writer.type("integer", isNullable: isNullable)
            writer.bound("minimum", minimum)
            writer.bound("maximum", maximum)
        case .number(let minimum, let maximum):
            writer.type("number", isNullable: isNullable)
            writer.bound("minimum", minimum)
            writer.bound("maximum", maximum)
        case .boolean(let only):
            writer.type("boolean", isNullable: isNullable)
            if let only {
                writer.key("const")
                writer.value(only)
            }
        case .array(let element, let maximum):
            writer.type("array", isNullable: isNullable)
            writer.key("items")
            element.write(to: &writer)
            writer.bound("maxItems", maximum)
        case .map(let value):
            writer.type("object", isNullable: isNullable)
            writer.key("additionalProperties")
            value.write(to: &writer)
        case .object(let members): write(members, to: &writer)
        case .either(let schemas):
            writer.key("anyOf")
            writer.beginArray()
            for schema in schemas { schema.write(to: &writer) }
            if isNullable {
                writer.beginObject()
                writer.optional("type", "null")
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private func write(_ members: [Member], to writer: inout JSONWriter) {
        writer.type("object", isNullable: isNullable)
        guard !members.isEmpty else { return }
        writer.key("properties")
        writer.beginObject()
        for member in members {
            writer.key(JSONText(member.name))
            member.schema.write(to: &writer)
        }
        writer.endObject()
        let required = members.filter(\.isRequired)
        guard !required.isEmpty else { return }
        writer.key("required")
        writer.beginArray()
        for member in required { writer.string(member.name) }
        writer.endArray()
    }
}

extension JSONWriter {
    fileprivate mutating func type(_ name: String, isNullable: Bool) {
        key("type")
        guard isNullable else { return string(name) }
        beginArray()
        string(name)
        value("null")
        endArray()
    }

    fileprivate mutating func bound(_ name: StaticString, _ limit: Int?) {
        guard let limit else { return }
        key(name)
        value(limit)
    }

    fileprivate mutating func bound(_ name: StaticString, _ limit: Double?) {
        guard let limit else { return }
        key(name)
        value(JSONNumber(limit))
    }
}
