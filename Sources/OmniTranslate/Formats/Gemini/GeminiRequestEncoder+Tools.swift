import OmniJSON

extension GeminiRequestEncoder {
    /// A tool Google runs: its name in a `Tool` object and its settings.
    private struct Hosted {
        var name: JSONText
        var settings: JSONValue?
    }

    mutating func writeTools() throws(TranslationError) {
        // AUTO takes no list of names, so the others are not even shown; ANY takes one.
        let isFiltered = if case .allowed(_, isRequired: false) = request.toolChoice { true } else { false }
        let tools = isFiltered ? request.allowedTools : request.tools
        var functions: [Tool] = []
        var hosted: [Hosted] = []
        for tool in tools {
            if case .hosted(let part) = tool, AnthropicClientTool(part) == nil {
                hosted.append(try self.hosted(part))
            } else {
                functions.append(tool)
            }
        }
        if let search = hostedSearch(), !hosted.contains(where: { $0.name == search.name }) {
            hosted.append(search)
        }
        guard !functions.isEmpty || !hosted.isEmpty else { return writeToolConfiguration([], combines: false) }
        if !isOwn, !functions.isEmpty, !hosted.isEmpty, !model.combinesTools {
            throw TranslationError(
                .unsupported, "this model does not take functions together with tools its provider runs", at: "tools")
        }
        writer.key("tools")
        writer.beginArray()
        if !functions.isEmpty {
            writer.beginObject()
            writer.key("functionDeclarations")
            writer.beginArray()
            for function in functions { write(function) }
            writer.endArray()
            writer.endObject()
        }
        for tool in hosted {
            writer.beginObject()
            writer.key(tool.name)
            if let settings = tool.settings { writer.value(settings) } else { writer.raw(Array("{}".utf8)[...]) }
            writer.endObject()
        }
        writer.endArray()
        writeToolConfiguration(functions, combines: !functions.isEmpty && !hosted.isEmpty)
    }

    /// Tools other providers run that Google runs too.
    private mutating func hosted(_ part: UnknownPart) throws(TranslationError) -> Hosted {
        if part.origin == .gemini { return Hosted(name: part.type, settings: part.raw) }
        let type = part.type.string
        let known: [StaticString] = ["type", "name", "cache_control"]
        // Limits of uses and of domains that Google's tools do not have.
        for member in part.raw.members where !member.value.isNull && !known.contains(where: member.name.equals) {
            report.add("tools.\(member.name.string)")
        }
        if type.hasPrefix("web_search") { return Hosted(name: "googleSearch") }
        if type.hasPrefix("web_fetch") { return Hosted(name: "urlContext") }
        if type.hasPrefix("code_execution") || type == "code_interpreter" { return Hosted(name: "codeExecution") }
        throw TranslationError(.unsupported, "the tool '\(type)' runs at another provider only", at: "tools")
    }

    private mutating func hostedSearch() -> Hosted? {
        guard request.origin == .openAIChat,
            let options = request.vendorFields.last(where: { $0.name.equals("web_search_options") })?.value
        else { return nil }
        for member in options.members where !member.value.isNull {
            report.add("web_search_options.\(member.name.string)")
        }
        return Hosted(name: "googleSearch")
    }

    private mutating func write(_ tool: Tool) {
        switch tool {
        case .function(let function):
            begin(function.name, description: function.description)
            writeParameters(function.parameters)
            for field in function.vendorFields {
                if isOwn {
                    writer.key(field.name)
                    writer.value(field.value)
                } else if !field.name.equals("eager_input_streaming") {
                    report.add("tools.\(field.name.string)")
                }
            }
        case .custom(let name, let description, _):
            report.add("tools.custom", "wrapped")
            customTools.insert(names.sentName(name))
            begin(name, description: description)
            writeSchema(#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#)
        case .hosted(let part):
            guard let client = AnthropicClientTool(part) else { preconditionFailure("told apart in writeTools") }
            begin(client.name, description: JSONText(client.description))
            writeSchema(client.schema)
        }
        writer.endObject()
    }

    private mutating func begin(_ name: JSONText, description: JSONText?) {
        writer.beginObject()
        writer.key("name")
        writer.value(names.sentName(name))
        // The field is required by Vertex and by older models.
        writer.key("description")
        writer.value(description.flatMap { $0.isBlank ? nil : $0 } ?? name)
    }

    private mutating func writeSchema(_ schema: String) {
        guard let value = try? JSONValue(parsing: Array(schema.utf8)) else { preconditionFailure("a constant is JSON") }
        writeParameters(value)
    }

    /// A function without arguments has no schema at all: an object without properties is refused.
    private mutating func writeParameters(_ schema: JSONValue?) {
        guard let schema, !GeminiSchema.isEmpty(schema) else { return }
        if model.takesJSONSchema {
            writer.key("parametersJsonSchema")
            GeminiSchema.writeParameters(schema, into: &writer)
        } else {
            writer.key("parameters")
            GeminiOpenAPISchema.writeParameters(schema, into: &writer, report: &report)
        }
    }

    // MARK: Choice

    private mutating func writeToolConfiguration(_ functions: [Tool], combines: Bool) {
        let start = writer
        writer.key("toolConfig")
        writer.beginObject()
        let empty = writer.bytes.count
        if !functions.isEmpty { writeCallingConfiguration(functions) }
        // Without it, Google's own calls beside functions are refused.
        if combines, !isOwn {
            writer.key("includeServerSideToolInvocations")
            writer.value(true)
        }
        writeNested("toolConfig.")
        if writer.bytes.count == empty { writer = start } else { writer.endObject() }
    }

    private mutating func writeCallingConfiguration(_ functions: [Tool]) {
        var mode: StaticString?
        var allowed: [JSONText] = []
        switch request.toolChoice {
        case .auto: mode = "AUTO"
        case ToolChoice.none?: mode = "NONE"
        case .required: mode = "ANY"
        case .named(let name):
            mode = "ANY"
            allowed = [name]
        case .allowed(let names, isRequired: true):
            mode = "ANY"
            allowed = names.filter { name in functions.contains { $0.name == name } }
        case .allowed(_, isRequired: false): mode = "AUTO"
        case .hosted: report.add("tool_choice")
        case nil: break
        }
        if request.toolChoice.isFree, functions.contains(where: \.isStrict) { mode = "VALIDATED" }
        guard let mode else { return }
        writer.key("functionCallingConfig")
        writer.beginObject()
        writer.key("mode")
        writer.value(mode)
        if !allowed.isEmpty {
            writer.key("allowedFunctionNames")
            writer.beginArray()
            for name in allowed { writer.value(names.sentName(name)) }
            writer.endArray()
        }
        writer.endObject()
    }
}

extension Tool {
    fileprivate var isStrict: Bool {
        if case .function(let function) = self { function.isStrict == true } else { false }
    }
}

extension ToolChoice? {
    /// Whether the model may call or not, as it likes.
    fileprivate var isFree: Bool {
        switch self {
        case nil, .auto, .allowed(_, isRequired: false): true
        case ToolChoice.none?, .required, .named, .allowed, .hosted: false
        }
    }
}
