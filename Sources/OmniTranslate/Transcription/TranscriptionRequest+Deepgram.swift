extension TranscriptionRequest {
    /// The query of Deepgram's `/v1/listen`; the file is the whole body.
    ///
    /// <https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded>
    /// - Throws: an error of code unsupported for what cannot be asked.
    public func deepgramQuery(
        model: String, isStrict: Bool
    ) throws(TranslationError) -> (parameters: [(name: String, value: String)], report: TranslationReport) {
        var query = [("model", model), ("smart_format", "true"), ("punctuate", "true"), ("utterances", "true")]
        query.append(language.map { ("language", $0) } ?? ("detect_language", "true"))
        if format == .diarizedJSON { query.append(("diarize", "true")) }
        var lost: [String] = []
        if let terms {
            // The newest models understand whole terms, the older ones weigh words.
            let name = model.hasPrefix("nova-3") || model.hasPrefix("flux") ? "keyterm" : "keywords"
            query += terms.prefix(100).map { (name, $0) }
        } else {
            lost.append("prompt")
        }
        if temperature != nil { lost.append("temperature") }
        return (query.map { (name: $0.0, value: $0.1) }, try losses(isStrict: isStrict, alsoLosing: lost))
    }
}
