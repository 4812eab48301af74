import HTTPTypes

/// The endpoints of the data plane, which reads request lines itself (``InferenceRoute``) and declares no routes.
///
/// A test asks the data plane for each of them, so that none is told that does not exist.
enum InferenceEndpoints {
    typealias Endpoint = OpenAPIDocument.Endpoint
    typealias Parameter = RouteDocument.Parameter

    static let all: [Endpoint] = openAI + anthropic + gemini + ollama

    /// `{"data": [...]}` and its likes: what every dialect's own documentation tells in full.
    private static let json = RouteDocument.Answer.ok(.anyObject, "The answer, in the dialect's form.")

    /// A whole answer, or events.
    private static func answer(events: String) -> RouteDocument.Answer {
        RouteDocument.Answer(
            status: .ok, meaning: "The answer, in the dialect's form; as events when it is streamed.",
            content: [("application/json", .anyObject), (events, .any)])
    }

    private static func endpoint(
        _ method: HTTPRequest.Method, _ path: String, _ dialect: String, _ operation: String, _ summary: String,
        details: String? = nil, query: [Parameter] = [], body: RouteDocument.Body? = nil,
        answers: [RouteDocument.Answer]
    ) -> Endpoint {
        Endpoint(
            method: method, path: path, access: .client(dialect: dialect),
            document: RouteDocument(
                operation, summary, details: details, query: query, body: body, answers: answers))
    }

    // MARK: OpenAI

    private static let model = JSONSchema.string(minimum: 1).meaning("`provider/model`, a combo or an alias.")
    private static let messages = JSONSchema.array(of: .anyObject)

    private static let chatBody = JSONSchema.object(
        [
            "model": model, "messages": messages, "stream": .flag, "max_tokens": .count.orNull,
            "max_completion_tokens": .count.orNull, "temperature": .number.orNull, "top_p": .number.orNull,
            "tools": .array(of: .anyObject), "tool_choice": .any, "response_format": .anyObject,
            "reasoning_effort": .text.orNull, "stop": .either(.text, .texts).orNull, "n": .count.orNull,
            "seed": JSONSchema(.integer(minimum: nil, maximum: nil)).orNull, "user": .text,
        ], required: ["model", "messages"])

    private static let speechTypes = ["audio/mpeg", "audio/wav", "audio/ogg", "audio/flac", "audio/aac", "audio/L16"]

    private static let openAI: [Endpoint] =
        [
            endpoint(
                .post, "/v1/chat/completions", "OpenAI", "openai.chat", "Answer a conversation (Chat Completions)",
                details: "Every field of the dialect is accepted; those told here are the usual ones.",
                body: .json(chatBody), answers: [answer(events: "text/event-stream")]),
            endpoint(
                .post, "/v1/completions", "OpenAI", "openai.completion", "Continue a text (Completions)",
                body: .json(
                    .object(
                        ["model": model, "prompt": .any, "stream": .flag, "max_tokens": .count.orNull],
                        required: ["model"])), answers: [answer(events: "text/event-stream")]),
            endpoint(
                .post, "/v1/responses", "OpenAI", "openai.response", "Answer a conversation (Responses)",
                body: .json(
                    .object(
                        [
                            "model": model, "input": .either(.text, .array(of: .anyObject)),
                            "instructions": .text.orNull, "stream": .flag, "store": .flag.orNull,
                            "previous_response_id": .text.orNull, "max_output_tokens": .count.orNull,
                            "tools": .array(of: .anyObject), "reasoning": .anyObject.orNull,
                        ], required: ["model"])), answers: [answer(events: "text/event-stream")]),
            endpoint(
                .post, "/v1/responses/input_tokens", "OpenAI", "openai.count-response", "Count a request's tokens",
                body: .json(.object(["model": model, "input": .any], required: ["model"])), answers: [json]),
            endpoint(
                .get, "/v1/responses/{response}", "OpenAI", "openai.show-response", "Show a response kept here",
                answers: [json]),
            endpoint(
                .delete, "/v1/responses/{response}", "OpenAI", "openai.delete-response",
                "Delete a response kept here",
                answers: [.ok(.record(["id": .text, "object": .choice("response"), "deleted": .yes]))]),
            endpoint(
                .get, "/v1/responses/{response}/input_items", "OpenAI", "openai.input-items",
                "List what led to a response kept here",
                query: [
                    Parameter("order", "Newest first unless `asc`.", .choice("asc", "desc")),
                    Parameter("limit", "At most so many; 20 unless told.", .integer(1...100)),
                    Parameter("after", "Those that follow the item of this id."),
                ],
                answers: [
                    .ok(
                        .record([
                            "object": .choice("list"), "data": .array(of: .anyObject), "first_id": .text.orNull,
                            "last_id": .text.orNull, "has_more": .flag,
                        ]))
                ]),
            endpoint(.get, "/v1/models", "OpenAI", "openai.models", "List the models", answers: [.ok(modelList)]),
            endpoint(.get, "/v1/models/{model}", "OpenAI", "openai.model", "Show a model", answers: [json]),
        ] + services + serviceLists + confined

