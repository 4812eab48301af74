public import OmniJSON

extension EmbeddingRequest {
    /// Reads a client's request.
    ///
    /// - Throws: an error of code invalid that names the field, or unsupported for inputs other than text.
    public init(_ body: JSONValue, of dialect: EmbeddingDialect) throws(TranslationError) {
        let reader = try FieldReader(body)
        switch dialect {
        case .openAI, .cohere, .mistral, .nvidia, .voyage, .jina: try readOpenAI(reader)
        case .gemini: try readGemini(reader)
        case .geminiBatch: try readBatch(reader)
        case .ollama, .ollamaPrompt: try readOllama(reader, isPrompt: dialect == .ollamaPrompt)
        }
    }

    private mutating func readOpenAI(_ reader: FieldReader) throws(TranslationError) {
        inputs = try Self.inputs(reader, "input", allowsTokens: true)
        isOpenAI = true
        dimensions = try reader.int("dimensions", or: "output_dimension", minimum: 1)
        user = try reader.text("user")
        var known: [StaticString] = ["model", "input", "dimensions", "output_dimension", "user", "encoding_format"]
        if let format = try reader.text("encoding_format") {
            guard format.equals("float") || format.equals("base64") else {
                throw TranslationError(.invalid, "must be 'float' or 'base64'", at: "encoding_format")
            }
            encoding = format.equals("base64") ? .base64 : .float
        }
        // What nobody else has a word for stays one of this client's own.
        for name: StaticString in ["input_type", "task"] where task == nil {
            task = try reader.text(name).flatMap(EmbeddingTask.init)
            if task != nil { known.append(name) }
        }
        for name: StaticString in ["truncation", "truncate"] where truncates == nil {
            truncates = try Self.truncation(reader, name)
            if truncates != nil { known.append(name) }
        }
        addFurther(reader, known)
    }

    /// Voyage and Jina say yes or no, Cohere and NVIDIA which end is cut; that it is the start is nothing others know.
    private static func truncation(_ reader: FieldReader, _ name: StaticString) throws(TranslationError) -> Bool? {
        guard let value = reader.value(name) else { return nil }
        guard let word = value.text else { return try reader.bool(name) }
        if word.equals("NONE") { return false }
        return word.equals("END") ? true : nil
    }

    private mutating func readOllama(_ reader: FieldReader, isPrompt: Bool) throws(TranslationError) {
        inputs = try Self.inputs(reader, isPrompt ? "prompt" : "input", allowsTokens: false)
        if isPrompt, inputs.count != 1 || reader.value("prompt")?.kind != .string {
            throw TranslationError(.invalid, "must be a string", at: "prompt")
        }
        dimensions = try reader.int("dimensions", minimum: 1)
        truncates = try reader.bool("truncate")
        // How long a model stays loaded is nothing to an upstream that loads none.
        addFurther(reader, ["model", "input", "prompt", "dimensions", "truncate", "keep_alive"])
    }

    private mutating func readBatch(_ reader: FieldReader) throws(TranslationError) {
        let requests = try reader.objects("requests")
        guard let first = requests.first else {
            throw TranslationError(.invalid, "must be an array that is not empty", at: "requests")
        }
        try readGemini(first)
        for request in requests.dropFirst() {
            var other = EmbeddingRequest()
            try other.readGemini(request)
            guard other.dimensions == dimensions, other.task == task, other.title == title else {
                throw TranslationError(
                    .unsupported, "must have the same taskType, title and outputDimensionality as the first",
                    at: request.path)
            }
            inputs += other.inputs
            for field in other.furtherFields where !furtherFields.contains(where: { $0.name == field.name }) {
                furtherFields.append(field)
            }
        }
    }

    private mutating func readGemini(_ reader: FieldReader) throws(TranslationError) {
        guard let content = try reader.reader("content") else {
            throw TranslationError(.invalid, "field required", at: reader.at("content"))
        }
        let parts = try content.objects("parts")
        guard !parts.isEmpty else {
            throw TranslationError(.invalid, "must be an array that is not empty", at: content.at("parts"))
        }
        var text: JSONText = ""
        for part in parts {
            guard let piece = try part.text("text") else {
                throw TranslationError(.unsupported, "only text can be embedded", at: part.path)
            }
            text += piece
        }
        inputs = [.text(text)]
        dimensions = try reader.int("outputDimensionality", or: "output_dimensionality", minimum: 1)
        title = try reader.text("title")
        if let type = try reader.text("taskType", or: "task_type") {
            if !type.equals("TASK_TYPE_UNSPECIFIED") { task = EmbeddingTask(type) ?? .gemini(type) }
        }
        addFurther(
            reader,
            [
                "model", "content", "outputDimensionality", "output_dimensionality", "title", "taskType", "task_type",
            ])
    }

    private mutating func addFurther(_ reader: FieldReader, _ known: [StaticString]) {
        furtherFields += reader.further(than: known)
    }

    /// One text, several texts, one array of tokens or several of them.
    private static func inputs(
        _ reader: FieldReader, _ name: StaticString, allowsTokens: Bool
    ) throws(TranslationError) -> [Input] {
        let path = reader.at(name)
        guard let value = reader.value(name) else { throw TranslationError(.invalid, "field required", at: path) }
        if let text = value.text {
            guard !text.isEmpty else { throw TranslationError(.invalid, "must not be empty", at: path) }
            return [.text(text)]
        }
        var elements = value.elements
        guard value.kind == .array, let first = elements.next() else {
            throw TranslationError(.invalid, "must be a string or an array that is not empty", at: path)
        }
        if allowsTokens, first.kind == .number {
            try checkTokens(value, at: path)
            return [.tokens(value)]
        }
        var inputs: [Input] = []
        for (index, element) in value.elements.enumerated() {
            let place = "\(path)[\(index)]"
            if let text = element.text {
                guard !text.isEmpty else { throw TranslationError(.invalid, "must not be empty", at: place) }
                inputs.append(.text(text))
            } else if allowsTokens, element.kind == .array {
                try checkTokens(element, at: place)
                inputs.append(.tokens(element))
            } else {
                let tokens = allowsTokens ? " or an array of tokens" : ""
                throw TranslationError(.invalid, "must be a string\(tokens)", at: place)
            }
        }
        return inputs
    }

    private static func checkTokens(_ value: JSONValue, at path: String) throws(TranslationError) {
        var isEmpty = true
        for token in value.elements {
            isEmpty = false
            guard let number = token.int, number >= 0 else {
                throw TranslationError(.invalid, "must consist of whole numbers", at: path)
            }
        }
        if isEmpty { throw TranslationError(.invalid, "must not be empty", at: path) }
    }
}
