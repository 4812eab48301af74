import OmniJSON

extension SchemaCompiler {
    /// Whether a schema already is what providers want of a tool: an object at the root, described in one piece.
    static func isPlainObject(_ schema: JSONValue) -> Bool {
        (schema["type"]?.isString("object") ?? false) && hasLegalProperties(schema)
            && schema["anyOf"] == nil && schema["oneOf"] == nil && schema["allOf"] == nil
    }

    /// PHP writes an empty map as `[]`.
    private static func hasLegalProperties(_ schema: JSONValue) -> Bool {
        schema["properties"].map { $0.kind == .object } ?? true
    }

    /// A tool's parameters with an object at the root, as Anthropic demands.
    static func writeToolParameters(_ schema: JSONValue?, into writer: inout JSONWriter) {
        guard let schema, schema.members.contains(where: { _ in true }) else {
            writer.raw(Array(#"{"type":"object","properties":{}}"#.utf8)[...])
            return
        }
        if isPlainObject(schema) { writer.value(schema) } else { writeMergedRoot(schema, into: &writer) }
    }

    /// A tool's parameters where any schema may stand at the root, but an object must say what its properties are.
    ///
    /// MCP lets tools without arguments leave them out, and OpenAI refuses the whole request for it.
    /// - Parameter keepsEmpty: whether a schema without anything in it stays so, as Chat takes it.
    static func writeAnyParameters(_ schema: JSONValue, keepsEmpty: Bool, into writer: inout JSONWriter) {
        guard hasLegalProperties(schema) else { return writeMergedRoot(schema, into: &writer) }
        let isEmpty = !keepsEmpty && schema.kind == .object && !schema.members.contains { _ in true }
        let isBare = schema["type"]?.isString("object") ?? false && schema["properties"] == nil && !hasBranches(schema)
        guard isEmpty || isBare else { return writer.value(schema) }
        writer.beginObject()
        if isEmpty {
            writer.key("type")
            writer.value("object")
        }
        for member in schema.members {
            writer.key(member.name)
            writer.value(member.value)
        }
        writer.key("properties")
        writer.beginObject()
        writer.endObject()
        writer.endObject()
    }

    private static func hasBranches(_ schema: JSONValue) -> Bool {
        schema["anyOf"] != nil || schema["oneOf"] != nil || schema["allOf"] != nil || schema["$ref"] != nil
    }

    /// Whether OpenAI would take a schema with `strict`: every object closed and all its properties required.
    static func isStrictForOpenAI(_ schema: JSONValue) -> Bool {
        guard schema.kind == .object else { return schema.kind == .bool }
        if schema["properties"] != nil || schema["type"].map({ names($0, "object") }) ?? false {
            guard schema["additionalProperties"]?.bool == false else { return false }
            let required = Set(schema["required"]?.elements.compactMap(\.text) ?? [])
            guard schema["properties"]?.members.allSatisfy({ required.contains($0.name) }) ?? true else { return false }
        }
        for member in schema.members {
            let isStrict =
                switch member.name.string {
                case "properties", "$defs", "definitions":
                    member.value.members.allSatisfy { isStrictForOpenAI($0.value) }
                case "items": isStrictForOpenAI(member.value)
                case "anyOf": member.value.elements.allSatisfy(isStrictForOpenAI)
                case "oneOf", "allOf", "not", "if", "patternProperties": false
                default: true
                }
            if !isStrict { return false }
        }
        return true
    }

    // MARK: Merging

    /// One object that admits every branch: all their properties; required is what all branches require (`allOf`: any).
    private static func writeMergedRoot(_ schema: JSONValue, into writer: inout JSONWriter) {
        var properties = MergedProperties()
        properties.add(schema)
        var required = Set(schema["required"]?.elements.compactMap(\.text) ?? [])
        for name in ["anyOf", "oneOf", "allOf"] as [StaticString] {
            guard let branches = schema[name] else { continue }
            var common: Set<JSONText>?
            for element in branches.elements {
                let branch = resolved(element, in: schema)
                properties.add(branch)
                let own = Set(branch["required"]?.elements.compactMap(\.text) ?? [])
                common = name.description == "allOf" ? (common ?? []).union(own) : common?.intersection(own) ?? own
            }
            required.formUnion(common ?? [])
        }
        writer.beginObject()
        writer.key("type")
        writer.value("object")
        for member in schema.members {
            switch member.name.string {
            case "type", "properties", "required", "anyOf", "oneOf", "allOf": continue
            default:
                writer.key(member.name)
                writer.value(member.value)
            }
        }
        properties.write(into: &writer)
        let kept = properties.names.filter { required.contains($0) }
        if !kept.isEmpty {
            writer.key("required")
            writer.beginArray()
            for name in kept { writer.value(name) }
            writer.endArray()
        }
        writer.endObject()
    }

    /// The definition a branch that is only a reference stands for.
    private static func resolved(_ branch: JSONValue, in root: JSONValue) -> JSONValue {
        guard let reference = branch["$ref"]?.string else { return branch }
        let steps = reference.split(separator: "/")
        guard steps.count == 3, steps[0] == "#",
            let definitions = root.members.first(where: { $0.name.string == steps[1] })?.value,
            let definition = definitions.members.first(where: { $0.name.string == steps[2] })?.value
        else { return branch }
        return definition
    }
}

/// Properties of several schemas in the order met.
private struct MergedProperties {
    private(set) var names: [JSONText] = []
    private var schemas: [JSONText: [JSONValue]] = [:]

    mutating func add(_ schema: JSONValue) {
        guard let properties = schema["properties"] else { return }
        for property in properties.members {
            let known = schemas[property.name]
            if known == nil { names.append(property.name) }
            if known?.contains(where: { $0.raw == property.value.raw }) ?? false { continue }
            schemas[property.name, default: []].append(property.value)
        }
    }

    /// Branches that describe one property differently each get their say.
    func write(into writer: inout JSONWriter) {
        writer.key("properties")
        writer.beginObject()
        for name in names {
            let variants = schemas[name] ?? []
            writer.key(name)
            if variants.count == 1 {
                writer.value(variants[0])
                continue
            }
            writer.beginObject()
            writer.key("anyOf")
            writer.beginArray()
            for variant in variants { writer.value(variant) }
            writer.endArray()
            writer.endObject()
        }
        writer.endObject()
    }
}
