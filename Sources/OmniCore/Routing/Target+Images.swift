import OmniTranslate

extension Target {
    /// How its upstream wants to be asked for images; nil when it makes none.
    var imageDialect: ImageDialect? {
        func isOf(_ provider: String, _ hosts: String...) -> Bool {
            self.provider == ProviderID(provider) || hosts.contains { endpoint.host.hasSuffix($0) }
        }
        switch format {
        case .gemini: return model.hasPrefix("imagen") ? .imagen : .gemini
        case .anthropicMessages, .ollama: return nil
        case .openAIChat, .openAIResponses: break
        }
        if isOf("xai", "api.x.ai") { return .xAI }
        if isOf("together", ".together.xyz", ".together.ai") { return .together }
        if isOf("openrouter", "openrouter.ai") { return .openRouter }
        if isOf("fireworks", ".fireworks.ai") {
            guard model.contains("flux") else { return .fireworksSDXL }
            return model.contains("kontext") ? .fireworksKontext : .fireworksFlux
        }
        return .openAI
    }
}

extension UpstreamEndpoint {
    /// Where images are made, beside a format's chat operation; nil where none are.
    func imageOperation(
        of format: WireFormat, dialect: ImageDialect, operation: ImageRequest.Operation, model: String
    ) -> UpstreamEndpoint? {
        guard scheme != .simulator else { return nil }
        var (base, query) = parts
        if base.hasSuffix(format.operation) { base = base.dropLast(format.operation.count) }
        var result = self
        switch dialect {
        case .openAI, .xAI: result.path = base + (operation == .edit ? "/images/edits" : "/images/generations") + query
        case .together: result.path = base + "/images/generations" + query
        case .fireworksFlux: result.path = base + "/workflows/\(model.pathEncoded)/text_to_image" + query
        case .fireworksKontext: result.path = base + "/workflows/\(model.pathEncoded)" + query
        case .fireworksSDXL: result.path = base + "/image_generation/\(model.pathEncoded)" + query
        case .gemini: result.path = base + "/models/\(model.pathEncoded):generateContent" + query
        case .imagen: result.path = base + "/models/\(model.pathEncoded):predict" + query
        case .openRouter: return self
        }
        return result
    }

    /// Where the image is asked for that another call ordered.
    var imageResultOperation: UpstreamEndpoint {
        let (base, query) = parts
        var result = self
        result.path = base + "/get_result" + query
        return result
    }

    /// Where text is spoken, beside a format's chat operation.
    func speechOperation(of format: WireFormat) -> UpstreamEndpoint? {
        guard scheme != .simulator else { return nil }
        var (base, query) = parts
        if base.hasSuffix(format.operation) { base = base.dropLast(format.operation.count) }
        var result = self
        result.path = base + "/audio/speech" + query
        return result
    }
}
