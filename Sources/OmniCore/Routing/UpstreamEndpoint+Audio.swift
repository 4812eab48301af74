import OmniTranslate

extension Target {
    /// How its upstream wants requests for transcriptions written; nil when it makes none.
    var transcriptionDialect: TranscriptionDialect? {
        guard endpoint.scheme != .simulator else { return nil }
        if provider == ProviderID("deepgram") || endpoint.host.hasSuffix(".deepgram.com") { return .deepgram }
        if provider == ProviderID("assemblyai") || endpoint.host.hasSuffix(".assemblyai.com") { return .assemblyAI }
        return switch format {
        case .openAIChat, .openAIResponses: .openAI
        case .gemini, .ollama, .anthropicMessages: nil
        }
    }
}

extension UpstreamEndpoint {
    /// Where speech is put into words, beside a format's chat operation.
    func transcriptionOperation(of format: WireFormat, translates: Bool) -> UpstreamEndpoint {
        var (base, query) = parts
        if base.hasSuffix(format.operation) { base = base.dropLast(format.operation.count) }
        var result = self
        result.path = base + (translates ? "/audio/translations" : "/audio/transcriptions") + query
        return result
    }

    /// An operation of a service, below its base URL with or without the version.
    /// - Parameter version: the segment that its own addresses have, such as `v1`.
    public func serviceOperation(_ operation: String, version: String) -> UpstreamEndpoint {
        var (base, query) = parts
        if base.hasSuffix("/\(version)") { base = base.dropLast(version.utf8.count + 1) }
        var result = self
        result.path = base + "/\(version)/\(operation)" + query
        return result
    }
}
