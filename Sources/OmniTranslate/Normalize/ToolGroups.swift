import OmniJSON

/// Tells the groups of tools of a Responses request as single tools, for no other dialect has groups.
///
/// `read` of the group `mcp__fs` goes by `mcp__fs__read` in declarations, choices and the history alike. Tools that the
/// conversation brings along (`additional_tools`, what a search for tools found) are declared with the others.
struct ToolGroups {
    /// The group of tools outside of any, by OpenAI's name for it; clients may write it or not.
    private static let outermost: JSONText = "functions"

    /// The tools of groups by the names they go by.
    private(set) var members: [JSONText: GroupedTool] = [:]
    private(set) var report = TranslationReport()
    private var names: [GroupedTool: JSONText] = [:]
    /// The names of tools outside of groups.
    private var single: Set<JSONText> = []
    /// The tools as they are declared, and their names.
    private var tools: [Tool] = []
    private var declared: Set<JSONText> = []

    /// - Throws: ``TranslationError`` with `invalid` for a declaration that lacks something, with `unsupported` for what
    ///   another provider runs inside of a group.
    mutating func dissolve(in request: inout CanonicalRequest) throws(TranslationError) {
        guard request.mayHoldGroups else { return }
        let brought = try Self.takeBroughtTools(from: &request.messages)
        for tool in request.tools + brought { if let name = tool.name { single.insert(name) } }
        for tool in request.tools { try declare(tool) }
        for tool in brought {
            if let name = tool.name, declared.contains(name) { continue }
            try declare(tool)
        }
        request.tools = tools
        request.toolChoice = request.toolChoice.map(dissolved)
        renameCalls(of: &request.messages)
    }

    // MARK: Declarations

    private mutating func declare(_ tool: Tool) throws(TranslationError) {
        guard case .hosted(let part) = tool else {
            if let name = tool.name { declared.insert(name) }
            return tools.append(tool)
        }
        if part.type.equals("namespace") {
            try declareMembers(of: FieldReader(part.raw, path: "tools"))
        } else if part.type.equals("tool_search"), part.raw["execution"]?.isString("client") != true {
            // What could be found is shown at once.
            report.add("tools.tool_search", "expanded")
        } else {
            tools.append(tool)
        }
    }

    private mutating func declareMembers(of group: FieldReader) throws(TranslationError) {
        let namespace = try group.requiredText("name")
        for fields in try group.objects("tools") {
            let tool = try OpenAIResponsesRequestDecoder.tool(fields)
            guard let name = tool.name else {
                throw TranslationError(.unsupported, "only functions and free-text tools can be grouped", at: "tools")
            }
            let sent = sentName(of: GroupedTool(namespace: namespace, name: name))
            // A group may come again with some of its tools when a search finds them.
            if declared.insert(sent).inserted { tools.append(tool.named(sent)) }
        }
        if try group.text("description")?.isBlank == false { report.add("tools.namespace", "flattened") }
    }

    private mutating func sentName(of member: GroupedTool) -> JSONText {
        if let known = names[member] { return known }
        var name = member.joinedName(outermost: Self.outermost)
        if single.contains(name) || members[name] != nil {
            let hash = StableHash.hex24(member.namespace.escaped + [0] + member.name.escaped).prefix(8)
            name += "_" + JSONText(escaped: Array(hash)[...])
        }
        names[member] = name
        members[name] = member
        return name
    }

    // MARK: Choices

    private func dissolved(_ choice: ToolChoice) -> ToolChoice {
        switch choice {
        case .named(let name):
            let meant = sentNames(meantBy: name)
            return meant.count == 1 ? .named(meant[0]) : .allowed(names: meant, isRequired: true)
        case .allowed(let names, let isRequired):
            return .allowed(names: names.flatMap(sentNames), isRequired: isRequired)
        case .auto, .none, .required, .hosted: return choice
        }
    }

    /// The names sent of the tools a choice means, which has a tool's own name only, or that of a whole group.
    private func sentNames(meantBy name: JSONText) -> [JSONText] {
        if single.contains(name) { return [name] }
        let meant = tools.compactMap { tool in
            tool.name.flatMap { sent in
                members[sent].flatMap { $0.name == name || $0.namespace == name ? sent : nil }
            }
        }
        return meant.isEmpty ? [name] : meant
    }

    // MARK: The conversation

    private mutating func renameCalls(of messages: inout [Message]) {
        for position in messages.indices where messages[position].role == .assistant {
            for index in messages[position].parts.indices {
                guard case .toolCall(var call) = messages[position].parts[index], let namespace = call.namespace
                else { continue }
                call.name = sentName(of: GroupedTool(namespace: namespace, name: call.name))
                call.namespace = nil
                messages[position].parts[index] = .toolCall(call)
            }
        }
    }

    /// Takes out what does nothing but declare tools; what a search found stays, as a piece of the model's turn.
    private static func takeBroughtTools(from messages: inout [Message]) throws(TranslationError) -> [Tool] {
        var tools: [Tool] = []
        var kept: [Message] = []
        kept.reserveCapacity(messages.count)
        for message in messages {
            var isDeclaration = false
            for case .unknown(let part) in message.parts where part.bringsTools {
                let fields = try FieldReader(part.raw, path: "input")
                for tool in try fields.objects("tools") { tools.append(try OpenAIResponsesRequestDecoder.tool(tool)) }
                isDeclaration = part.type.equals("additional_tools")
            }
            if !isDeclaration { kept.append(message) }
        }
        messages = kept
        return tools
    }
}

extension CanonicalRequest {
    /// Whether there is anything to dissolve; few requests have groups.
    fileprivate var mayHoldGroups: Bool {
        let isDeclared = tools.contains { tool in
            guard case .hosted(let part) = tool else { return false }
            return part.type.equals("namespace") || part.type.equals("tool_search")
        }
        return isDeclared
            || messages.contains { message in
                message.parts.contains { part in
                    switch part {
                    case .toolCall(let call): call.namespace != nil
                    case .unknown(let part): part.bringsTools
                    case .text, .refusal, .media, .reasoning, .toolResult, .hostedCall: false
                    }
                }
            }
    }
}

extension UnknownPart {
    /// Whether it is an item of the conversation from which on further tools can be called.
    fileprivate var bringsTools: Bool {
        isItem && (type.equals("additional_tools") || type.equals("tool_search_output"))
    }
}

extension GroupedTool {
    /// Both names in one; some clients end the names of their groups with the separator.
    fileprivate func joinedName(outermost: JSONText) -> JSONText {
        if namespace == outermost { return name }
        return namespace.escaped.suffix(2).elementsEqual("__".utf8) ? namespace + name : namespace + "__" + name
    }
}

extension Tool {
    fileprivate func named(_ name: JSONText) -> Tool {
        switch self {
        case .function(var function):
            function.name = name
            return .function(function)
        case .custom(_, let description, let format):
            return .custom(name: name, description: description, format: format)
        case .hosted: return self
        }
    }
}