    private static let modelList = JSONSchema.record([
        "object": .choice("list"), "data": .array(of: .anyObject),
    ])

    private static let embeddingBody = RouteDocument.Body.json(
        .object(
            ["model": model, "input": .any, "dimensions": .count.orNull, "encoding_format": .text],
            required: ["model", "input"]))
    private static let imageBody = RouteDocument.Body.json(
        .object(["model": model, "prompt": .text, "n": .count.orNull, "size": .text], required: ["model", "prompt"]))
    private static let editBody = RouteDocument.Body.form(
        .object(["model": model, "prompt": .text, "image": .any], required: ["model", "prompt", "image"]))
    private static let rerankBody = RouteDocument.Body.json(
        .object(
            ["model": model, "query": .text, "documents": .array(of: .any), "top_n": .count.orNull],
            required: ["model", "query", "documents"]))
    private static let moderationBody = RouteDocument.Body.json(
        .object(["model": .text, "input": .any], required: ["input"]))
    private static let recordingBody = RouteDocument.Body.form(
        .object(["model": model, "file": .any, "language": .text], required: ["model", "file"]))

    private static let recordingAnswer = RouteDocument.Answer(
        status: .ok, meaning: "The text, in the form that `response_format` asks for.",
        content: [("application/json", .anyObject), ("text/plain", .text), ("text/event-stream", .any)])

    private static let services = [
        endpoint(
            .post, "/v1/embeddings", "OpenAI", "services.embed", "Embed texts", body: embeddingBody, answers: [json]),
        endpoint(
            .post, "/v1/images/generations", "OpenAI", "services.image", "Make images", body: imageBody,
            answers: [json]),
        endpoint(
            .post, "/v1/images/edits", "OpenAI", "services.edit-image", "Change images", body: editBody,
            answers: [json]),
        endpoint(
            .post, "/v1/audio/speech", "OpenAI", "services.speech", "Read a text aloud",
            body: .json(
                .object(
                    ["model": model, "input": .text, "voice": .any, "response_format": .text],
                    required: ["model", "input"])),
            answers: [
                RouteDocument.Answer(
                    status: .ok, meaning: "The sound, in the form that `response_format` asks for.",
                    content: speechTypes.map { ($0, .text) })
            ]),
        endpoint(
            .post, "/v1/audio/transcriptions", "OpenAI", "services.transcribe", "Write down what is said",
            body: recordingBody, answers: [recordingAnswer]),
        endpoint(
            .post, "/v1/audio/translations", "OpenAI", "services.translate", "Write down in English what is said",
            body: recordingBody, answers: [recordingAnswer]),
        endpoint(
            .post, "/v1/moderations", "OpenAI", "services.moderate", "Judge texts", body: moderationBody,
            answers: [json]),
        endpoint(
            .post, "/v1/rerank", "OpenAI", "services.rerank", "Order documents by how well they fit",
            body: rerankBody, answers: [json]),
        endpoint(
            .post, "/v2/rerank", "OpenAI", "services.rerank", "Order documents by how well they fit",
            body: rerankBody, answers: [json]),
    ]

    private static let serviceLists = [
        ("embeddings", "that embed"), ("images/generations", "that make images"), ("rerank", "that order documents"),
        ("moderations", "that judge texts"),
    ].map { path, purpose in
        endpoint(
            .get, "/v1/\(path)", "OpenAI", "services.list", "List the models \(purpose)", answers: [.ok(modelList)])
    }

    /// The same, served by one provider and no other.
    private static let confined = [
        ("chat/completions", RouteDocument.Body.json(chatBody), answer(events: "text/event-stream")),
        ("embeddings", embeddingBody, json), ("images/generations", imageBody, json),
        ("images/edits", editBody, json), ("rerank", rerankBody, json), ("moderations", moderationBody, json),
        ("audio/transcriptions", recordingBody, recordingAnswer),
    ].map { path, body, answer in
        endpoint(
            .post, "/v1/providers/{provider}/\(path)", "OpenAI", "providers.confined",
            "Do the same as /v1/\(path), at one provider only", body: body, answers: [answer])
    }

    // MARK: Anthropic

    private static let anthropic = [
        endpoint(
            .post, "/v1/messages", "Anthropic", "anthropic.message", "Answer a conversation (Messages)",
            body: .json(
                .object(
                    [
                        "model": model, "messages": messages, "max_tokens": .count, "system": .any, "stream": .flag,
                        "tools": .array(of: .anyObject), "tool_choice": .anyObject, "thinking": .anyObject,
                        "temperature": .number, "top_p": .number, "top_k": .count, "stop_sequences": .texts,
                        "metadata": .anyObject,
                    ], required: ["model", "messages", "max_tokens"])),
            answers: [answer(events: "text/event-stream")]),
        endpoint(
            .post, "/v1/messages/count_tokens", "Anthropic", "anthropic.count", "Count a request's tokens",
            body: .json(
                .object(
                    ["model": model, "messages": messages, "system": .any, "tools": .array(of: .anyObject)],
                    required: ["model", "messages"])),
            answers: [json]),
    ]

