import OmniJSON

/// Writes JSON Schemas in the subset of `parametersJsonSchema` and `responseJsonSchema`, by allow-list.
///
/// What a schema demands beyond it is told in the description.
enum GeminiSchema {
    /// A tool's parameters, with an object at the root.
    static func writeParameters(_ schema: JSONValue, into writer: inout JSONWriter) {
        write(schema, isParameters: true, into: &writer)
    }

    static func write(_ schema: JSONValue, into writer: inout JSONWriter) {
        write(schema, isParameters: false, into: &writer)
    }

    /// Whether a tool's schema describes no argument at all.
    static func isEmpty(_ schema: JSONValue) -> Bool {
        guard schema.kind == .object else { return true }
        for member in schema.members {
            switch member.name.string {
            case "type", "description", "title", "$schema", "$id", "$comment": continue
            case "additionalProperties" where member.value.kind == .bool: continue
            case "properties", "required", "$defs", "definitions":
                if member.value.members.contains(where: { _ in true }) { return false }
                if member.value.hasElements { return false }
            default: return false
            }
        }
        return true
    }

    private static func write(_ schema: JSONValue, isParameters: Bool, into writer: inout JSONWriter) {
        // `true` and `false` are schemas too; an open one is the nearest to both.
        guard schema.kind == .object else {
            writer.raw(Array("{}".utf8)[...])
            return
        }
        let schema = SchemaMerge.merged(schema)
        writer.beginObject()
        if let reference = schema["$ref"]?.text {
            writer.key("$ref")
            writer.value(SchemaMerge.pointingToDefs(reference))
            for member in schema.members where member.isNamed("$defs") || member.isNamed("definitions") {
                writeMap(member.value, name: "$defs", into: &writer)
            }
            writer.endObject()
            return
        }
        var hints: [String] = []
        if isParameters, schema["type"] == nil {
            writer.key("type")
            writer.value("object")
        }
        let isInteger = schema["type"].map { SchemaCompiler.names($0, "integer") } ?? false
        for member in schema.members {
            write(member, of: schema, isInteger: isInteger, hints: &hints, into: &writer)
        }
        writeDescription(schema["description"]?.string, hints: hints, into: &writer)
        writer.endObject()
    }

    private static func write(
        _ member: JSONMember, of schema: JSONValue, isInteger: Bool, hints: inout [String],
        into writer: inout JSONWriter
    ) {
        let value = member.value
        switch member.name.string {
        case "type": writeType(value, isNullable: schema["nullable"]?.bool == true, into: &writer)
        case "enum" where value.kind == .array && value.elements.allSatisfy(\.isEnumerable):
            copy(member, into: &writer)
        case "const" where value.isEnumerable && schema["enum"] == nil:
            writer.key("enum")
            writer.beginArray()
            writer.value(value)
            writer.endArray()
        case "$id", "$anchor", "format", "title", "minItems", "maxItems", "propertyOrdering":
            copy(member, into: &writer)
        case "minimum", "maximum": copy(member, into: &writer)
        case "exclusiveMinimum" where isInteger && value.int != nil && schema["minimum"] == nil:
            writer.key("minimum")
            writer.value((value.int ?? 0) &+ 1)
        case "exclusiveMaximum" where isInteger && value.int != nil && schema["maximum"] == nil:
            writer.key("maximum")
            writer.value((value.int ?? 0) &- 1)
        case "anyOf", "oneOf", "prefixItems":
            writer.key(member.isNamed("oneOf") ? "anyOf" : member.name)
            writer.beginArray()
            for branch in value.elements { write(branch, into: &writer) }
            writer.endArray()
        case "items":
            // A list is the older spelling of `prefixItems`.
            writer.key(value.kind == .array ? "prefixItems" : "items")
            if value.kind == .array { writer.beginArray() }
            for branch in value.kind == .array ? Array(value.elements) : [value] { write(branch, into: &writer) }
            if value.kind == .array { writer.endArray() }
        case "additionalProperties":
            writer.key("additionalProperties")
            if value.kind == .bool { writer.value(value) } else { write(value, into: &writer) }
        case "properties": writeMap(value, name: "properties", into: &writer)
        case "$defs": writeMap(value, name: "$defs", into: &writer)
        case "definitions" where schema["$defs"] == nil: writeMap(value, name: "$defs", into: &writer)
        case "required": writeRequired(value, of: schema, into: &writer)
        case "description", "nullable", "$schema", "$comment", "examples", "deprecated", "readOnly", "writeOnly": break
        default: hints.append("\(member.name.string): \(String(decoding: value.raw, as: UTF8.self))")
        }
    }

