import OmniJSON

extension TranscriptionRequest {
    /// The job for AssemblyAI's `/v2/transcript`.
    ///
    /// <https://www.assemblyai.com/docs/api-reference/transcripts/submit>
    /// - Parameter audioURL: where the upload answered that the file is.
    /// - Throws: an error of code unsupported for what cannot be asked.
    public func assemblyAIJob(
        model: String, audioURL: String, isStrict: Bool
    ) throws(TranslationError) -> (body: [UInt8], report: TranslationReport) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("audio_url")
        writer.string(audioURL)
        writer.key("speech_models")
        writer.beginArray()
        for name in Self.assemblyAIModels(model) { writer.string(name) }
        writer.endArray()
        // Both at once are an error there.
        if let language {
            writer.key("language_code")
            writer.string(language)
        } else {
            writer.key("language_detection")
            writer.value(true)
        }
        if format == .diarizedJSON {
            writer.key("speaker_labels")
            writer.value(true)
        }
        var lost: [String] = []
        if let terms, !terms.isEmpty {
            writer.key("keyterms_prompt")
            writer.beginArray()
            for term in terms.prefix(200) { writer.string(term) }
            writer.endArray()
        } else if terms == nil {
            lost.append("prompt")
        }
        if temperature != nil { lost.append("temperature") }
        writer.endObject()
        return (writer.bytes, try losses(isStrict: isStrict, alsoLosing: lost))
    }

    /// The tiers of old are no names of models any more; the first of a list that knows the language is used.
    ///
    /// <https://www.assemblyai.com/docs/pre-recorded-audio/assemblyai-stt-3-7-migration-guide> (checked 2026-11-26)
    private static func assemblyAIModels(_ model: String) -> [String] {
        switch model {
        case "best": ["assemblyai-stt-3-7", "universal-2"]
        case "nano": ["universal-2"]
        default: [model]
        }
    }
}
