public import OmniJSON

/// One use of a tool its provider ran itself: what the model asked for, and what came of it.
public struct HostedCall: Sendable {
    public enum Action: Sendable {
        /// A search of the web; at some providers one use holds several queries.
        case search(queries: [JSONText])
        /// A look at one page.
        case open(url: JSONText)
        case run(code: JSONText, Language)
        /// A call of a tool at a server of the Model Context Protocol; arguments: JSON text.
        case server(label: JSONText, tool: JSONText, arguments: JSONText)
    }

    public enum Language: Sendable { case python, shell }

    public struct Source: Sendable {
        public var url: JSONText
        public var title: JSONText?
    }

    public struct Outcome: Sendable {
        /// The pages a search found.
        public var sources: [Source] = []
        /// What code printed or a server's tool answered; of a failure, the provider's word for it.
        public var text: JSONText = ""
        /// Whether the tool itself could not do it, or a server's tool says that it failed.
        public var isFailure = false
        /// Whether the code ran but ended with an error.
        public var hasFailed = false

        public init() {}
    }

    /// The origin's id of the call.
    public var id: JSONText
    public var action: Action
    /// nil when the answer ended before the tool was done.
    public var outcome: Outcome?
    /// The blocks, item or parts as the origin wrote them; nothing where it only told of the call beside its answer.
    public var pieces: [UnknownPart] = []
    /// What of the outcome the members above do not hold, such as pictures; names for reports.
    public var leftOut: [String] = []

    public init(id: JSONText, action: Action, outcome: Outcome? = nil, pieces: [UnknownPart] = []) {
        self.id = id
        self.action = action
        self.outcome = outcome
        self.pieces = pieces
    }
}

extension HostedCall {
    /// Stands in the ids of calls told in a dialect that is not their origin's: no provider knows them, and none may
    /// see them (``EnvelopeRemoval``).
    static let foreignMark = Array("_rtr1.".utf8)

    /// Whether an id was made for a client of another dialect than the call's origin.
    static func isForeign(_ id: JSONText) -> Bool {
        guard let start = id.escaped.firstIndex(of: UInt8(ascii: "_")) else { return false }
        return id.escaped[start...].starts(with: foreignMark)
    }

    /// Whether the pieces are what this dialect wrote itself and may get back.
    func isNative(to format: WireFormat) -> Bool {
        !pieces.isEmpty && pieces.allSatisfy { $0.origin == format } && !Self.isForeign(id)
    }
}

extension TranslationReport {
    /// Reports a call that cannot be told, by the names its origin has for its pieces.
    /// - Parameter prefix: what stands before the names, with its dot.
    mutating func addPieces(of call: HostedCall, at prefix: String = "") {
        for piece in call.pieces { add(prefix + piece.type.string) }
    }
}
