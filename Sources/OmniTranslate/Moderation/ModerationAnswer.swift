public import OmniJSON

/// The judgements of a moderation upstream.
public struct ModerationAnswer: Sendable {
    private let body: JSONValue
    private let results: [JSONValue]
    /// Tokens of the input; nil when the upstream does not say.
    public let tokens: Int?

    /// - Parameter count: how many things were to be judged.
    /// - Throws: an error of code malformedAnswer, also when there are more or fewer judgements.
    public init(_ body: JSONValue, count: Int) throws(TranslationError) {
        self.body = body
        results = body.present("results").map { Array($0.elements) } ?? []
        tokens = body.present("usage")?.present("prompt_tokens")?.int
        guard results.count == count, results.allSatisfy({ $0.present("categories")?.kind == .object }) else {
            throw TranslationError(.malformedAnswer, "\(results.count) judgements for \(count) inputs")
        }
    }

    /// What OpenAI calls a category of Mistral; what it has no word for keeps its own.
    private static let names: [(mistral: StaticString, openAI: StaticString)] = [
        ("sexual", "sexual"),
        ("hate_and_discrimination", "hate"),
        ("violence_and_threats", "violence"),
        ("dangerous_and_criminal_content", "illicit"),
        ("dangerous", "illicit"),
        ("selfharm", "self-harm"),
    ]

    /// Writes Mistral's answer as OpenAI would.
    ///
    /// Categories that only OpenAI has are left out: nobody judged them. That one is flagged follows from its categories.
    /// - Parameters:
    ///   - model: the name it is given out as.
    ///   - report: is told that categories are missing.
    public func encodedFromMistral(model: String, report: inout TranslationReport) -> [UInt8] {
        report.add("categories", "partial")
        var writer = JSONWriter(reservingCapacity: body.raw.count + 256)
        writer.beginObject()
        writer.key("id")
        if let id = body.present("id")?.text { writer.value(id) } else { writer.value("modr-0") }
        writer.key("model")
        writer.string(model)
        writer.key("results")
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.key("flagged")
            let categories = result.present("categories").map { Array($0.members) } ?? []
            writer.value(categories.contains { $0.value.bool == true })
            writer.key("categories")
            Self.write(categories, into: &writer)
            writer.key("category_scores")
            Self.write(result.present("category_scores").map { Array($0.members) } ?? [], into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ members: [JSONMember], into writer: inout JSONWriter) {
        writer.beginObject()
        for member in members {
            if let known = names.first(where: { member.isNamed($0.mistral) }) {
                writer.key(known.openAI)
            } else {
                writer.key(member.name)
            }
            writer.value(member.value)
        }
        writer.endObject()
    }
}
