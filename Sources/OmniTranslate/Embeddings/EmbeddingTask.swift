public import OmniJSON

/// What vectors are for; models for search embed a question in another way than what is searched.
public enum EmbeddingTask: Sendable, Hashable {
    case document, query, classification, clustering, similarity
    /// One that only Gemini knows.
    case gemini(JSONText)

    /// Reads a task in the words of Cohere, NVIDIA, Voyage, Jina or Gemini; nil for one nobody has.
    init?(_ name: JSONText) {
        switch name.string {
        case "query", "search_query", "retrieval.query", "RETRIEVAL_QUERY": self = .query
        case "document", "passage", "search_document", "retrieval.passage", "RETRIEVAL_DOCUMENT": self = .document
        case "classification", "CLASSIFICATION": self = .classification
        case "clustering", "separation", "CLUSTERING": self = .clustering
        case "text-matching", "SEMANTIC_SIMILARITY": self = .similarity
        case "QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY": self = .gemini(name)
        default: return nil
        }
    }

    /// Gemini's word.
    var geminiName: JSONText {
        switch self {
        case .document: "RETRIEVAL_DOCUMENT"
        case .query: "RETRIEVAL_QUERY"
        case .classification: "CLASSIFICATION"
        case .clustering: "CLUSTERING"
        case .similarity: "SEMANTIC_SIMILARITY"
        case .gemini(let name): name
        }
    }

    /// Cohere's word; nil where it has none.
    var cohereName: JSONText? {
        switch self {
        case .document: "search_document"
        case .query: "search_query"
        case .classification: "classification"
        case .clustering: "clustering"
        case .similarity, .gemini: nil
        }
    }

    /// Jina's word; nil where it has none.
    var jinaName: JSONText? {
        switch self {
        case .document: "retrieval.passage"
        case .query: "retrieval.query"
        case .classification: "classification"
        case .clustering: "separation"
        case .similarity: "text-matching"
        case .gemini: nil
        }
    }

    /// Voyage's word; nil where it has none.
    var voyageName: JSONText? {
        switch self {
        case .document: "document"
        case .query: "query"
        case .classification, .clustering, .similarity, .gemini: nil
        }
    }

    /// NVIDIA's word; nil where it has none.
    var nvidiaName: JSONText? {
        switch self {
        case .document: "passage"
        case .query: "query"
        case .classification, .clustering, .similarity, .gemini: nil
        }
    }
}
