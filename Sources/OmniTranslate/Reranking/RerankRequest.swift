public import OmniJSON

/// What a client wants ranked, whatever its dialect.
public struct RerankRequest: Sendable {
    /// One document.
    public enum Document: Sendable {
        case text(JSONText)
        /// An object, with its text where it has one.
        case object(JSONValue, text: JSONText?)
    }

    /// The dialect an answer is written in.
    public enum AnswerDialect: Sendable, Hashable {
        /// `results`, as Cohere, Jina and Together have it.
        case cohere
        /// `data`, as Voyage has it.
        case voyage
    }

    public let query: JSONText
    public let documents: [Document]
    /// How many documents are wanted; nil for all.
    public let limit: Int?
    /// Whether the answer repeats the documents.
    public let returnsDocuments: Bool
    /// Whether too long documents are cut; nil leaves it to the upstream.
    public let truncates: Bool?
    /// Which members of objects are looked at (Cohere's first version, Together).
    public let rankedFields: JSONValue?
    /// How many tokens of each document are looked at (Cohere).
    public let tokensPerDocument: Int?
    /// Fields that only some upstream may know.
    public let furtherFields: [VendorField]
    public let answerDialect: AnswerDialect

    /// Reads a client's request, in the words of Cohere, Jina, Together or Voyage.
    ///
    /// - Throws: an error of code invalid that names the field.
    public init(_ body: JSONValue) throws(TranslationError) {
        let reader = try FieldReader(body)
        query = try reader.requiredText("query")
        guard !query.isEmpty else { throw TranslationError(.invalid, "must not be empty", at: "query") }
        documents = try Self.documents(reader)
        limit = try reader.int("top_n", or: "top_k", minimum: 1)
        returnsDocuments = try reader.bool("return_documents") ?? false
        truncates = try reader.bool("truncation")
        rankedFields = try reader.array("rank_fields")
        tokensPerDocument = try reader.int("max_tokens_per_doc", minimum: 1)
        // Voyage's SDK sends `truncation` with every request.
        let isVoyage = reader.value("top_k") != nil || truncates != nil
        answerDialect = isVoyage ? .voyage : .cohere
        furtherFields = reader.further(than: [
            "model", "query", "documents", "top_n", "top_k", "return_documents", "truncation", "rank_fields",
            "max_tokens_per_doc",
        ])
    }

    private static func documents(_ reader: FieldReader) throws(TranslationError) -> [Document] {
        guard let array = try reader.array("documents") else {
            throw TranslationError(.invalid, "field required", at: "documents")
        }
        var documents: [Document] = []
        for (index, element) in array.elements.enumerated() {
            if let text = element.text {
                documents.append(.text(text))
            } else {
                let path = "documents[\(index)]"
                guard element.kind == .object else {
                    throw TranslationError(.invalid, "must be a string or an object with a text", at: path)
                }
                documents.append(.object(element, text: try FieldReader(element, path: path).text("text")))
            }
        }
        guard !documents.isEmpty else {
            throw TranslationError(.invalid, "must be an array that is not empty", at: "documents")
        }
        return documents
    }
}
