public import OmniJSON

/// Bodies of Ollama's small endpoints that say the same whatever the upstream is.
public enum OllamaDocuments {
    /// Whether a body of `/api/chat` or `/api/generate` only asks to load a model, or with `keep_alive: 0` to unload it.
    ///
    /// Such a request has no upstream: ``loaded(_:context:)`` is its answer.
    public static func isLoad(_ body: JSONValue) -> Bool {
        if let messages = body.present("messages") {
            return messages.kind == .array && !messages.hasElements
        }
        let hasImages = body.present("images")?.hasElements ?? false
        return body.kind == .object && body.present("prompt")?.text?.isEmpty ?? true && !hasImages
    }

    /// The whole answer to a request that only asks to load a model; as a stream it is this one line.
    public static func loaded(_ body: JSONValue, context: TranslationContext) -> [UInt8] {
        let isUnload = body.present("keep_alive").map { $0.int == 0 || $0.string == "0" || $0.string == "0s" } ?? false
        var output = OllamaLine.head(created: nil, context: context)
        output.write(
            context.answersAsGenerate ? "\"response\":\"\"" : "\"message\":{\"role\":\"assistant\",\"content\":\"\"}")
        output.write(",\"done\":true,\"done_reason\":\"")
        output.write(isUnload ? "unload" : "load")
        output.write("\"}\n")
        return output
    }

    /// The body of `GET /api/tags`.
    /// - Parameters:
    ///   - models: as clients are to name them. The catalogue knows no sizes and digests: zeros and a stable hash.
    ///   - modified: seconds since 1970.
    public static func tags(models: [String], modified: Int) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256 * (models.count + 1))
        writer.beginObject()
        writer.key("models")
        writer.beginArray()
        for model in models {
            let name = JSONText(model)
            writer.beginObject()
            writer.key("name")
            writer.value(name)
            writer.key("model")
            writer.value(name)
            writer.key("modified_at")
            writer.value(OllamaTime.text(ofSeconds: modified))
            writer.key("size")
            writer.value(0)
            writer.key("digest")
            writer.value(StableID.text("", name.escaped))
            writer.key("details")
            writer.raw(details[...])
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The body of `POST /api/show`, of which clients read what a model can do and how much it can hold.
    /// - Parameters:
    ///   - capabilities: Ollama's words: `completion`, `tools`, `vision`, `thinking`.
    ///   - contextLength: in tokens; nil when it is not known.
    ///   - modified: seconds since 1970.
    public static func show(capabilities: [String], contextLength: Int?, modified: Int) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        for name in ["modelfile", "parameters", "template"] as [StaticString] {
            writer.key(name)
            writer.value("")
        }
        writer.key("details")
        writer.raw(details[...])
        writer.key("model_info")
        writer.beginObject()
        writer.key("general.architecture")
        writer.value("omniroute")
        if let contextLength {
            writer.key("omniroute.context_length")
            writer.value(contextLength)
        }
        writer.endObject()
        writer.key("capabilities")
        writer.beginArray()
        for capability in capabilities { writer.string(capability) }
        writer.endArray()
        writer.key("modified_at")
        writer.value(OllamaTime.text(ofSeconds: modified))
        writer.endObject()
        return writer.bytes
    }

    /// The body of `GET /api/ps`: the models in this machine's memory, of which a router has none.
    public static func running() -> [UInt8] { Array(#"{"models":[]}"#.utf8) }

    /// The body of `GET /api/version`.
    /// - Parameter version: the version of Ollama's API to claim; clients compare it with what they need.
    public static func version(_ version: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("version")
        writer.string(version)
        writer.endObject()
        return writer.bytes
    }

    /// Nothing is known of a remote model's file.
    private static let details = Array(
        #"{"parent_model":"","format":"","family":"","families":[],"parameter_size":"","quantization_level":""}"#.utf8)
}
