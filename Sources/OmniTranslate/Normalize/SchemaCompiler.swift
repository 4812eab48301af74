import OmniJSON

/// Writes JSON Schemas in the subset a target accepts, by allow-list: what is not known to be accepted is not sent.
enum SchemaCompiler {
    /// Anthropic's subset for structured outputs; constraints outside it are told in the description.
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
                isObject = isObject || names(value, "object")
                writer.key("type")
                writer.value(value)
            case "enum", "const", "$ref", "required", "title", "default":
                writer.key(member.name)
                writer.value(value)
            case "anyOf", "oneOf", "allOf":
                writer.key(member.isNamed("oneOf") ? "anyOf" : member.name)
                writer.beginArray()
                for branch in value.elements { writeAnthropicOutput(branch, into: &writer) }
                writer.endArray()
            case "properties", "$defs", "definitions":
                isObject = isObject || member.isNamed("properties")
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
            case "additionalProperties" where value.kind == .bool: break
            case "description", "$schema", "$id", "$comment", "examples": break
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

    /// Whether a `type` is or lists a type.
    static func names(_ type: JSONValue, _ name: StaticString) -> Bool {
        type.text?.equals(name) ?? type.elements.contains { $0.isString(name) }
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
}
