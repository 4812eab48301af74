import OmniJSON

extension GeminiRequestEncoder {
    mutating func writeTools() throws(TranslationError) {
        // AUTO takes no list of names, so the others are not even shown; ANY takes one.
        let isFiltered = if case .allowed(_, isRequired: false) = request.toolChoice { true } else { false }
        let tools = isFiltered ? request.allowedTools : request.tools
        var functions: [Tool] = []
        var own: [UnknownPart] = []
        for tool in tools {
            if case .hosted(let part) = tool, AnthropicClientTool(part) == nil {
                own.append(part)
            } else {
                functions.append(tool)
            }
        }
        try selectHostedTools(among: tools)
        // Only functions can be chosen here.
        if request.chosenHostedTool(among: hosted.tools) != nil { report.add("tool_choice") }
        let hasHosted = isOwn ? !own.isEmpty : !hosted.tools.isEmpty
        guard !functions.isEmpty || hasHosted else { return writeToolConfiguration([], combines: false) }
        if !isOwn, !functions.isEmpty, hasHosted, !model.combinesTools {
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
        for part in isOwn ? own : [] {
            writer.beginObject()
            writer.key(part.type)
            writer.value(part.raw)
            writer.endObject()
        }
        writeHostedTools()
        writer.endArray()
        writeToolConfiguration(functions, combines: !functions.isEmpty && hasHosted)
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
            guard functions.contains(where: { $0.calledName == name }) else {
                report.add("tool_choice")
                break
            }
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
    /// What a function is called by, also one of Anthropic's that its client runs.
    fileprivate var calledName: JSONText? {
        if case .hosted(let part) = self { AnthropicClientTool(part)?.name } else { name }
    }

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
