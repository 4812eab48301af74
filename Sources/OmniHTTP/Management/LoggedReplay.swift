import HTTPTypes
import NIOHTTP1
import OmniCore
import OmniJSON
import OmniTranslate

/// A logged request made ready to be sent once more: another model's name in it, and no wish for a stream.
struct LoggedReplay: Sendable {
    let request: InferenceRequest
    /// What it asks for.
    let model: String
    /// Whether secrets were taken out of the body before it was logged.
    let isRedacted: Bool

    /// - Parameters:
    ///   - model: empty for the one the request named.
    ///   - now: in milliseconds since 1970.
    /// - Throws: ``ManagementError`` that says why the request cannot be sent again.
    init(_ record: UsageRecord, body: LoggedBodies.Body?, model: String, at now: Int64) throws(ManagementError) {
        guard case .chat(let format, var operation) = InferenceRoute(method: .POST, uri: record.path),
            !operation.isCount, operation.service.map(Self.isText) ?? true
        else { throw Self.impossible("only conversations and other requests answered in text can be sent again") }
        guard let body else {
            throw Self.impossible("its body was not logged; 'bodyLog' in the settings switches that on")
        }
        guard !body.isCut else { throw Self.impossible("its body was too long to be logged whole") }
        guard body.bytes.firstRange(of: Array("[base64: ".utf8)) == nil else {
            throw Self.impossible("media were taken out of its body before it was logged")
        }
        isRedacted = body.bytes.firstRange(of: Array("[redacted]".utf8)) != nil
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: body.bytes)
        } catch {
            throw Self.impossible("its logged body is no JSON")
        }
        guard value.kind == .object else { throw Self.impossible("its logged body is no JSON object") }
        self.model = model.isEmpty ? record.requestedModel : model
        if operation.model != nil { operation.model = self.model }
        if operation.isStreaming != nil { operation.isStreaming = false }
        operation.usesArrayFraming = false
        var request = InferenceRequest(
            id: "replay-\(String(UInt64.random(in: .min ... .max), radix: 16))", receivedAt: now, clientFormat: format,
            path: record.path, body: Self.patched(value, format: format, operation: operation, model: self.model),
            operation: operation)
        // The answer of the day before is what it is compared with.
        request.bypassesCache = true
        self.request = request
    }

    /// The body with its model, and answered in one piece.
    private static func patched(
        _ value: JSONValue, format: WireFormat, operation: RequestOperation, model: String
    ) -> [UInt8] {
        guard format != .gemini else { return value.documentBytes }
        var patch = JSONPatch(value)
        var writer = JSONWriter()
        writer.string(model)
        patch.set("model", to: writer.bytes, in: value)
        if operation.service == nil {
            // Ollama streams unless told not to; OpenAI refuses options of a stream without one.
            if value["stream"] != nil || format == .ollama { patch.set("stream", to: Array("false".utf8), in: value) }
            patch.remove("stream_options", from: value)
        }
        return patch.applied()
    }

    private static func isText(_ service: RequestService) -> Bool {
        switch service {
        case .embedding, .rerank, .moderation: true
        default: false
        }
    }

    private static func impossible(_ reason: String) -> ManagementError {
        ManagementError(.conflict, "not_replayable", "the request cannot be sent again: \(reason)")
    }
}
