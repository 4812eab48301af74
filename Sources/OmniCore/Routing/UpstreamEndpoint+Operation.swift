public import OmniTranslate

extension UpstreamEndpoint {
    /// Where a format's chat operation lies below the base URL a person entered.
    ///
    /// People paste bases with and without a version segment, and whole operation URLs; all of them are understood:
    /// `https://h`, `https://h/v1`, `https://h/v1/chat/completions`, `https://h/anthropic`. Gemini names the model in the
    /// path, so that its operation is a base until ``operation(of:model:isStreaming:usesArrayFraming:)`` completes it.
    public func chatOperation(_ format: WireFormat) -> UpstreamEndpoint {
        var (base, query) = parts
        var result = self
        if format == .gemini {
            if let models = base.start(of: "/models/") { base = base[..<models] }
            result.path = (base.isEmpty ? "/v1beta" : String(base)) + query
            return result
        }
        if format == .ollama {
            // Ollama's interface for other dialects is at `/v1`; its own lies beside it.
            if base.hasSuffix("/v1") { base = base.dropLast(3) }
            if base.hasSuffix("/api") { base = base.dropLast(4) }
        }
        if !base.hasSuffix(format.operation) {
            // OpenAI's SDKs take the version as a part of the base URL, Anthropic's do not.
            let isVersioned = format == .anthropicMessages ? base.hasSuffix("/v1") : !base.isEmpty || format == .ollama
            base += (isVersioned ? "" : "/v1") + format.operation
        }
        result.path = String(base) + query
        return result
    }

    /// Where the list of models lies beside a format's chat operation.
    public func modelsOperation(_ format: WireFormat) -> UpstreamEndpoint {
        var (base, query) = parts
        var result = self
        if base.hasSuffix(format.operation) { base = base.dropLast(format.operation.count) }
        result.path = base + (format == .ollama ? "/api/tags" : "/models") + query
        return result
    }

    /// The address of one call: for Gemini with model and method in the path, for others as it is.
    public func operation(
        of format: WireFormat, model: String, isStreaming: Bool, usesArrayFraming: Bool
    ) -> UpstreamEndpoint {
        guard format == .gemini, scheme != .simulator else { return self }
        let (base, query) = parts
        var address = ""
        address.reserveCapacity(path.utf8.count + model.utf8.count + 64)
        address += base
        address += "/models/"
        address += model.pathEncoded
        address += isStreaming ? ":streamGenerateContent" : ":generateContent"
        if !query.isEmpty { address += query }
        if isStreaming, !usesArrayFraming { address += query.isEmpty ? "?alt=sse" : "&alt=sse" }
        var result = self
        result.path = address
        return result
    }

    /// Where a format's tokens are counted, beside its chat operation; nil where nothing counts them.
    func countOperation(of format: WireFormat, model: String) -> UpstreamEndpoint? {
        guard scheme != .simulator else { return nil }
        let (base, query) = parts
        var result = self
        switch format {
        case .anthropicMessages: result.path = base + "/count_tokens" + query
        case .openAIResponses: result.path = base + "/input_tokens" + query
        case .gemini: result.path = base + "/models/\(model.pathEncoded):countTokens" + query
        case .openAIChat, .ollama: return nil
        }
        return result
    }

    /// Whether it is Cohere's own service, also by its imitation of Chat.
    var isCohere: Bool { host.hasSuffix(".cohere.com") || host.hasSuffix(".cohere.ai") }

    /// Where embeddings are made, beside a format's chat operation; nil where none are.
    public func embeddingOperation(
        of format: WireFormat, dialect: EmbeddingDialect, model: String
    ) -> UpstreamEndpoint? {
        guard scheme != .simulator else { return nil }
        var (base, query) = parts
        if base.hasSuffix(format.operation) { base = base.dropLast(format.operation.count) }
        var result = self
        switch dialect {
        case .openAI, .mistral, .nvidia, .voyage, .jina: result.path = base + "/embeddings" + query
        case .gemini: result.path = base + "/models/\(model.pathEncoded):embedContent" + query
        case .geminiBatch: result.path = base + "/models/\(model.pathEncoded):batchEmbedContents" + query
        case .ollama, .ollamaPrompt: result.path = base + "/api/embed" + query
        case .cohere: result.path = cohereOperation("embed", of: format)
        }
        return result
    }

    /// The path without slashes at its end, and the query with its question mark.
    var parts: (path: Substring, query: Substring) {
        // By bytes, for characters take many times as long and Gemini's requests ask.
        let query = path.utf8.firstIndex(of: UInt8(ascii: "?")) ?? path.endIndex
        var base = path.utf8[..<query]
        while base.last == UInt8(ascii: "/") { base = base.dropLast() }
        return (Substring(base), path[query...])
    }
}

extension WireFormat {
    /// The last part of the path of the chat operation; empty for Gemini, which has one for each model.
    var operation: String {
        switch self {
        case .openAIChat: "/chat/completions"
        case .openAIResponses: "/responses"
        case .anthropicMessages: "/messages"
        case .ollama: "/api/chat"
        case .gemini: ""
        }
    }
}

extension Substring {
    /// Where an ASCII text stands in this one for the first time.
    fileprivate func start(of text: String) -> Index? {
        indices.first { self[$0...].hasPrefix(text) }
    }
}

extension String {
    /// Percent-encoded for one segment of a path or a value of a query (RFC 3986 2.3): all but letters, digits, `-._~`.
    var percentEncoded: String { encoded(keepsSeparators: false) }

    /// The same with slashes and colons as they are, as model ids have them.
    var pathEncoded: String { encoded(keepsSeparators: true) }

    private func encoded(keepsSeparators: Bool) -> String {
        func isKept(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                true
            case UInt8(ascii: "/"), UInt8(ascii: ":"): keepsSeparators
            default: false
            }
        }
        guard !utf8.allSatisfy(isKept) else { return self }
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = utf8.flatMap { byte in
            isKept(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
