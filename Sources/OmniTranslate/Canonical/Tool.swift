public import OmniJSON

/// A tool the model may call.
public enum Tool: Sendable {
    case function(FunctionTool)
    /// A tool that takes free text (OpenAI `custom`). format: the origin's grammar object, verbatim.
    case custom(name: JSONText, description: JSONText?, format: JSONValue?)
    /// A tool the provider runs itself or whose schema only it knows, verbatim.
    case hosted(UnknownPart)
}

/// A tool the client runs with arguments that match a schema.
public struct FunctionTool: Sendable {
    public var name: JSONText
    public var description: JSONText?
    /// A JSON Schema, verbatim; nil when the function takes no arguments.
    public var parameters: JSONValue?
    public var isStrict: Bool?
    public var cacheBreakpoint: CacheBreakpoint?
    /// Further fields of the declaration, such as `input_examples`.
    public var vendorFields: [VendorField] = []

    public init(
        name: JSONText, description: JSONText? = nil, parameters: JSONValue? = nil, isStrict: Bool? = nil,
        cacheBreakpoint: CacheBreakpoint? = nil
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.isStrict = isStrict
        self.cacheBreakpoint = cacheBreakpoint
    }
}

/// Whether the model may, must or must not call a tool, and which.
public enum ToolChoice: Sendable {
    case auto
    case none
    case required
    case named(JSONText)
    /// Only these tools; isRequired: whether one of them must be called.
    case allowed(names: [JSONText], isRequired: Bool)
    /// A choice only its origin understands, verbatim.
    case hosted(JSONValue)
}

/// The arguments of a call in the form their dialect carries them.
public enum ToolArguments: Sendable {
    /// A JSON value, normally an object (Anthropic, Gemini, Ollama).
    case value(JSONValue)
    /// A string holding JSON text (OpenAI); may be empty or malformed.
    case string(JSONText)
}

/// A call the model made; the client answers it with a ``ToolResult`` of the same id.
public struct ToolCall: Sendable {
    public var id: JSONText
    public var name: JSONText
    public var arguments: ToolArguments
    /// Whether it calls a free-text tool; then the arguments are that text.
    public var isCustom: Bool
    public var cacheBreakpoint: CacheBreakpoint?
    public var state: OpaqueState?
    /// The group of tools the called one belongs to (OpenAI Responses `namespace`).
    public var namespace: JSONText?

    public init(id: JSONText, name: JSONText, arguments: ToolArguments, isCustom: Bool = false) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.isCustom = isCustom
    }
}

/// What a tool gave back, or the words of its failure.
public struct ToolResult: Sendable {
    public var callID: JSONText
    public var name: JSONText?
    /// Text, media and unknown parts; empty when the tool returned nothing.
    public var content: [Part]
    public var isError: Bool
    public var cacheBreakpoint: CacheBreakpoint?

    public init(callID: JSONText, name: JSONText? = nil, content: [Part], isError: Bool = false) {
        self.callID = callID
        self.name = name
        self.content = content
        self.isError = isError
    }
}

extension Tool {
    /// What calls it by; nil for tools only their origin knows.
    var name: JSONText? {
        switch self {
        case .function(let function): function.name
        case .custom(let name, _, _): name
        case .hosted: nil
        }
    }
}

extension CanonicalRequest {
    /// The tools a choice of `allowed` leaves; all of them when it names none that exists, for an empty list would take
    /// the model's hands away.
    var allowedTools: [Tool] {
        guard case .allowed(let names, _) = toolChoice else { return tools }
        let kept = tools.filter { tool in tool.name.map(names.contains) ?? false }
        return kept.isEmpty ? tools : kept
    }
}
