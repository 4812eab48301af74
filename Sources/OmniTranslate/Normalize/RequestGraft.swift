public import OmniJSON

/// Carries a change of a request over to the client's own bytes.
///
/// The request is written twice in the client's dialect, as it was and as it is to be; where both say the same, the
/// client's bytes stay. So a passed through body gets exactly what a translated one would, and nothing else.
public enum RequestGraft {
    /// A member that may change, and what may change inside it; nothing for the whole member.
    private typealias Place = (name: StaticString, inner: [StaticString])

    /// What a wish for thinking can touch: itself, the room it needs, and what the model takes no more beside it.
    private static func places(_ format: WireFormat) -> [Place] {
        switch format {
        case .openAIChat:
            [
                ("reasoning_effort", []), ("max_tokens", []), ("max_completion_tokens", []), ("temperature", []),
                ("top_p", []), ("frequency_penalty", []), ("presence_penalty", []), ("logit_bias", []),
                ("logprobs", []), ("top_logprobs", []), ("stop", []),
            ]
        case .openAIResponses:
            [
                ("reasoning", ["effort"]), ("max_output_tokens", []), ("temperature", []), ("top_p", []),
                ("top_logprobs", []),
            ]
        case .anthropicMessages:
            [
                ("thinking", []), ("output_config", ["effort"]), ("max_tokens", []), ("temperature", []),
                ("top_p", []), ("top_k", []), ("tool_choice", []),
            ]
        case .gemini: [("generationConfig", ["thinkingConfig", "maxOutputTokens"])]
        case .ollama: [("think", [])]
        }
    }

    /// - Parameters:
    ///   - body: the client's, of kind object.
    ///   - plain, shaped: the request before and after the change, as ``Translator`` writes them.
    /// - Returns: nil when the change says nothing in this dialect.
    public static func grafted(
        onto body: JSONValue, from plain: JSONValue, to shaped: JSONValue, of format: WireFormat
    ) -> [UInt8]? {
        var patch = JSONPatch(body)
        for (name, inner) in places(format) {
            let name = spelling(name, in: body)
            guard inner.isEmpty else {
                let written = canonicalName(name)
                graft(inner, from: plain.present(written), to: shaped.present(written), at: name, in: body, &patch)
                continue
            }
            let wanted = shaped.present(name)
            guard differs(plain.present(name), wanted) else { continue }
            if let wanted { patch.set(name, to: Array(wanted.raw), in: body) } else { patch.remove(name, from: body) }
        }
        return patch.isEmpty ? nil : patch.applied()
    }

    /// Changes members of a member; the others are copied.
    private static func graft(
        _ names: [StaticString], from plain: JSONValue?, to shaped: JSONValue?, at name: StaticString,
        in body: JSONValue, _ patch: inout JSONPatch
    ) {
        let changed = names.filter { differs(plain?.present($0), shaped?.present($0)) }
        guard !changed.isEmpty else { return }
        var writer = JSONWriter()
        writer.beginObject()
        for member in body.present(name).map({ Array($0.members) }) ?? [] {
            let isReplaced = changed.contains { member.isNamed($0) || member.isNamed(snakeCase($0)) }
            guard !isReplaced else { continue }
            writer.key(member.name)
            writer.value(member.value)
        }
        for name in changed {
            guard let value = shaped?.present(name) else { continue }
            writer.key(name)
            writer.value(value)
        }
        writer.endObject()
        patch.set(name, to: writer.bytes, in: body)
    }

    private static func differs(_ plain: JSONValue?, _ shaped: JSONValue?) -> Bool {
        guard let plain, let shaped else { return plain != nil || shaped != nil }
        return !plain.raw.elementsEqual(shaped.raw)
    }

    // Gemini takes both spellings of its names; ours are written in the first.

    private static func spelling(_ name: StaticString, in body: JSONValue) -> StaticString {
        body.present(name) == nil && body.present(snakeCase(name)) != nil ? snakeCase(name) : name
    }

    private static func canonicalName(_ name: StaticString) -> StaticString {
        "\(name)" == "generation_config" ? "generationConfig" : name
    }

    private static func snakeCase(_ name: StaticString) -> StaticString {
        switch "\(name)" {
        case "generationConfig": "generation_config"
        case "thinkingConfig": "thinking_config"
        case "maxOutputTokens": "max_output_tokens"
        default: name
        }
    }
}
