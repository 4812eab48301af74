import OmniJSON

extension AnthropicRequestEncoder {
    mutating func writeTools(thinking: ThinkingPlan) throws(TranslationError) {
        try selectHostedTools()
        guard !tools.isEmpty || !hosted.tools.isEmpty else { return declareCalledTools() }
        writer.key("tools")
        writer.beginArray()
        for tool in tools { write(tool) }
        for tool in hosted.tools { write(tool) }
        writer.endArray()
        var choice = namedChoice
        if thinking.isManual, let forced = choice, forced.isForcing {
            report.add("tool_choice", "thinking")
            choice = .auto
        }
        writeToolChoice(choice)
    }

    /// Declares what the history calls, for clients that leave their tools out where no call is wanted.
    ///
    /// Anthropic refuses `tool_use` blocks in a request without `tools`.
    private mutating func declareCalledTools() {
        var called: [JSONText] = []
        for turn in turns.turns where turn.parts.contains(where: { $0.isPaired }) {
            for case .toolCall(let call) in turn.parts where !called.contains(call.name) { called.append(call.name) }
        }
        guard !called.isEmpty else { return }
        writer.key("tools")
        writer.beginArray()
        for name in called {
            writer.beginObject()
            writer.key("name")
            writer.value(names.sentName(name))
            writer.key("input_schema")
            writer.raw(Array(#"{"type":"object"}"#.utf8)[...])
            writer.endObject()
        }
        writer.endArray()
        writeToolChoice(ToolChoice.none)
    }

    private mutating func write(_ tool: Tool) {
        switch tool {
        case .function(let function): write(function)
        case .custom(let name, let description, _):
            report.add("tools.custom", "wrapped")
            let sent = names.sentName(name)
            customTools.insert(sent)
            writer.beginObject()
            writer.key("name")
            writer.value(sent)
            if let description {
                writer.key("description")
                writer.value(description)
            }
            writer.key("input_schema")
            writer.raw(
                Array(#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#.utf8)[...])
            writer.endObject()
        // Another dialect's was read before, and comes behind these.
        case .hosted(let part): if part.origin == .anthropicMessages { writer.value(part.raw) }
        }
    }

    private mutating func write(_ function: FunctionTool) {
        writer.beginObject()
        writer.key("name")
        writer.value(names.sentName(function.name))
        if let description = function.description, !description.isBlank {
            writer.key("description")
            writer.value(description)
        }
        let isOwn = request.origin == .anthropicMessages
        let isStrict =
            function.isStrict == true && context.capabilities.supportsJSONSchema
            && (isOwn || function.parameters.map(Self.isFitForStrict) ?? false)
        writer.key("input_schema")
        if isStrict, !isOwn, let schema = function.parameters {
            // Strict tools take the schemas of structured outputs, no others.
            SchemaCompiler.writeAnthropicOutput(schema, into: &writer)
        } else {
            SchemaCompiler.writeToolParameters(function.parameters, into: &writer)
        }
        if isStrict {
            writer.key("strict")
            writer.value(true)
        } else if function.isStrict == true {
            report.add("tools.strict")
        }
        if isOwn {
            write(function.vendorFields)
        } else {
            for field in function.vendorFields { report.add("tools.\(field.name.string)") }
        }
        writeBreakpoint(function.cacheBreakpoint)
        writer.endObject()
    }

    private static func isFitForStrict(_ schema: JSONValue) -> Bool {
        SchemaCompiler.isPlainObject(schema) && AnthropicSchemaCheck.isExpressible(schema, isParameters: true)
    }

    private mutating func writeToolChoice(_ choice: ToolChoice?) {
        let isSerial = request.allowsParallelToolCalls == false
        if case .hosted = choice { report.add("tool_choice") }
        guard choice != nil || isSerial else { return }
        var disables = isSerial
        writer.key("tool_choice")
        writer.beginObject()
        writer.key("type")
        switch choice ?? .auto {
        case .auto, .allowed, .hosted: writer.value("auto")
        case .required: writer.value("any")
        case .none:
            writer.value("none")
            disables = false
        case .named(let name):
            writer.value("tool")
            writer.key("name")
            writer.value(names.sentName(name))
        }
        if disables {
            writer.key("disable_parallel_tool_use")
            writer.value(true)
        }
        writer.endObject()
    }
}

extension ToolChoice {
    /// Whether the model must call a tool.
    var isForcing: Bool {
        switch self {
        case .required, .named: true
        case .allowed(_, let isRequired): isRequired
        case .auto, .none, .hosted: false
        }
    }
}
