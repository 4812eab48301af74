/// Decides whether an answer is what a case asked for.
public struct EvalJudge: Sendable, Hashable {
    /// What is looked at.
    public enum Rule: Sendable, Hashable {
        /// The whole text, white space around it left aside.
        case exact(String, ignoresCase: Bool)
        /// All of these texts, or any.
        case contains([String], ignoresCase: Bool, isAny: Bool)
        /// A pattern of ``LinearRegex`` that matches somewhere.
        case regex(String, ignoresCase: Bool)
        /// The answer is JSON and fits.
        case jsonSchema(AnswerSchema)
        /// Another model says whether it meets a rubric; nil takes the judge of the run.
        case model(rubric: String, model: String?)
    }

    public var rule: Rule
    /// Whether the answer must not be so.
    public var isNegated: Bool

    public init(_ rule: Rule, isNegated: Bool = false) {
        self.rule = rule
        self.isNegated = isNegated
    }

    /// Whether a model must be asked.
    public var asksModel: Bool {
        if case .model = rule { true } else { false }
    }

    /// As suites name it.
    public var name: String {
        switch rule {
        case .exact: "exact"
        case .contains: "contains"
        case .regex: "regex"
        case .jsonSchema: "json_schema"
        case .model: "model"
        }
    }

    /// What the rule says about an answer; nil when a model must be asked.
    public func judgement(of answer: String) -> EvalJudgement? {
        switch rule {
        case .exact(let expected, let ignoresCase):
            let isSame = Self.folded(answer.trimmed, ignoresCase) == Self.folded(expected.trimmed, ignoresCase)
            return judgement(isSame, "the answer is", "the answer is not", Self.shortened(expected.trimmed))
        case .contains(let texts, let ignoresCase, let isAny):
            let folded = Self.folded(answer, ignoresCase)
            let missing = texts.filter { !TextSearch(Self.folded($0, ignoresCase)).isFound(in: folded) }
            let holds = isAny ? missing.count < texts.count : missing.isEmpty
            let shown = (holds ? texts : missing).map(Self.shortened).joined(separator: ", ")
            return judgement(holds, isAny ? "holds one of" : "holds", isAny ? "holds none of" : "does not hold", shown)
        case .regex(let pattern, let ignoresCase):
            // Read without fault when the suite was; a pattern of a later version may not be.
            let regex = try? LinearRegex(pattern, options: LinearRegex.Options(ignoresCase: ignoresCase))
            guard let regex else { return EvalJudgement(type: name, fault: "the pattern cannot be read") }
            guard let holds = regex.matches(answer) else {
                return EvalJudgement(type: name, fault: "the pattern takes too long on this answer")
            }
            return judgement(holds, "matches", "does not match", Self.shortened(pattern))
        case .jsonSchema(let schema):
            guard let value = EvalAnswerText.json(in: answer) else {
                return judgement(false, "", "the answer is not JSON", "")
            }
            let problem = schema.problem(with: value)
            return judgement(problem == nil, "fits the schema", problem ?? "", "")
        case .model: return nil
        }
    }

    private func judgement(_ holds: Bool, _ good: String, _ bad: String, _ what: String) -> EvalJudgement {
        EvalJudgement(
            type: name, verdict: holds != isNegated ? .pass : .fail,
            reason: "\(holds ? good : bad) \(what)".trimmed, isNegated: isNegated)
    }

    private static func folded(_ text: String, _ ignoresCase: Bool) -> String {
        ignoresCase ? text.lowercased() : text
    }

    private static func shortened(_ text: String) -> String {
        text.count <= 200 ? "'\(text)'" : "'\(text.prefix(200))…'"
    }
}

/// What one judge said of one answer.
public struct EvalJudgement: Sendable, Hashable {
    /// What a judge can say.
    public enum Verdict: String, Sendable, CaseIterable {
        case pass, fail
        /// It could not decide.
        case error
    }

    /// The judge's name.
    public var type: String
    public var verdict: Verdict
    /// For people.
    public var reason: String
    public var isNegated = false
    /// From 0 to 1; nil where the judge gave none.
    public var score: Double?
    /// The model that was asked; nil for judges that ask none, like what follows.
    public var model: String?
    public var requestID: String?
    public var cost: NanoDollars?

    public init(type: String, verdict: Verdict, reason: String, isNegated: Bool = false) {
        self.type = type
        self.verdict = verdict
        self.reason = reason
        self.isNegated = isNegated
    }

    /// A judge that could not decide.
    public init(type: String, fault: String) {
        self.init(type: type, verdict: .error, reason: fault)
    }
}
