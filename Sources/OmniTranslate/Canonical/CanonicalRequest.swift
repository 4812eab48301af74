public import OmniJSON

/// One chat request, independent of any wire format: a superset of what all of them can say.
///
/// Texts, schemas and arguments are slices of the client's bytes. What a decoder does not understand is kept beside
/// what it does (``VendorField``, ``Part/unknown(_:)``), tagged with its origin, never dropped.
public struct CanonicalRequest: Sendable {
    /// The format this request was decoded from.
    public var origin: WireFormat
    /// The client's `anthropic-version`, when the origin is Anthropic.
    public var apiVersion: String?
    public var model: String
    public var isStreaming = false
    /// Whether the client asked for usage inside the stream (`stream_options.include_usage`); others always get it.
    public var includesStreamUsage = false
    /// All turns in order, system and developer instructions included.
    public var messages: [Message] = []
    public var tools: [Tool] = []
    public var toolChoice: ToolChoice?
    public var allowsParallelToolCalls: Bool?
    public var maxOutputTokens: Int?
    public var sampling = Sampling()
    public var stopSequences: [JSONText] = []
    public var responseFormat: ResponseFormat?
    public var reasoning: Reasoning?
    /// How many choices are wanted; nil means one.
    public var choiceCount: Int?
    public var logprobs: Logprobs?
    public var verbosity: JSONText?
    public var serviceTier: JSONText?
    /// The end user's identifier as the client sent it.
    public var user: JSONText?
    /// A metadata object other than the user's identifier, verbatim.
    public var metadata: JSONValue?
    public var isStored: Bool?
    public var promptCacheKey: JSONText?
    /// Gemini's thresholds for its filters, verbatim; nobody else has them.
    public var safetySettings: JSONValue?
    /// A cache breakpoint set on the request as a whole.
    public var cacheBreakpoint: CacheBreakpoint?
    /// Fields of Anthropic's `output_config` without a canonical place.
    public var outputVendorFields: [VendorField] = []
    /// Wishes for the machine that runs the model (Ollama's `keep_alive`, `options.num_ctx`): silent elsewhere.
    public var runtimeHints: [VendorField] = []
    /// Top-level fields without a canonical place, in their order.
    public var vendorFields: [VendorField] = []

    public init(origin: WireFormat, model: String) {
        self.origin = origin
        self.model = model
    }
}

/// Parameters that shape the choice of tokens; numbers keep the client's text.
public struct Sampling: Sendable {
    public var temperature: JSONNumber?
    public var topP: JSONNumber?
    public var topK: JSONNumber?
    public var frequencyPenalty: JSONNumber?
    public var presencePenalty: JSONNumber?
    public var seed: JSONNumber?
    /// A map from token id to bias, verbatim.
    public var logitBias: JSONValue?

    public init() {}
}

/// Which log probabilities are wanted.
public struct Logprobs: Sendable {
    /// Alternatives per token, 0 to 20.
    public var topCount: Int?

    public init(topCount: Int?) {
        self.topCount = topCount
    }
}

/// A field of one wire format kept verbatim.
public struct VendorField: Sendable {
    public var name: JSONText
    public var value: JSONValue

    public init(name: JSONText, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// One turn.
public struct Message: Sendable {
    public enum Role: String, Sendable { case system, developer, user, assistant, tool }

    public var role: Role
    public var parts: [Part]
    public var name: JSONText?
    public var vendorFields: [VendorField] = []

    public init(role: Role, parts: [Part], name: JSONText? = nil) {
        self.role = role
        self.parts = parts
        self.name = name
    }
}

/// The form an answer must have.
public enum ResponseFormat: Sendable {
    case text
    case jsonObject
    /// - name and description: nil where the client's dialect has none. schema: a JSON Schema, verbatim.
    case jsonSchema(name: JSONText?, description: JSONText?, schema: JSONValue, isStrict: Bool?)

    /// The words that ask for it, where an interface has no field for it or wants it said; nil for text.
    var instruction: JSONText? {
        switch self {
        case .text: nil
        case .jsonObject: "Reply with one JSON object and nothing else."
        case .jsonSchema(_, _, let schema, _):
            "Reply with one JSON object and nothing else. It must match this JSON Schema: "
                + JSONText(escaping: schema.raw)
        }
    }
}

/// How much the model shall think, and what of it shall be shown.
public struct Reasoning: Sendable {
    public enum Effort: String, Sendable, CaseIterable { case none, minimal, low, medium, high, xhigh, max }
    public enum Visibility: String, Sendable { case hidden, summary, full }

    /// nil leaves the amount to the model.
    public var effort: Effort?
    /// A budget in tokens, when the client gave one.
    public var budgetTokens: Int?
    public var visibility: Visibility?
    /// The client's own object (`thinking`, `reasoning`), for replay in its own dialect.
    public var native: JSONValue?

    public init(
        effort: Effort? = nil, budgetTokens: Int? = nil, visibility: Visibility? = nil, native: JSONValue? = nil
    ) {
        self.effort = effort
        self.budgetTokens = budgetTokens
        self.visibility = visibility
        self.native = native
    }
}

/// A mark up to which the upstream shall cache the prompt.
public struct CacheBreakpoint: Sendable {
    /// The lifetime as written by the client (`5m`, `1h`, `30m`); nil for the provider's default.
    public var lifetime: JSONText?

    public init(lifetime: JSONText? = nil) {
        self.lifetime = lifetime
    }
}
