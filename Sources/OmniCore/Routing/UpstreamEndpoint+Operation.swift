public import OmniTranslate

extension UpstreamEndpoint {
    /// Where a format's chat operation lies below the base URL a person entered.
    ///
    /// People paste bases with and without a version segment, and whole operation URLs; all of them are understood:
    /// `https://h`, `https://h/v1`, `https://h/v1/chat/completions`, `https://h/anthropic`.
    public func chatOperation(_ format: WireFormat) -> UpstreamEndpoint {
        let query = path.firstIndex(of: "?") ?? path.endIndex
        var base = path[..<query]
        while base.hasSuffix("/") { base = base.dropLast() }
        let operation = format == .anthropicMessages ? "/messages" : "/chat/completions"
        var result = self
        if base.hasSuffix(operation) {
            result.path = String(base) + path[query...]
            return result
        }
        // OpenAI's SDKs take the version as a part of the base URL, Anthropic's do not.
        let isVersioned = format == .anthropicMessages ? base.hasSuffix("/v1") : !base.isEmpty
        result.path = base + (isVersioned ? "" : "/v1") + operation + path[query...]
        return result
    }

    /// Where the list of models lies beside a format's chat operation.
    public func modelsOperation(_ format: WireFormat) -> UpstreamEndpoint {
        let operation = format == .anthropicMessages ? "/messages" : "/chat/completions"
        let query = path.firstIndex(of: "?") ?? path.endIndex
        var result = self
        var base = path[..<query]
        if base.hasSuffix(operation) { base = base.dropLast(operation.count) }
        result.path = base + "/models" + path[query...]
        return result
    }
}
