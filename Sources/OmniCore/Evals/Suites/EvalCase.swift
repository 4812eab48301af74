import Crypto
import OmniJSON

/// One question of a suite and what its answer is held against.
public struct EvalCase: Sendable, Hashable {
    /// Unique in its suite.
    public var id: String
    public var name: String
    /// What is asked when a run names no model; nil for whatever the run asks.
    public var model: String?
    /// The conversation and its settings as an object of the OpenAI Chat dialect, without the members a run sets.
    public var input: [UInt8]
    /// All must be content.
    public var judges: [EvalJudge]
    public var tags: [String]

    public init(
        id: String, name: String, model: String? = nil, input: [UInt8], judges: [EvalJudge], tags: [String] = []
    ) {
        self.id = id
        self.name = name
        self.model = model
        self.input = input
        self.judges = judges
        self.tags = tags
    }

    /// A case that asks one question.
    public init(id: String, name: String, asking question: String, judges: [EvalJudge], tags: [String] = []) {
        self.init(id: id, name: name, input: Self.input(asking: question), judges: judges, tags: tags)
    }

    /// What a model is sent.
    public func request(to model: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        // Looked through when the case was read.
        if let object = try? JSONValue(parsing: input) {
            for member in object.members {
                writer.key(member.name)
                writer.value(member.value)
            }
        }
        writer.endObject()
        return writer.bytes
    }

    /// Tells whether two runs asked and judged the same.
    public var digest: String {
        var writer = JSONWriter()
        writer.beginArray()
        writer.raw(input[...])
        for judge in judges { judge.write(into: &writer) }
        writer.endArray()
        return Array(SHA256.hash(data: writer.bytes).prefix(8)).hexadecimal
    }

    static func input(asking question: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("messages")
        writer.beginArray()
        writer.beginObject()
        writer.key("role")
        writer.value("user")
        writer.optional("content", question)
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
