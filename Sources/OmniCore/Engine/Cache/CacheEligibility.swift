import OmniJSON
import OmniTranslate

extension RequestEnvelope {
    /// Whether the cache may answer, as far as a few members of the body tell; costs no more than a look at each.
    func mayBeCached(_ settings: CacheSettings, format: WireFormat) -> Bool {
        switch settings.mode {
        case .off: return false
        case .deterministic: if !asksForOneAnswer(format) { return false }
        case .all: break
        }
        return !dependsOnState(format)
    }

    /// Whether temperature 0 or a seed says that the same answer is wanted every time.
    ///
    /// A temperature that is left out is the upstream's own, which is not 0.
    private func asksForOneAnswer(_ format: WireFormat) -> Bool {
        let options: JSONValue? =
            switch format {
            case .openAIChat, .openAIResponses, .anthropicMessages: body
            case .gemini: body.present("generationConfig") ?? body.present("generation_config")
            case .ollama: body.present("options")
            }
        guard let options else { return false }
        return options.present("temperature")?.double == 0 || options.present("seed") != nil
    }

    /// Whether the answer depends on something the upstream keeps, or is to be kept by it.
    private func dependsOnState(_ format: WireFormat) -> Bool {
        if body.present("store")?.bool == true { return true }
        guard format == .openAIResponses else { return false }
        return body.present("background")?.bool == true || body.present("previous_response_id") != nil
            || body.present("conversation") != nil || body.present("prompt") != nil
    }
}