    private static func copy(_ member: JSONMember, into writer: inout JSONWriter) {
        writer.key(member.name)
        writer.value(member.value)
    }

    private static func writeType(_ type: JSONValue, isNullable: Bool, into writer: inout JSONWriter) {
        writer.key("type")
        guard isNullable, let text = type.text else { return writer.value(type) }
        writer.beginArray()
        writer.value(text)
        writer.value("null")
        writer.endArray()
    }

    /// Names in a map are the client's, whatever they are called (C149); PHP writes an empty map as `[]`.
    private static func writeMap(_ map: JSONValue, name: StaticString, into writer: inout JSONWriter) {
        writer.key(name)
        writer.beginObject()
        for property in map.members {
            writer.key(property.name)
            write(property.value, into: &writer)
        }
        writer.endObject()
    }

    /// Only properties that exist can be required (C152).
    static func writeRequired(_ required: JSONValue, of schema: JSONValue, into writer: inout JSONWriter) {
        let known = Set(schema["properties"]?.members.map(\.name) ?? [])
        let kept = required.elements.compactMap(\.text).filter(known.contains)
        guard !kept.isEmpty else { return }
        writer.key("required")
        writer.beginArray()
        for name in kept { writer.value(name) }
        writer.endArray()
    }

    static func writeDescription(_ description: String?, hints: [String], into writer: inout JSONWriter) {
        guard description != nil || !hints.isEmpty else { return }
        writer.key("description")
        let hint = hints.isEmpty ? nil : "{" + hints.joined(separator: ", ") + "}"
        writer.string([description, hint].compactMap { $0 }.joined(separator: "\n\n"))
    }
}

extension JSONValue {
    /// Whether Gemini takes it as one of the values of an `enum`.
    fileprivate var isEnumerable: Bool { kind == .string || kind == .number }
}

/// Puts the branches of `allOf` into the schema that holds them.
enum SchemaMerge {
    /// - Returns: the schema itself when it has no `allOf`.
    static func merged(_ schema: JSONValue) -> JSONValue {
        guard let branches = schema["allOf"], branches.kind == .array else { return schema }
        var names: [JSONText] = []
        var values: [JSONText: JSONValue] = [:]
        var maps: [JSONText: [JSONMember]] = [:]
        var required: [JSONText] = []
        func add(_ schema: JSONValue, depth: Int) {
            for member in schema.members {
                if member.isNamed("allOf"), depth < 16 {
                    for branch in member.value.elements { add(branch, depth: depth + 1) }
                } else if member.isNamed("properties") || member.isNamed("$defs") {
                    if maps[member.name] == nil { names.append(member.name) }
                    for property in member.value.members
                    where maps[member.name]?.contains(where: { $0.name == property.name }) != true {
                        maps[member.name, default: []].append(property)
                    }
                } else if member.isNamed("required") {
                    for name in member.value.elements.compactMap(\.text) where !required.contains(name) {
                        required.append(name)
                    }
                } else if values[member.name] == nil {
                    names.append(member.name)
                    values[member.name] = member.value
                }
            }
        }
        add(schema, depth: 0)
        var writer = JSONWriter()
        writer.beginObject()
        for name in names {
            writer.key(name)
            if let map = maps[name] {
                writer.beginObject()
                for property in map {
                    writer.key(property.name)
                    writer.value(property.value)
                }
                writer.endObject()
            } else if let value = values[name] {
                writer.value(value)
            }
        }
        if !required.isEmpty {
            writer.key("required")
            writer.beginArray()
            for name in required { writer.value(name) }
            writer.endArray()
        }
        writer.endObject()
        // Made of values of a parsed text, it parses.
        return (try? JSONValue(parsing: writer.bytes)) ?? schema
    }

    /// `definitions` is the older name of `$defs`.
    static func pointingToDefs(_ reference: JSONText) -> JSONText {
        let old = Array("#/definitions/".utf8)
        guard reference.escaped.starts(with: old) else { return reference }
        return JSONText(escaped: (Array("#/$defs/".utf8) + reference.escaped.dropFirst(old.count))[...])
    }
}
