import OmniJSON

/// Cases as suites write them.
extension EvalCase {
    static let maximumInput = 200_000
    private static let maximumJudges = 10
    /// What a run decides.
    private static let setByRun = ["model", "stream", "stream_options", "n"]
    private static let roles: Set<String> = ["system", "developer", "user", "assistant", "tool"]
    private static let names: Set<String> = ["id", "name", "model", "input", "expected", "judges", "tags"]

    /// - Parameter number: its place in the suite, from 1, for what has no name of its own.
    public init(_ fields: JSONFields, number: Int) throws(FieldFault) {
        if let unknown = fields.unknown(besides: Self.names).first { throw FieldFault(unknown, "is not known here") }
        id = try fields.string("id", maximum: 100) ?? ""
        if id.isEmpty { id = "case-\(number)" }
        name = try fields.string("name", maximum: 200) ?? ""
        if name.isEmpty { name = id }
        model = try fields.string("model", maximum: 400)
        if model?.isEmpty == true { model = nil }
        input = try Self.input(fields)
        judges = try Self.judges(fields)
        tags = try fields.strings("tags", maximum: 100, count: 50) ?? []
    }

    /// An object with `messages`, or a text that is the only one.
    private static func input(_ fields: JSONFields) throws(FieldFault) -> [UInt8] {
        if fields.value("input")?.string != nil {
            return input(asking: try fields.text("input", maximum: maximumInput))
        }
        guard let object = try fields.nested("input"), let value = fields.value("input") else {
            throw FieldFault(fields.path("input"), "required: a question, or an object with messages")
        }
        guard value.raw.count <= maximumInput else {
            throw FieldFault(fields.path("input"), "longer than \(maximumInput) bytes")
        }
        let members = object.members.map(\.name)
        if let taken = setByRun.first(where: members.contains) {
            throw FieldFault(object.path(taken), "is set by the run")
        }
        // Of two the last would count here and perhaps the first elsewhere.
        guard Set(members).count == members.count else { throw FieldFault(fields.path("input"), "has a member twice") }
        let path = object.path("messages")
        guard let messages = object.value("messages"), messages.kind == .array else {
            throw FieldFault(path, "required: an array of messages")
        }
        var count = 0
        for message in messages.elements {
            guard message.kind == .object else { throw FieldFault("\(path)[\(count)]", "must be an object") }
            guard let role = message["role"]?.string, roles.contains(role) else {
                throw FieldFault("\(path)[\(count)].role", "must be one of \(roles.sorted().joined(separator: ", "))")
            }
            count += 1
        }
        guard count > 0 else { throw FieldFault(path, "must not be empty") }
        return Array(value.raw)
    }

    /// `judges`, or the one of `expected`.
    private static func judges(_ fields: JSONFields) throws(FieldFault) -> [EvalJudge] {
        guard let list = fields.value("judges") else {
            guard let expected = try fields.nested("expected") else {
                throw FieldFault(fields.path("judges"), "required: how an answer is judged")
            }
            return [try EvalJudge(expected)]
        }
        let path = fields.path("judges")
        guard list.kind == .array else { throw FieldFault(path, "must be an array") }
        var judges: [EvalJudge] = []
        for element in list.elements {
            guard judges.count < maximumJudges else { throw FieldFault(path, "more than \(maximumJudges)") }
            judges.append(try EvalJudge(JSONFields(element, path: "\(path)[\(judges.count)]")))
        }
        guard !judges.isEmpty else { throw FieldFault(path, "must not be empty") }
        return judges
    }

    /// - Parameter showsExpectations: false leaves out how answers are judged.
    func write(into writer: inout JSONWriter, showsExpectations: Bool = true) {
        writer.beginObject()
        writer.optional("id", id)
        writer.optional("name", name)
        writer.key("model")
        if let model { writer.string(model) } else { writer.null() }
        writer.key("input")
        writer.raw(input[...])
        writer.strings("tags", tags)
        if showsExpectations {
            writer.key("judges")
            writer.beginArray()
            for judge in judges { judge.write(into: &writer) }
            writer.endArray()
            if let first = judges.first {
                writer.key("expected")
                first.writeExpectation(into: &writer)
            }
        }
        writer.endObject()
    }
}
