public import OmniJSON

/// What came of one case with one model.
public struct EvalCaseResult: Sendable, Hashable {
    /// How a case can end.
    public enum Outcome: String, Sendable, CaseIterable {
        case passed, failed
        /// There was no answer, or a judge could not decide.
        case error
    }

    public var caseID: String
    public var caseName: String
    public var model: String
    /// Of what was asked and how it was judged (``EvalCase/digest``).
    public var digest: String
    public var outcome = Outcome.error
    /// For people; nil unless the outcome is an error.
    public var error: String?
    public var judgements: [EvalJudgement] = []
    /// The answer's text; of a long one its beginning.
    public var output = ""
    public var isOutputCut = false
    /// Why the answer ended, as the OpenAI Chat dialect tells it.
    public var finishReason: String?
    /// What the model's call was answered with; nil where none was answered.
    public var status: Int?
    /// Until the whole answer was there; nil where there was none that could be judged.
    public var latencyMS: Int?
    /// Judging included.
    public var durationMS = 0
    public var provider: String?
    public var servedModel: String?
    public var requestID: String?
    /// Of the answer and the judges.
    public var inputTokens = 0
    public var outputTokens = 0
    /// Of the answer and the judges; nil when a price is unknown.
    public var cost: NanoDollars?
    /// Whether the run ended before the case did; then the result is not kept.
    var isCutOff = false

    /// The longest output that is kept, in bytes.
    public static let maximumOutput = 32 << 10

    public init(of one: EvalCase, model: String) {
        caseID = one.id
        caseName = one.name
        self.model = model
        digest = one.digest
    }

    mutating func keep(_ text: String) {
        guard text.utf8.count > Self.maximumOutput else {
            output = text
            return
        }
        // Whole characters only: a cut one would become another.
        output = String(decoding: text.utf8.prefix(Self.maximumOutput), as: UTF8.self)
        while output.unicodeScalars.last == "\u{FFFD}" { output.unicodeScalars.removeLast() }
        isOutputCut = true
    }

    /// All judges must be content; one that could not decide makes an error of what would have passed.
    mutating func conclude() {
        if error != nil || judgements.contains(where: { $0.verdict == .error }) {
            error = error ?? judgements.first { $0.verdict == .error }.map { "\($0.type): \($0.reason)" }
            outcome = .error
        } else {
            outcome = judgements.allSatisfy { $0.verdict == .pass } ? .passed : .failed
        }
    }
}

extension EvalCaseResult {
    public init(_ fields: JSONFields) throws(FieldFault) {
        caseID = fields.value("caseId")?.string ?? ""
        caseName = fields.value("caseName")?.string ?? ""
        model = fields.value("model")?.string ?? ""
        digest = fields.value("caseDigest")?.string ?? ""
        outcome = try fields.choice("outcome") ?? .error
        error = fields.value("error")?.string
        if let list = try fields.nested("details")?.value("judgements") {
            for element in list.elements { judgements.append(try EvalJudgement(JSONFields(element))) }
        }
        output = fields.value("output")?.string ?? ""
        isOutputCut = fields.value("outputTruncated")?.bool ?? false
        finishReason = fields.value("finishReason")?.string
        status = fields.value("statusCode")?.int
        latencyMS = fields.value("latencyMs")?.int
        durationMS = fields.value("durationMs")?.int ?? 0
        provider = fields.value("provider")?.string
        servedModel = fields.value("servedModel")?.string
        requestID = fields.value("requestId")?.string
        inputTokens = fields.value("inputTokens")?.int ?? 0
        outputTokens = fields.value("outputTokens")?.int ?? 0
        cost = fields.dollars("costUsd")
    }

    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("caseId", caseID)
        writer.optional("caseName", caseName)
        writer.optional("model", model)
        writer.key("passed")
        writer.value(outcome == .passed)
        writer.optional("outcome", outcome.rawValue)
        writer.key("durationMs")
        writer.value(durationMS)
        writer.optional("error", error)
        writer.optional("output", output)
        if isOutputCut {
            writer.key("outputTruncated")
            writer.value(true)
        }
        writer.optional("finishReason", finishReason)
        writer.optional("statusCode", status)
        writer.optional("latencyMs", latencyMS)
        writer.optional("provider", provider)
        writer.optional("servedModel", servedModel)
        writer.optional("requestId", requestID)
        writer.key("inputTokens")
        writer.value(inputTokens)
        writer.key("outputTokens")
        writer.value(outputTokens)
        writer.amount("costUsd", cost)
        writer.optional("caseDigest", digest)
        writer.key("details")
        writer.beginObject()
        writer.key("judgements")
        writer.beginArray()
        for judgement in judgements { judgement.write(into: &writer) }
        writer.endArray()
        writer.endObject()
        writer.endObject()
    }
}