    // MARK: Gemini

    private static let contents = JSONSchema.array(of: .anyObject)

    private static let gemini = [
        endpoint(.get, "/v1beta/models", "Gemini", "gemini.models", "List the models", answers: [json]),
        endpoint(.get, "/v1beta/models/{model}", "Gemini", "gemini.model", "Show a model", answers: [json]),
        endpoint(
            .post, "/v1beta/models/{model}:generateContent", "Gemini", "gemini.generate", "Answer a conversation",
            body: .json(geminiBody), answers: [json]),
        endpoint(
            .post, "/v1beta/models/{model}:streamGenerateContent", "Gemini", "gemini.stream",
            "Answer a conversation as a stream",
            query: [Parameter("alt", "Events in place of one growing array.", .choice("sse"))],
            body: .json(geminiBody),
            answers: [
                RouteDocument.Answer(
                    status: .ok, meaning: "The answer, piece by piece.",
                    content: [("application/json", .array(of: .anyObject)), ("text/event-stream", .any)])
            ]),
        endpoint(
            .post, "/v1beta/models/{model}:countTokens", "Gemini", "gemini.count", "Count a request's tokens",
            body: .json(.object(["contents": contents])), answers: [json]),
        endpoint(
            .post, "/v1beta/models/{model}:embedContent", "Gemini", "gemini.embed", "Embed a text",
            body: .json(.object(["content": .anyObject, "outputDimensionality": .count], required: ["content"])),
            answers: [json]),
        endpoint(
            .post, "/v1beta/models/{model}:batchEmbedContents", "Gemini", "gemini.embed-many", "Embed texts",
            body: .json(.object(["requests": .array(of: .anyObject)], required: ["requests"])), answers: [json]),
    ]

    private static let geminiBody = JSONSchema.object(
        [
            "contents": contents, "systemInstruction": .anyObject, "generationConfig": .anyObject,
            "tools": .array(of: .anyObject), "toolConfig": .anyObject, "safetySettings": .array(of: .anyObject),
        ], required: ["contents"])

    // MARK: Ollama

    private static let ollama = [
        endpoint(
            .post, "/api/chat", "Ollama", "ollama.chat", "Answer a conversation",
            details: "Streamed unless `stream` is false.",
            body: .json(
                .object(
                    [
                        "model": model, "messages": messages, "stream": .flag, "tools": .array(of: .anyObject),
                        "format": .any, "options": .anyObject, "think": .any,
                    ], required: ["model", "messages"])), answers: [answer(events: "application/x-ndjson")]),
        endpoint(
            .post, "/api/generate", "Ollama", "ollama.generate", "Continue a text",
            details: "Streamed unless `stream` is false.",
            body: .json(
                .object(
                    ["model": model, "prompt": .text, "system": .text, "stream": .flag, "options": .anyObject],
                    required: ["model"])), answers: [answer(events: "application/x-ndjson")]),
        endpoint(
            .post, "/api/embed", "Ollama", "ollama.embed", "Embed texts",
            body: .json(.object(["model": model, "input": .either(.text, .texts)], required: ["model", "input"])),
            answers: [json]),
        endpoint(
            .post, "/api/embeddings", "Ollama", "ollama.embed-prompt", "Embed a text",
            body: .json(.object(["model": model, "prompt": .text], required: ["model", "prompt"])), answers: [json]),
        endpoint(.get, "/api/tags", "Ollama", "ollama.models", "List the models", answers: [json]),
        endpoint(
            .post, "/api/show", "Ollama", "ollama.model", "Show a model",
            body: .json(.object(["model": model], required: ["model"])), answers: [json]),
        endpoint(
            .get, "/api/version", "Ollama", "ollama.version", "Tell which version of Ollama's interface is spoken",
            answers: [.ok(.record(["version": .text]))]),
        endpoint(
            .get, "/api/ps", "Ollama", "ollama.running", "List the models that are in memory: none",
            answers: [.ok(.record(["models": .array(of: .any)]))]),
    ]
}

extension JSONSchema {
    /// How a dialect tells what went wrong.
    static func dialectError(_ dialect: String) -> JSONSchema {
        switch dialect {
        case "Anthropic":
            .component(
                "AnthropicError",
                .record([
                    "type": .choice("error"),
                    "error": .record(["type": .text, "message": .text, "details": .anyObject.optional]),
                    "request_id": .text.optional,
                ]))
        case "Gemini":
            .component(
                "GeminiError", .record(["error": .record(["code": .count, "message": .text, "status": .text])]))
        case "Ollama": .component("OllamaError", .record(["error": .text]))
        default:
            .component(
                "OpenAIError",
                .record([
                    "error": .record([
                        "message": .text, "type": .text, "param": .text.orNull, "code": .text.orNull,
                    ])
                ]))
        }
    }
}
