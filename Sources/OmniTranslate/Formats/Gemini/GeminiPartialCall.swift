import OmniJSON

/// A call whose arguments come over several parts (Vertex, `streamFunctionCallArguments`).
///
/// The first part has the name; each says by `willContinue` whether another follows, and the last may be empty. Whoever
/// asks for a tool to be called needs the arguments whole, and paths may come in any order, so they are collected.
struct GeminiPartialCall: Sendable {
    let id: JSONText
    let name: JSONText
    private(set) var state: OpaqueState?
    private var pieces = GeminiPartialArguments()
    /// `args`, where an upstream gives them whole after all.
    private var whole: JSONValue?
    private(set) var isComplete = false

    init(id: JSONText, name: JSONText) {
        self.id = id
        self.name = name
    }

    /// Whether a call is the beginning of one that comes in pieces.
    static func begins(with call: JSONValue) -> Bool {
        call.present("partialArgs") != nil || call["willContinue"]?.bool == true
    }

    /// Whether a call that follows is more of this one: it has no name, or the same one and no other id.
    func isContinued(by call: JSONValue) -> Bool {
        if let id = call["id"]?.text, !id.isEmpty, id != self.id { return false }
        guard let name = call["name"]?.text, !name.isEmpty else { return true }
        return name == self.name
    }

    /// - Returns: false when the piece makes no sense.
    mutating func add(_ call: JSONValue, state: OpaqueState?) -> Bool {
        self.state = self.state ?? state
        isComplete = call["willContinue"]?.bool != true
        if let arguments = call.present("args"), arguments.members.contains(where: { _ in true }) { whole = arguments }
        guard let pieces = call.present("partialArgs") else { return true }
        return self.pieces.add(pieces)
    }

    /// The arguments; nil when there were none.
    var arguments: JSONValue? {
        if let whole { return whole }
        // Made of values that were parsed, it parses.
        return pieces.isEmpty ? nil : try? JSONValue(parsing: pieces.json)
    }
}
