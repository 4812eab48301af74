import OmniJSON

extension OpenAIChatRequestEncoder {
    mutating func writeTools() throws(TranslationError) {
        // Only OpenAI itself knows `allowed_tools`; elsewhere the others are not even shown.
        let tools = capabilities.isOpenAI ? request.tools : request.allowedTools
        let hosted = isOwn ? [] : try request.hostedTools(among: tools)
        try writeSearchOptions(hosted)
        let isChosen = request.chosenHostedTool(among: hosted) != nil
        if isChosen { report.add("tool_choice") }
        let declared = isOwn ? tools : tools.filter(\.isRunByClient)
        guard !declared.isEmpty else { return }
        writer.key("tools")
        writer.beginArray()
        for tool in declared { write(tool) }
        writer.endArray()
        if let choice = request.toolChoice, !isChosen { write(choice) }
        if request.allowsParallelToolCalls == false {
            writer.key("parallel_tool_calls")
            writer.value(false)
        }
    }

    /// OpenAI's models made for searching have a field for it; no other tool of a provider can be said in this dialect.
    private mutating func writeSearchOptions(_ hosted: [HostedTool]) throws(TranslationError) {
        guard let search = hosted.first else { return }
        let searches = capabilities.isOpenAI && context.model.contains("-search")
        if let other = hosted.first(where: { !searches || $0.kind != .webSearch }) { throw other.refusal }
        writer.key("web_search_options")
        writer.beginObject()
        for setting in search.settings {
            switch setting.meaning {
            case .contextSize:
                writer.key("search_context_size")
                writer.value(setting.value)
            case .userLocation:
                writer.key("user_location")
                writer.beginObject()
                writer.key("type")
                writer.value("approximate")
                writer.key("approximate")
                writer.beginObject()
                for member in setting.value.members where !member.value.isNull && !member.isNamed("type") {
                    writer.key(member.name)
                    writer.value(member.value)
                }
                writer.endObject()
                writer.endObject()
            case .allowedDomains, .blockedDomains, .maximumUses, .other: report.add(setting.name)
            }
        }
        writer.endObject()
    }

    /// What the client said, or means by silence: the Responses API is strict then where the schema allows, Chat never.
    ///
    /// Only OpenAI's own endpoint is told so; others may not know the field the client did not write.
    private func strictness(of function: FunctionTool, isFit: Bool) -> Bool? {
        let isTried = request.origin == .openAIResponses && capabilities.isOpenAI && isFit
        return function.isStrict ?? (isTried ? true : nil)
    }

    private mutating func write(_ tool: Tool) {
        switch tool {
        case .function(let function):
            for field in function.vendorFields where !field.name.equals("eager_input_streaming") {
                report.add("tools.\(field.name.string)")
            }
            beginTool("function", name: function.name, description: function.description)
            if let parameters = function.parameters {
                writer.key("parameters")
                SchemaCompiler.writeAnyParameters(parameters, keepsEmpty: isOwn, into: &writer)
            }
            let isFit = function.parameters.map(SchemaCompiler.isStrictForOpenAI) ?? false
            if let isStrict = strictness(of: function, isFit: isFit) {
                if isStrict, !isOwn, !isFit {
                    // OpenAI refuses the whole request over a strict schema with an optional property.
                    report.add("tools.strict", "unenforced")
                } else {
                    writer.key("strict")
                    writer.value(isStrict)
                }
            }
            endTool()
        case .custom(let name, let description, _) where wrapsCustomTools:
            report.add("tools.custom", "wrapped")
            customTools.insert(names.sentName(name))
            beginTool("function", name: name, description: description)
            writer.key("parameters")
            writer.raw(
                Array(#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#.utf8)[...])
            endTool()
        case .custom(let name, let description, let format):
            beginTool("custom", name: name, description: description)
            if let format {
                writer.key("format")
                writer.value(format)
            }
            endTool()
        case .hosted(let hosted):
            if hosted.origin == .openAIChat {
                writer.value(hosted.raw)
            } else if let client = AnthropicClientTool(hosted) {
                beginTool("function", name: client.name, description: JSONText(client.description))
                writer.key("parameters")
                writer.raw(Array(client.schema.utf8)[...])
                endTool()
            }
        }
    }

    private mutating func beginTool(_ type: StaticString, name: JSONText, description: JSONText?) {
        writer.beginObject()
        writer.key("type")
        writer.value(type)
        writer.key(type)
        writer.beginObject()
        writer.key("name")
        writer.value(names.sentName(name))
        if let description {
            writer.key("description")
            writer.value(description)
        }
    }

    private mutating func endTool() {
        writer.endObject()
        writer.endObject()
    }

    private mutating func write(_ choice: ToolChoice) {
        if case .hosted = choice { return report.add("tool_choice") }
        writer.key("tool_choice")
        switch choice {
        case .auto: writer.value("auto")
        case .none: writer.value("none")
        case .required: writer.value("required")
        case .named(let name): writeReference(to: name)
        case .allowed(let allowed, let isRequired):
            let known = allowed.filter { name in request.tools.contains { $0.name == name } }
            guard capabilities.isOpenAI, !known.isEmpty else {
                return isRequired ? writer.value("required") : writer.value("auto")
            }
            writer.beginObject()
            writer.key("type")
            writer.value("allowed_tools")
            writer.key("allowed_tools")
            writer.beginObject()
            writer.key("mode")
            writer.value(isRequired ? "required" : "auto")
            writer.key("tools")
            writer.beginArray()
            for name in known { writeReference(to: name) }
            writer.endArray()
            writer.endObject()
            writer.endObject()
        case .hosted: preconditionFailure("left above")
        }
    }

    private mutating func writeReference(to name: JSONText) {
        let isCustom = request.tools.contains { tool in
            if case .custom(let known, _, _) = tool { known == name } else { false }
        }
        let type: StaticString = isCustom && !wrapsCustomTools ? "custom" : "function"
        writer.beginObject()
        writer.key("type")
        writer.value(type)
        writer.key(type)
        writer.beginObject()
        writer.key("name")
        writer.value(names.sentName(name))
        writer.endObject()
        writer.endObject()
    }
}

extension Tool {
    /// Whether it can be told as a function: the client's own, or Anthropic's that its client runs.
    fileprivate var isRunByClient: Bool {
        if case .hosted(let part) = self { AnthropicClientTool(part) != nil } else { true }
    }
}
