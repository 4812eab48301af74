import OmniCore
import OmniTranslate

extension InferenceRoute {
    /// The route of a target that nearly all requests with a body have, and its path.
    ///
    /// It is found in the bytes that came; ``init(method:uri:)`` finds the same.
    /// - Returns: nil for every other target.
    static func common(_ target: UnsafeRawBufferPointer) -> (route: InferenceRoute, path: String)? {
        if target.isExactly("/v1/chat/completions") {
            return (.chat(.openAIChat, RequestOperation()), "/v1/chat/completions")
        }
        if target.isExactly("/v1/messages") { return (.chat(.anthropicMessages, RequestOperation()), "/v1/messages") }
        if target.isExactly("/v1/responses") { return (.chat(.openAIResponses, RequestOperation()), "/v1/responses") }
        if target.isExactly("/api/chat") { return (.chat(.ollama, RequestOperation()), "/api/chat") }
        return gemini(target)
    }

    /// `/v1beta/models/{model}:generateContent` and `:streamGenerateContent?alt=sse`, as the SDKs write them.
    private static func gemini(_ target: UnsafeRawBufferPointer) -> (route: InferenceRoute, path: String)? {
        guard let rest = target.after("/v1beta/models/") else { return nil }
        var operation = RequestOperation()
        let model: UnsafeRawBufferPointer
        var path = target
        if let name = rest.before(":generateContent") {
            operation.isStreaming = false
            model = name
        } else if let name = rest.before(":streamGenerateContent?alt=sse"), let whole = target.before("?alt=sse") {
            operation.isStreaming = true
            model = name
            path = whole
        } else {
            return nil
        }
        guard !model.isEmpty, model.allSatisfy(isPlain) else { return nil }
        operation.model = String(decoding: model, as: UTF8.self)
        return (.chat(.gemini, operation), String(decoding: path, as: UTF8.self))
    }

    /// Whether a byte of a model's name stands for itself and ends nothing.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > HTTPCharacters.space && byte < 0x7F && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "?")
    }
}

extension UnsafeRawBufferPointer {
    /// What follows an ASCII text that it begins with.
    fileprivate func after(_ text: StaticString) -> UnsafeRawBufferPointer? {
        guard count >= text.utf8CodeUnitCount else { return nil }
        let start = UnsafeRawBufferPointer(rebasing: self[..<text.utf8CodeUnitCount])
        return start.isExactly(text) ? UnsafeRawBufferPointer(rebasing: self[start.count...]) : nil
    }

    /// What comes before an ASCII text that it ends with.
    fileprivate func before(_ text: StaticString) -> UnsafeRawBufferPointer? {
        let length = count - text.utf8CodeUnitCount
        guard length >= 0 else { return nil }
        let end = UnsafeRawBufferPointer(rebasing: self[length...])
        return end.isExactly(text) ? UnsafeRawBufferPointer(rebasing: self[..<length]) : nil
    }
}
