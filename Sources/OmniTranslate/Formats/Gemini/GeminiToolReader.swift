import OmniJSON

/// Reads `tools` and `toolConfig`.
enum GeminiToolReader {
    /// One `Tool` object: functions, and tools Google runs, each under a name of its own.
    static func read(_ tool: FieldReader, into request: inout CanonicalRequest) throws(TranslationError) {
        for declaration in try tool.list("functionDeclarations") {
            request.tools.append(.function(try function(declaration)))
        }
        for member in tool.object.members
        where !member.value.isNull && !member.isGemini("functionDeclarations") {
            request.tools.append(.hosted(UnknownPart(type: member.name, origin: .gemini, raw: member.value)))
        }
    }

    private static func function(_ declaration: FieldReader) throws(TranslationError) -> FunctionTool {
        let schema = try declaration.reader("parametersJsonSchema")?.object
        let subset = try declaration.reader("parameters")?.object
        var function = FunctionTool(
            name: try declaration.requiredText("name"), description: try declaration.text("description"),
            parameters: schema ?? subset.map(OpenAPISchema.jsonSchema))
        function.vendorFields = declaration.further(than: ["name", "description", "parameters", "parametersJsonSchema"])
        return function
    }

    static func readConfiguration(
        _ fields: FieldReader, into request: inout CanonicalRequest
    ) throws(TranslationError) {
        request.vendorFields += fields.further(than: ["functionCallingConfig"], prefix: "toolConfig.")
        guard let calling = try fields.reader("functionCallingConfig") else { return }
        let names = try calling.texts("allowedFunctionNames")
        switch try calling.text("mode")?.string.uppercased() ?? "AUTO" {
        case "AUTO", "MODE_UNSPECIFIED": request.toolChoice = .auto
        case "NONE": request.toolChoice = ToolChoice.none
        case "ANY":
            request.toolChoice =
                names.isEmpty
                ? .required : names.count == 1 ? .named(names[0]) : .allowed(names: names, isRequired: true)
        case "VALIDATED":
            request.toolChoice = names.isEmpty ? .auto : .allowed(names: names, isRequired: false)
            request.tools = request.tools.map { tool in
                guard case .function(var function) = tool else { return tool }
                function.isStrict = true
                return .function(function)
            }
        default: throw TranslationError(.invalid, "must be AUTO, ANY, NONE or VALIDATED", at: calling.at("mode"))
        }
    }
}

/// The OpenAPI subset of `parameters` and `responseSchema`, turned into JSON Schema.
enum OpenAPISchema {
    static func jsonSchema(_ schema: JSONValue) -> JSONValue {
        var writer = JSONWriter()
        write(schema, into: &writer)
        // Made of values of a parsed text, it parses.
        return (try? JSONValue(parsing: writer.bytes)) ?? schema
    }

    private static func write(_ schema: JSONValue, into writer: inout JSONWriter) {
        guard schema.kind == .object else { return writer.value(schema) }
        let isNullable = schema["nullable"]?.bool == true
        writer.beginObject()
        for member in schema.members {
            let name = member.name
            if name.equals("nullable") || member.isGemini("propertyOrdering") {
                continue
            } else if name.equals("type"), member.value.kind != .array {
                guard let type = type(member.value) else { continue }
                writer.key("type")
                if isNullable { writer.beginArray() }
                writer.string(type)
                if isNullable {
                    writer.value("null")
                    writer.endArray()
                }
            } else if name.equals("format"), member.value.isString("enum") {
                continue
            } else if name.equals("properties") {
                writer.key("properties")
                writer.beginObject()
                for property in member.value.members {
                    writer.key(property.name)
                    write(property.value, into: &writer)
                }
                writer.endObject()
            } else if name.equals("items") {
                writer.key("items")
                write(member.value, into: &writer)
            } else if member.isGemini("anyOf") {
                writer.key("anyOf")
                writer.beginArray()
                for branch in member.value.elements { write(branch, into: &writer) }
                if isNullable { writer.raw(Array(#"{"type":"null"}"#.utf8)[...]) }
                writer.endArray()
            } else if name.equals("enum"), isNullable, member.value.kind == .array {
                writer.key("enum")
                writer.beginArray()
                for choice in member.value.elements { writer.value(choice) }
                if !member.value.elements.contains(where: \.isNull) { writer.null() }
                writer.endArray()
            } else if let count = count(member) {
                // int64 of proto JSON is written as a string.
                writer.key(name)
                writer.value(count)
            } else {
                writer.key(name)
                writer.value(member.value)
            }
        }
        writer.endObject()
    }

    /// A type in the words of JSON Schema; proto JSON takes the numbers of its enumeration for their names.
    /// - Returns: nil for an unspecified one.
    private static func type(_ value: JSONValue) -> String? {
        let names = ["type_unspecified", "string", "number", "integer", "boolean", "array", "object", "null"]
        let name = value.int.flatMap { names.indices.contains($0) ? names[$0] : nil } ?? value.string?.lowercased()
        return name == names[0] ? nil : name
    }

    private static func count(_ member: JSONMember) -> Int? {
        let names: [StaticString] = [
            "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties",
        ]
        guard names.contains(where: { member.isNamed($0) }) else { return nil }
        return member.value.string.flatMap { Int($0) }
    }
}
