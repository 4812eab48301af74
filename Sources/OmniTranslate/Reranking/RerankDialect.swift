/// How requests to rank documents and their answers are written.
public enum RerankDialect: Sendable, Hashable {
    /// `/v2/rerank` of Cohere.
    case cohere
    /// `/v1/rerank` of Jina, also of local servers that imitate it.
    case jina
    /// `/v1/rerank` of Voyage.
    case voyage
    /// `/v1/rerank` of Together.
    case together
    /// `/inference/v1/rerank` of Fireworks.
    case fireworks
    /// `…/reranking` of NVIDIA's service, `/v1/ranking` of its servers at home.
    case nvidia
    /// A server of which nothing is known but that it imitates one of the others.
    case compatible

    /// Whether documents may be objects with members of any name.
    var takesObjects: Bool {
        switch self {
        case .jina, .together, .compatible: true
        case .cohere, .voyage, .fireworks, .nvidia: false
        }
    }
}
