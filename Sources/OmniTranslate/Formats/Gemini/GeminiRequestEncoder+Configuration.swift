import OmniJSON

extension GeminiRequestEncoder {
    mutating func writeGenerationConfiguration() throws(TranslationError) {
        let start = writer
        writer.key("generationConfig")
        writer.beginObject()
        let empty = writer.bytes.count
        let thinking = GeminiThinking(request: request, context: context, model: model, report: &report)
        writeSampling()
        if let count = request.choiceCount, count > 1 || isOwn {
            writer.key("candidateCount")
            writer.value(count)
        }
        if let limit = thinking.maxOutputTokens {
            guard limit > 0 else {
                throw TranslationError(.unsupported, "this model cannot be asked for no output", at: "max_tokens")
            }
            writer.key("maxOutputTokens")
            writer.value(limit)
        }
        writeStops()
        if let logprobs = request.logprobs {
            writer.key("responseLogprobs")
            writer.value(true)
            if let count = logprobs.topCount {
                writer.key("logprobs")
                writer.value(count)
            }
        }
        writeResponseFormat()
        writeModalities()
        thinking.write(into: &writer)
        writeNested("generationConfig.")
        if writer.bytes.count == empty { writer = start } else { writer.endObject() }
    }

    private mutating func writeSampling() {
        let sampling = request.sampling
        write("temperature", sampling.temperature)
        write("topP", sampling.topP)
        write("topK", sampling.topK)
        write("seed", sampling.seed)
        write("presencePenalty", sampling.presencePenalty)
        write("frequencyPenalty", sampling.frequencyPenalty)
    }

    private mutating func write(_ name: StaticString, _ number: JSONNumber?) {
        guard let number else { return }
        writer.key(name)
        writer.value(number)
    }

    private mutating func writeStops() {
        let stops = request.stopSequences.filter { !$0.isEmpty }
        guard !stops.isEmpty else { return }
        // Five are taken; the answer is cut at the rest when it arrives.
        unsentStops = Array(stops.dropFirst(5))
        writer.key("stopSequences")
        writer.beginArray()
        for stop in stops.prefix(5) { writer.value(stop) }
        writer.endArray()
    }

    // MARK: Form of the answer

    /// Before 3, a fixed form and functions exclude each other.
    private var canFixFormat: Bool { model.combinesTools || request.tools.isEmpty }

    /// Words in place of an output format that the model does not take beside functions.
    var formatInstruction: JSONText? { canFixFormat ? nil : request.responseFormat?.instruction }

    private mutating func writeResponseFormat() {
        switch request.responseFormat {
        case .text, nil: return
        case .jsonObject, .jsonSchema:
            guard canFixFormat else { return report.add("response_format", "instructed") }
            writer.key("responseMimeType")
            writer.value("application/json")
        }
        guard case .jsonSchema(_, _, let schema, _) = request.responseFormat else { return }
        if model.takesJSONSchema {
            writer.key("responseJsonSchema")
            GeminiSchema.write(schema, into: &writer)
        } else {
            writer.key("responseSchema")
            GeminiOpenAPISchema.write(schema, into: &writer, report: &report)
        }
    }

    /// Text is the default; other modalities are for the models that have them.
    private mutating func writeModalities() {
        guard let wanted = request.vendorFields.last(where: { $0.name.equals("modalities") })?.value else { return }
        let names = wanted.elements.compactMap(\.string)
        guard names.contains(where: { $0 != "text" }) else { return }
        writer.key("responseModalities")
        writer.beginArray()
        for name in names { writer.string(name.uppercased()) }
        writer.endArray()
    }

    /// The further members of one configuration object, which the decoder named with its name before theirs.
    mutating func writeNested(_ prefix: StaticString) {
        guard isOwn else { return }
        for field in request.vendorFields {
            let start = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
            guard field.name.escaped.starts(with: start) else { continue }
            writer.key(JSONText(escaped: field.name.escaped.dropFirst(prefix.utf8CodeUnitCount)))
            writer.value(field.value)
        }
    }
}
