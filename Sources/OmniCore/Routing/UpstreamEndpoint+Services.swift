import OmniTranslate

/// Where services other than chat lie beside an upstream's chat operation.
extension UpstreamEndpoint {
    /// The host of NVIDIA's chat; its ranking is on another.
    static let nvidiaHost = "integrate.api.nvidia.com"

    /// Where documents are ranked; nil where none are.
    func rerankOperation(of format: WireFormat, dialect: RerankDialect, model: String) -> UpstreamEndpoint? {
        guard scheme != .simulator else { return nil }
        var result = self
        switch dialect {
        case .cohere: result.path = cohereOperation("rerank", of: format)
        case .jina, .voyage, .together, .fireworks, .compatible: result.path = beside(format, "/rerank")
        case .nvidia where host == Self.nvidiaHost:
            // One path for each model, with points written as underscores.
            // https://docs.api.nvidia.com/nim/reference/nvidia-llama-3_2-nv-rerankqa-1b-v2-infer
            result = onHost("ai.api.nvidia.com")
            let name = model.pathEncoded.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "_")
            result.path = "/v1/retrieval/\(name)/reranking"
        case .nvidia: result.path = beside(format, "/ranking")
        }
        return result
    }

    /// Where content is judged; nil where none is.
    func moderationOperation(of format: WireFormat) -> UpstreamEndpoint? {
        guard scheme != .simulator, format == .openAIChat || format == .openAIResponses else { return nil }
        var result = self
        result.path = beside(format, "/moderations")
        return result
    }

    /// An operation of Cohere's second version, beside its imitation of Chat.
    func cohereOperation(_ name: String, of format: WireFormat) -> String {
        var base = base(of: format)
        for suffix in ["/v1", "/v2", "/compatibility"] where base.hasSuffix(suffix) {
            base = base.dropLast(suffix.count)
        }
        return base + "/v2/\(name)" + parts.query
    }

    private func beside(_ format: WireFormat, _ operation: String) -> String {
        base(of: format) + operation + parts.query
    }

    /// The path without a format's chat operation.
    private func base(of format: WireFormat) -> Substring {
        let base = parts.path
        return base.hasSuffix(format.operation) ? base.dropLast(format.operation.count) : base
    }
}
