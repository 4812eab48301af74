import OmniJSON

/// Writes JSON Schemas in the OpenAPI subset of `parameters` and `responseSchema`, which older models and Vertex take.
struct GeminiOpenAPISchema {
    private let root: JSONValue
    /// References being followed, innermost last.
    private var open: [JSONText] = []
    private var hasCycle = false
    /// Written schemas so far: references inlined over and over must not grow without bound.
    private var count = 0

    private static let maximumCount = 4000

    static func write(_ schema: JSONValue, into writer: inout JSONWriter, report: inout TranslationReport) {
        var compiler = GeminiOpenAPISchema(root: schema)
        compiler.write(schema, isNullable: false, into: &writer)
        if compiler.hasCycle { report.add("tools.parameters", "recursive") }
    }

    /// A tool's parameters, with an object at the root.
    static func writeParameters(_ schema: JSONValue, into writer: inout JSONWriter, report: inout TranslationReport) {
        var compiler = GeminiOpenAPISchema(root: schema)
        compiler.write(schema, isNullable: false, isParameters: true, into: &writer)
        if compiler.hasCycle { report.add("tools.parameters", "recursive") }
    }

    private init(root: JSONValue) {
        self.root = root
    }

    private mutating func write(
        _ schema: JSONValue, isNullable: Bool, isParameters: Bool = false, into writer: inout JSONWriter
    ) {
        count += 1
        guard schema.kind == .object, count < Self.maximumCount else {
            return writer.raw(Array(#"{"type":"string"}"#.utf8)[...])
        }
        if let reference = schema["$ref"]?.text { return follow(reference, isNullable: isNullable, into: &writer) }
        let schema = SchemaMerge.merged(schema)
        var isNullable = isNullable || schema["nullable"]?.bool == true
        if let list = schema["anyOf"] ?? schema["oneOf"], list.kind == .array {
            let branches = list.elements.filter { !Self.isNull($0) }
            isNullable = isNullable || list.elements.contains(where: Self.isNull)
            if branches.count == 1 {
                return write(branches[0], isNullable: isNullable, isParameters: isParameters, into: &writer)
            }
            if !branches.isEmpty, !isParameters {
                return writeAlternatives(
                    branches, description: schema["description"], isNullable: isNullable, into: &writer)
            }
        }
        let types = Self.types(of: schema)
        isNullable = isNullable || types.contains { $0.equals("null") }
        let kinds = types.filter { !$0.equals("null") }
        if kinds.count > 1, !isParameters {
            return writeKinds(kinds, of: schema, isNullable: isNullable, into: &writer)
        }
        writer.beginObject()
        write(members: schema, type: isParameters ? "object" : kinds.first, into: &writer)
        if isNullable {
            writer.key("nullable")
            writer.value(true)
        }
        writer.endObject()
    }

    /// With `anyOf`, only the description and `nullable` may stand beside it.
    private mutating func writeAlternatives(
        _ branches: [JSONValue], description: JSONValue?, isNullable: Bool, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        if let description {
            writer.key("description")
            writer.value(description)
        }
        writer.key("anyOf")
        writer.beginArray()
        for branch in branches { write(branch, isNullable: false, into: &writer) }
        writer.endArray()
        if isNullable {
            writer.key("nullable")
            writer.value(true)
        }
        writer.endObject()
    }

    private mutating func writeKinds(
        _ kinds: [JSONText], of schema: JSONValue, isNullable: Bool, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("anyOf")
        writer.beginArray()
        for kind in kinds {
            writer.beginObject()
            write(members: schema, type: kind, into: &writer)
            writer.endObject()
        }
        writer.endArray()
        if isNullable {
            writer.key("nullable")
            writer.value(true)
        }
        writer.endObject()
    }

    /// The members of one schema of one type.
    private mutating func write(members schema: JSONValue, type: JSONText?, into writer: inout JSONWriter) {
        let type = type ?? Self.impliedType(of: schema)
        writer.key("type")
        writer.value(type)
        var hints: [String] = []
        let isObject = type.equals("object")
        let isArray = type.equals("array")
        let isNumeric = type.equals("integer") || type.equals("number")
        for member in schema.members {
            let value = member.value
            switch member.name.string {
            case "type", "nullable", "description", "$schema", "$id", "$comment", "$defs", "definitions", "anyOf",
                "oneOf", "examples", "deprecated", "readOnly", "writeOnly", "title", "additionalProperties":
                continue
            case "properties" where isObject: writeProperties(value, into: &writer)
            case "required" where isObject: GeminiSchema.writeRequired(value, of: schema, into: &writer)
            case "propertyOrdering" where isObject:
                writer.key("propertyOrdering")
                writer.value(value)
            case "items" where isArray: writeItems(value, into: &writer)
            case "minItems" where isArray, "maxItems" where isArray, "minimum" where isNumeric,
                "maximum" where isNumeric:
                writer.key(member.name)
                writer.value(value)
            case "exclusiveMinimum" where type.equals("integer") && value.int != nil && schema["minimum"] == nil:
                writer.key("minimum")
                writer.value((value.int ?? 0) &+ 1)
            case "exclusiveMaximum" where type.equals("integer") && value.int != nil && schema["maximum"] == nil:
                writer.key("maximum")
                writer.value((value.int ?? 0) &- 1)
            case "format" where schema["enum"] == nil && Self.takes(format: value, for: type):
                writer.key("format")
                writer.value(value)
            case "enum" where type.equals("string") && value.elements.allSatisfy({ $0.kind == .string || $0.isNull }):
                writeEnum(value.elements.compactMap(\.text), into: &writer)
            case "const" where type.equals("string") && value.kind == .string && schema["enum"] == nil:
                writeEnum([value.text].compactMap { $0 }, into: &writer)
            case "prefixItems" where schema["items"] == nil && isArray: writeItems(value, into: &writer)
            default: hints.append("\(member.name.string): \(String(decoding: value.raw, as: UTF8.self))")
            }
        }
        if isArray, schema["items"] == nil, schema["prefixItems"] == nil {
            writer.key("items")
            writer.raw(Array(#"{"type":"string"}"#.utf8)[...])
        }
        GeminiSchema.writeDescription(schema["description"]?.string, hints: hints, into: &writer)
    }

    private func writeEnum(_ values: [JSONText], into writer: inout JSONWriter) {
        guard !values.isEmpty else { return }
        writer.key("format")
        writer.value("enum")
        writer.key("enum")
        writer.beginArray()
        for value in values { writer.value(value) }
        writer.endArray()
    }

    private mutating func writeProperties(_ map: JSONValue, into writer: inout JSONWriter) {
        let properties = Array(map.members)
        guard !properties.isEmpty else { return }
        writer.key("properties")
        writer.beginObject()
        for property in properties {
            writer.key(property.name)
            write(property.value, isNullable: false, into: &writer)
        }
        writer.endObject()
    }

    /// One schema for all elements: a tuple's become alternatives.
    private mutating func writeItems(_ items: JSONValue, into writer: inout JSONWriter) {
        writer.key("items")
        guard items.kind == .array else { return write(items, isNullable: false, into: &writer) }
        let branches = Array(items.elements)
        if branches.count == 1 { return write(branches[0], isNullable: false, into: &writer) }
        guard !branches.isEmpty else { return writer.raw(Array(#"{"type":"string"}"#.utf8)[...]) }
        writeAlternatives(branches, description: nil, isNullable: false, into: &writer)
    }

    // MARK: References

    private mutating func follow(_ reference: JSONText, isNullable: Bool, into writer: inout JSONWriter) {
        guard !open.contains(reference), open.count < 64, let target = SchemaReference.resolved(reference, in: root)
        else {
            hasCycle = true
            writer.beginObject()
            writer.key("type")
            writer.value("object")
            writer.key("description")
            writer.value("as " + reference)
            return writer.endObject()
        }
        open.append(reference)
        write(target, isNullable: isNullable, into: &writer)
        open.removeLast()
    }

    // MARK: Types

    private static func types(of schema: JSONValue) -> [JSONText] {
        guard let type = schema["type"] else { return [] }
        var types: [JSONText] = []
        for name in type.text.map({ [$0] }) ?? type.elements.compactMap(\.text) where !types.contains(name) {
            types.append(name)
        }
        return types
    }

    private static func isNull(_ schema: JSONValue) -> Bool { schema["type"]?.isString("null") ?? false }

    private static func impliedType(of schema: JSONValue) -> JSONText {
        if schema["properties"] != nil { return "object" }
        if schema["items"] != nil || schema["prefixItems"] != nil { return "array" }
        let sample = schema["const"] ?? schema["enum"]?.elements.first { !$0.isNull }
        switch sample?.kind {
        case .number: return "number"
        case .bool: return "boolean"
        default: return "string"
        }
    }

    private static func takes(format: JSONValue, for type: JSONText) -> Bool {
        guard let format = format.text else { return false }
        if type.equals("number") { return format.equals("float") || format.equals("double") }
        if type.equals("integer") { return format.equals("int32") || format.equals("int64") }
        return type.equals("string") && (format.equals("date-time") || format.equals("enum"))
    }
}
