import OmniJSON
import OmniTranslate

/// The smallest request that shows whether a model does what it is for.
struct ModelTestQuestion {
    let clientFormat: WireFormat
    let operation: RequestOperation
    let body: [UInt8]

    /// Enough for every upstream: some take no fewer than 16.
    private static let maximumTokens = 16

    /// - Parameters:
    ///   - purpose: what the model is for.
    ///   - text: what it is asked, embedded, ranked or judged.
    /// - Returns: nil for what is not asked, since every answer costs more than a word.
    init?(_ purpose: ModelPurpose, model: String, text: String) {
        var operation = RequestOperation()
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        switch purpose {
        case .chat:
            writer.key("max_tokens")
            writer.value(Self.maximumTokens)
            writer.key("messages")
            writer.beginArray()
            writer.beginObject()
            writer.key("role")
            writer.value("user")
            writer.key("content")
            writer.string(text)
            writer.endObject()
            writer.endArray()
        case .embedding, .moderation:
            operation.service = purpose == .embedding ? .embedding(.openAI) : .moderation
            writer.key("input")
            writer.string(text)
        case .rerank:
            operation.service = .rerank
            writer.key("query")
            writer.string(text)
            writer.key("documents")
            writer.beginArray()
            writer.string(text)
            writer.endArray()
        case .image, .transcription, .speech: return nil
        }
        writer.endObject()
        // For chat Anthropic's dialect, because every request of it says how much may be answered, and is translated to each
        // upstream's own way of saying it.
        clientFormat = purpose == .chat ? .anthropicMessages : .openAIChat
        self.operation = operation
        body = writer.bytes
    }
}

extension CatalogSnapshot {
    /// What a model, alias or combo is for: what its list says, else the first purpose it has a plan for.
    func mainPurpose(of name: String) -> ModelPurpose {
        if let listed = listedPurpose(of: resolvedName(name)) { return listed }
        return ModelPurpose.allCases.first { purpose in
            do throws(UpstreamFault) {
                _ = try plan(model: name, clientFormat: .openAIChat, purpose: purpose)
                return true
            } catch {
                return false
            }
        } ?? .chat
    }

    private func listedPurpose(of name: String) -> ModelPurpose? {
        guard combos[name] == nil, let slash = name.firstIndex(of: "/"),
            let route = routes[name[..<slash].lowercased()]
        else { return nil }
        let id = name[name.index(after: slash)...].lowercased()
        return ModelPurpose.allCases.first { purpose in
            route.models(for: purpose).contains { $0.id.lowercased() == id }
        }
    }
}
