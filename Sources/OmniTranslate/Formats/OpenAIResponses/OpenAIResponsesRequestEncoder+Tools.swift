import OmniJSON

extension OpenAIResponsesRequestEncoder {
    mutating func writeTools() throws(TranslationError) {
        // Only OpenAI itself knows `allowed_tools`; elsewhere the others are not even shown.
        let tools = knowsAllowedTools ? request.tools : request.allowedTools
        try selectHostedTools(among: tools)
        guard !tools.isEmpty || !hosted.tools.isEmpty else { return }
        writer.key("tools")
        writer.beginArray()
        for tool in tools { write(tool) }
        for tool in hosted.tools { write(tool) }
        writer.endArray()
        if let tool = request.chosenHostedTool(among: hosted.tools) {
            writeChoice(of: tool)
        } else if let choice = request.toolChoice {
            write(choice)
        }
        if let isParallel = request.allowsParallelToolCalls, !isParallel || isOwn {
            writer.key("parallel_tool_calls")
            writer.value(isParallel)
        }
    }

    private var knowsAllowedTools: Bool { capabilities.isOpenAI || isOwn }

    private mutating func write(_ tool: Tool) {
        switch tool {
        case .function(let function): write(function)
        case .custom(let name, let description, let format):
            beginTool("custom", name: name, description: description)
            if let format {
                writer.key("format")
                writeFlat(format)
            }
            writer.endObject()
        case .hosted(let part):
            if part.origin == .openAIResponses {
                writer.value(part.raw)
            } else if let client = AnthropicClientTool(part) {
                beginTool("function", name: client.name, description: JSONText(client.description))
                writer.key("parameters")
                writer.raw(Array(client.schema.utf8)[...])
                writer.key("strict")
                writer.value(false)
                writer.endObject()
            }
        // Any other was read before, and comes behind these.
        }
    }

    private mutating func write(_ function: FunctionTool) {
        beginTool("function", name: function.name, description: function.description)
        writer.key("parameters")
        if let parameters = function.parameters {
            SchemaCompiler.writeAnyParameters(parameters, keepsEmpty: false, into: &writer)
        } else {
            // The schema demands the field; this says "no arguments", to strict models too.
            writer.raw(
                Array(#"{"type":"object","properties":{},"required":[],"additionalProperties":false}"#.utf8)[...])
        }
        var isStrict = function.isStrict
        if isStrict == true, !isOwn, request.origin != .openAIChat,
            !(function.parameters.map(SchemaCompiler.isStrictForOpenAI) ?? true)
        {
            // OpenAI refuses the whole request over a strict schema with an optional property.
            report.add("tools.strict", "unenforced")
            isStrict = false
        }
        // Left out, this API would try to be strict, which no other dialect means by silence.
        if isStrict == nil, !isOwn { isStrict = false }
        if let isStrict {
            writer.key("strict")
            writer.value(isStrict)
        }
        for field in function.vendorFields where !field.name.equals("eager_input_streaming") {
            if isOwn {
                writer.key(field.name)
                writer.value(field.value)
            } else {
                report.add("tools.\(field.name.string)")
            }
        }
        writer.endObject()
    }

    private mutating func beginTool(_ type: StaticString, name: JSONText, description: JSONText?) {
        writer.beginObject()
        writer.key("type")
        writer.value(type)
        writer.key("name")
        writer.value(names.sentName(name))
        if let description {
            writer.key("description")
            writer.value(description)
        }
    }

    /// A format as this API wants it: the members of Chat's `grammar` beside the type.
    private mutating func writeFlat(_ format: JSONValue) {
        guard let grammar = format.present("grammar"), grammar.kind == .object else { return writer.value(format) }
        writer.beginObject()
        for member in format.members where !member.isNamed("grammar") {
            writer.key(member.name)
            writer.value(member.value)
        }
        for member in grammar.members {
            writer.key(member.name)
            writer.value(member.value)
        }
        writer.endObject()
    }

    private mutating func write(_ choice: ToolChoice) {
        switch choice {
        case .auto: write(choice: "auto")
        case .none: write(choice: "none")
        case .required: write(choice: "required")
        case .named(let name):
            writer.key("tool_choice")
            writeReference(to: name)
        case .allowed(let allowed, let isRequired):
            let known = allowed.filter { name in request.tools.contains { $0.name == name } }
            guard knowsAllowedTools, !known.isEmpty else { return write(choice: isRequired ? "required" : "auto") }
            writer.key("tool_choice")
            writer.beginObject()
            writer.key("type")
            writer.value("allowed_tools")
            writer.key("mode")
            writer.value(isRequired ? "required" : "auto")
            writer.key("tools")
            writer.beginArray()
            for name in known { writeReference(to: name) }
            writer.endArray()
            writer.endObject()
        case .hosted(let value):
            guard isOwn else { return report.add("tool_choice") }
            writer.key("tool_choice")
            writer.value(value)
        }
    }

    private mutating func write(choice: StaticString) {
        writer.key("tool_choice")
        writer.value(choice)
    }

    private mutating func writeReference(to name: JSONText) {
        let isCustom = request.tools.contains { tool in
            if case .custom(let known, _, _) = tool { known == name } else { false }
        }
        writer.beginObject()
        writer.key("type")
        writer.value(isCustom ? "custom" : "function")
        writer.key("name")
        writer.value(names.sentName(name))
        writer.endObject()
    }
}
