public import OmniJSON

/// Judges as suites write them.
extension EvalJudge {
    static let maximumText = 20_000
    private static let types = "exact, contains, regex, json_schema, model"

    /// Reads a judge: `type` and what belongs to it, or the older `strategy` and `value`.
    public init(_ fields: JSONFields) throws(FieldFault) {
        let hasType = fields.value("type") != nil
        guard let type = try fields.string(hasType ? "type" : "strategy", maximum: 40), !type.isEmpty else {
            throw FieldFault(fields.path("type"), "required; one of \(Self.types)")
        }
        var ignoresCase: Bool?
        try fields.read("ignoreCase", into: &ignoresCase)
        var negated: Bool?
        try fields.read("negate", into: &negated)
        switch type {
        case "exact": rule = .exact(try fields.text("value"), ignoresCase: ignoresCase ?? false)
        case "contains": rule = try Self.contains(fields, ignoresCase: ignoresCase ?? true)
        case "regex":
            let name: StaticString =
                fields.value("pattern") == nil && fields.value("value") != nil ? "value" : "pattern"
            let pattern = try fields.text(name)
            do throws(LinearRegex.Fault) {
                _ = try LinearRegex(pattern)
            } catch {
                throw FieldFault(fields.path("\(name)"), error.message)
            }
            rule = .regex(pattern, ignoresCase: ignoresCase ?? false)
        case "json_schema", "json-schema", "jsonSchema":
            let name: StaticString = fields.value("schema") == nil && fields.value("value") != nil ? "value" : "schema"
            guard let schema = fields.value(name) else { throw FieldFault(fields.path("schema"), "required") }
            rule = .jsonSchema(try AnswerSchema(schema, path: fields.path("\(name)")))
        case "model", "llm", "judge":
            let name: StaticString = fields.value("rubric") == nil && fields.value("value") != nil ? "value" : "rubric"
            let model = try fields.string("model", maximum: 400)
            rule = .model(rubric: try fields.text(name), model: model?.isEmpty == true ? nil : model)
        default: throw FieldFault(fields.path(hasType ? "type" : "strategy"), "must be one of \(Self.types)")
        }
        isNegated = negated ?? false
        guard !isNegated || !asksModel else {
            throw FieldFault(fields.path("negate"), "a model is told by its rubric what must not be")
        }
        let known: Set = [
            "type", "strategy", "value", "values", "match", "ignoreCase", "negate", "pattern", "schema", "rubric",
            "model",
        ]
        if let unknown = fields.unknown(besides: known).first { throw FieldFault(unknown, "is not known here") }
    }

    private static func contains(_ fields: JSONFields, ignoresCase: Bool) throws(FieldFault) -> Rule {
        let match = try fields.string("match", maximum: 10) ?? "all"
        guard ["all", "any"].contains(match) else { throw FieldFault(fields.path("match"), "must be all or any") }
        guard let list = fields.value("values") else {
            return .contains([try fields.text("value")], ignoresCase: ignoresCase, isAny: match == "any")
        }
        let texts = list.elements.compactMap(\.string)
        guard list.kind == .array, !texts.isEmpty, texts.count == Array(list.elements).count, texts.count <= 50 else {
            throw FieldFault(fields.path("values"), "must be an array of 1 to 50 strings")
        }
        for (index, text) in texts.enumerated() where text.isEmpty || text.utf8.count > maximumText {
            throw FieldFault(fields.path("values[\(index)]"), "must have 1 to \(maximumText) bytes")
        }
        return .contains(texts, ignoresCase: ignoresCase, isAny: match == "any")
    }

    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.string(name)
        switch rule {
        case .exact(let value, let ignoresCase):
            writer.optional("value", value)
            writer.key("ignoreCase")
            writer.value(ignoresCase)
        case .contains(let values, let ignoresCase, let isAny):
            writer.strings("values", values)
            writer.key("match")
            writer.value(isAny ? "any" : "all")
            writer.key("ignoreCase")
            writer.value(ignoresCase)
        case .regex(let pattern, let ignoresCase):
            writer.optional("pattern", pattern)
            writer.key("ignoreCase")
            writer.value(ignoresCase)
        case .jsonSchema(let schema):
            writer.key("schema")
            writer.raw(schema.text[...])
        case .model(let rubric, let model):
            writer.optional("rubric", rubric)
            writer.optional("model", model)
        }
        if isNegated {
            writer.key("negate")
            writer.value(true)
        }
        writer.endObject()
    }

    /// The judge as `strategy` and `value`, for programs that know one judge for each case.
    func writeExpectation(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("strategy")
        switch rule {
        case .exact(let value, _):
            writer.value("exact")
            writer.optional("value", value)
        case .contains(let values, _, _):
            writer.value("contains")
            writer.optional("value", values.first)
        case .regex(let pattern, _):
            writer.value("regex")
            writer.optional("value", pattern)
        case .jsonSchema(let schema):
            writer.value("json_schema")
            writer.key("value")
            writer.raw(schema.text[...])
        case .model(let rubric, _):
            writer.value("model")
            writer.optional("value", rubric)
        }
        writer.endObject()
    }
}

extension EvalJudgement {
    init(_ fields: JSONFields) throws(FieldFault) {
        self.init(
            type: fields.value("type")?.string ?? "", verdict: try fields.choice("verdict") ?? .error,
            reason: fields.value("reason")?.string ?? "", isNegated: fields.value("negate")?.bool ?? false)
        score = fields.value("score")?.double
        model = fields.value("model")?.string
        requestID = fields.value("requestId")?.string
        cost = fields.value("costUsd")?.double.flatMap { NanoDollars(dollars: $0) }
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("type", type)
        writer.optional("verdict", verdict.rawValue)
        writer.optional("reason", reason)
        if isNegated {
            writer.key("negate")
            writer.value(true)
        }
        writer.optional("score", score)
        if let model {
            writer.optional("model", model)
            writer.optional("requestId", requestID)
            writer.amount("costUsd", cost)
        }
        writer.endObject()
    }
}

extension JSONFields {
    /// A text as it is, line breaks and white space included, which must not be empty.
    func text(_ name: StaticString, maximum: Int = EvalJudge.maximumText) throws(FieldFault) -> String {
        guard let value = value(name) else { throw FieldFault(path("\(name)"), "required") }
        guard let text = value.string else { throw FieldFault(path("\(name)"), "must be a string") }
        guard !text.isEmpty else { throw FieldFault(path("\(name)"), "must not be empty") }
        guard text.utf8.count <= maximum else { throw FieldFault(path("\(name)"), "longer than \(maximum) bytes") }
        return text
    }
}

extension JSONWriter {
    /// Dollars with all their digits; null is unknown.
    mutating func amount(_ name: StaticString, _ amount: NanoDollars?) {
        key(name)
        if let amount { raw(Array(amount.text.utf8)[...]) } else { null() }
    }
}
