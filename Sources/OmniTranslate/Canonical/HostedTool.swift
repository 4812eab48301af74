public import OmniJSON

/// A tool a provider runs itself, in terms that more than one provider knows.
///
/// Read from a ``Tool/hosted(_:)`` declaration, or from the fields other dialects have for it, when the request goes to
/// another dialect; its own dialect gets the declaration as it was.
public struct HostedTool: Sendable {
    public enum Kind: Sendable, Hashable { case webSearch, webFetch, codeExecution, mcpServer }

    public var kind: Kind
    /// The client's field that asks for it: `tools` or `web_search_options`.
    public var field: String
    /// The client's name of the tool, such as `web_search_20250305`.
    public var type: JSONText
    public var settings: [Setting] = []
    /// Whose tools it brings, when it is a server's.
    public var server: MCPServer?

    public init(_ kind: Kind, type: JSONText, field: String = "tools") {
        self.kind = kind
        self.field = field
        self.type = type
    }

    /// A wish about how the tool works.
    public struct Setting: Sendable {
        public enum Meaning: Sendable {
            case allowedDomains, blockedDomains
            /// An object with `city`, `country`, `region` and `timezone`, none of which must be there.
            case userLocation
            /// `low`, `medium` or `high`.
            case contextSize
            case maximumUses
            /// Only the client's dialect knows it.
            case other
        }

        public var meaning: Meaning
        /// Its name in reports, such as `tools.max_uses`.
        public var name: String
        public var value: JSONValue
    }
}

/// A server of the Model Context Protocol the provider is to connect to.
public struct MCPServer: Sendable {
    public var label: JSONText
    public var url: JSONText
    /// The bearer token the server asks for.
    public var token: JSONText?
    /// Further HTTP headers for the server, each a string.
    public var headers: [VendorField] = []
    /// The only tools the model may see; nil for all of them.
    public var allowedTools: [JSONText]?

    public init(label: JSONText, url: JSONText) {
        self.label = label
        self.url = url
    }
}

extension HostedTool {
    /// What a client is told when the target has no such tool.
    var refusal: TranslationError {
        field == "tools"
            ? TranslationError(.unsupported, "the tool '\(type.string)' runs at another provider only", at: field)
            : TranslationError(.unsupported, "this model does not search the web", at: field)
    }

    /// Takes in the members of a declaration but for the named ones; those that only say what is so anyway are skipped.
    /// - Parameter prefix: what stands before their names in reports, with its dot.
    mutating func addSettings(of object: JSONValue, except known: [StaticString], prefix: String) {
        for member in object.members where !known.contains(where: member.name.equals) {
            guard !Self.saysNothing(member) else { continue }
            settings.append(
                Setting(
                    meaning: Self.meaning(of: member.name), name: prefix + member.name.string, value: member.value))
        }
    }

    private static func meaning(of name: JSONText) -> Setting.Meaning {
        switch name.string {
        case "allowed_domains": .allowedDomains
        case "blocked_domains", "excludeDomains", "exclude_domains": .blockedDomains
        case "user_location": .userLocation
        case "search_context_size": .contextSize
        case "max_uses": .maximumUses
        default: .other
        }
    }

    /// Whether a setting asks for what every provider does by itself.
    private static func saysNothing(_ member: JSONMember) -> Bool {
        let value = member.value
        switch member.name.string {
        case "strict", "defer_loading": return value.isNull || value.bool == false
        case "external_web_access": return value.isNull || value.bool == true
        case "citations": return value.isNull || value["enabled"]?.bool == false
        case "allowed_callers":
            return value.isNull || value.elements.allSatisfy { $0.isString("direct") }
        default: return value.isNull
        }
    }

    /// Writes a place as OpenAI and Anthropic have it.
    static func write(location: JSONValue, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value("approximate")
        for member in location.members where !member.value.isNull && !member.isNamed("type") {
            writer.key(member.name)
            writer.value(member.value)
        }
        writer.endObject()
    }
}
