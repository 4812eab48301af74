import OmniJSON

/// Writes JSON Schemas in the subset a target accepts. By allow-list: what is not known to be accepted is not sent.
enum SchemaCompiler {
    /// Anthropic's subset for structured outputs. Constraints outside it are told in the description.
    static func writeAnthropicOutput(_ schema: JSONValue, into writer: inout JSONWriter) {
        guard schema.kind == .object else {
            writer.value(schema)
            return
        }
        writer.beginObject()
        var hints: [String] = []
        var isObject = false
        for member in schema.members {
            let value = member.value
            switch member.name.string {
            case "type":
                isObject = isObject || value.text?.equals("object") ?? value.elements.contains { $0.text?.equals("object") ?? false }
                writer.key("type")
                writer.value(value)
            case "enum", "const", "$ref", "required", "title", "default":
                writer.key(member.name)
                writer.value(value)
            case "anyOf", "oneOf", "allOf":
                writer.key(member.name.equals("oneOf") ? "anyOf" : member.name)
                writer.beginArray()
                for branch in value.elements { writeAnthropicOutput(branch, into: &writer) }
                writer.endArray()
            case "properties", "$defs", "definitions":
                isObject = isObject || member.name.equals("properties")
                writer.key(member.name)
                writer.beginObject()
                for property in value.members {
                    writer.key(property.name)
                    writeAnthropicOutput(property.value, into: &writer)
                }
                writer.endObject()
            case "items":
                writer.key("items")
                writeAnthropicOutput(value, into: &writer)
            case "format" where formats.contains(value.string ?? ""):
                writer.key("format")
                writer.value(value)
            case "minItems" where value.int ?? 2 <= 1:
                writer.key("minItems")
                writer.value(value)
            case "description", "additionalProperties", "$schema", "$id", "$comment", "examples": break
            default: hints.append("\(member.name.string): \(String(decoding: value.raw, as: UTF8.self))")
            }
        }
        writeDescription(schema["description"]?.string, hints: hints, into: &writer)
        if isObject {
            writer.key("additionalProperties")
            writer.value(false)
        }
        writer.endObject()
    }

    private static let formats: Set<String> = [
        "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
    ]

    private static func writeDescription(_ description: String?, hints: [String], into writer: inout JSONWriter) {
        guard description != nil || !hints.isEmpty else { return }
        writer.key("description")
        let hint = hints.isEmpty ? nil : "{" + hints.joined(separator: ", ") + "}"
        writer.string([description, hint].compactMap { $0 }.joined(separator: "\n\n"))
    }

    /// A tool's parameters with an object at the root, as every provider demands.
    static func writeToolParameters(_ schema: JSONValue?, into writer: inout JSONWriter) {
        guard let schema, schema.members.contains(where: { _ in true }) else {
            writer.beginObject()
            writer.key("type")
            writer.value("object")
            writer.key("properties")
            writer.beginObject()
            writer.endObject()
            writer.endObject()
            return
        }
        let isObject = schema["type"]?.text?.equals("object") ?? false
        let hasCombinator = schema["anyOf"] != nil || schema["oneOf"] != nil || schema["allOf"] != nil
        if isObject, !hasCombinator {
            writer.value(schema)
        } else {
            writeMergedRoot(schema, into: &writer)
        }
    }

    /// One object that admits every branch: all their properties; required is what all branches require (`allOf`: any).
    private static func writeMergedRoot(_ schema: JSONValue, into writer: inout JSONWriter) {
        var properties: [JSONMember] = schema["properties"].map { Array($0.members) } ?? []
        var required = Set(schema["required"]?.elements.compactMap(\.text) ?? [])
        for name in ["anyOf", "oneOf", "allOf"] as [StaticString] {
            guard let branches = schema[name] else { continue }
            var common: Set<JSONText>?
            for branch in branches.elements {
                for property in branch["properties"].map({ Array($0.members) }) ?? []
                where !properties.contains(where: { $0.name == property.name }) {
                    properties.append(property)
                }
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
        writer.key("properties")
        writer.beginObject()
        for property in properties {
            writer.key(property.name)
            writer.value(property.value)
        }
        writer.endObject()
        let kept = properties.map(\.name).filter { required.contains($0) }
        if !kept.isEmpty {
            writer.key("required")
            writer.beginArray()
            for name in kept { writer.value(name) }
            writer.endArray()
        }
        writer.endObject()
    }
}
