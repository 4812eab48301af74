import OmniJSON

extension OllamaRequestEncoder {
    /// The model sees the tools it may call; that it must call one cannot be said.
    mutating func writeTools() throws(TranslationError) {
        if request.allowsParallelToolCalls == false, !request.tools.isEmpty {
            report.add("parallel_tool_calls")
        }
        let tools = try chosenTools()
        guard !tools.isEmpty else { return }
        writer.key("tools")
        writer.beginArray()
        for tool in tools { try write(tool) }
        writer.endArray()
    }

    private mutating func chosenTools() throws(TranslationError) -> [Tool] {
        guard !request.tools.isEmpty else { return [] }
        switch request.toolChoice {
        case nil, .auto: return request.tools
        case .some(.none): return []
        case .required, .hosted:
            report.add("tool_choice")
            return request.tools
        case .named(let name):
            report.add("tool_choice")
            let named = request.tools.filter { $0.name == name }
            return named.isEmpty ? request.tools : named
        case .allowed(_, let isRequired):
            if isRequired { report.add("tool_choice") }
            return request.allowedTools
        }
    }

    private mutating func write(_ tool: Tool) throws(TranslationError) {
        switch tool {
        case .function(let function):
            for field in function.vendorFields where !field.name.equals("eager_input_streaming") {
                report.add("tools.\(field.name.string)")
            }
            begin(function.name, function.description)
            SchemaCompiler.writeToolParameters(function.parameters, into: &writer)
            end()
        case .custom(let name, let description, _):
            report.add("tools.custom", "wrapped")
            customTools.insert(name)
            begin(name, description)
            writer.raw(
                Array(#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#.utf8)[...])
            end()
        case .hosted(let hosted):
            if hosted.origin == .ollama {
                writer.value(hosted.raw)
            } else if let client = AnthropicClientTool(hosted) {
                begin(client.name, JSONText(client.description))
                writer.raw(Array(client.schema.utf8)[...])
                end()
            } else {
                throw TranslationError(
                    .unsupported, "the tool '\(hosted.type.string)' runs at another provider only", at: "tools")
            }
        }
    }

    /// Everything but the parameters.
    ///
    /// Templates print the description whether there is one or not.
    private mutating func begin(_ name: JSONText, _ description: JSONText?) {
        writer.beginObject()
        writer.key("type")
        writer.value("function")
        writer.key("function")
        writer.beginObject()
        writer.key("name")
        writer.value(name)
        writer.key("description")
        writer.value(description ?? .empty)
        writer.key("parameters")
    }

    private mutating func end() {
        writer.endObject()
        writer.endObject()
    }
}
