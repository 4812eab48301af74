import OmniJSON

/// `logprobsResult` and the object chat answers carry, into each other.
enum GeminiLogprobs {
    /// - Parameter result: `logprobsResult`.
    /// - Returns: chat's `{"content":[…]}`; nil when there are no tokens.
    static func decode(_ result: JSONValue?) -> JSONValue? {
        guard let chosen = result?["chosenCandidates"], chosen.kind == .array else { return nil }
        let tops = result?["topCandidates"].map { Array($0.elements) } ?? []
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("content")
        writer.beginArray()
        var isEmpty = true
        for (index, candidate) in chosen.elements.enumerated() {
            guard candidate["token"]?.kind == .string, candidate["logProbability"]?.kind == .number else { continue }
            isEmpty = false
            writer.beginObject()
            writeToken(candidate, into: &writer)
            writer.key("top_logprobs")
            writer.beginArray()
            if index < tops.count {
                for alternative in tops[index]["candidates"].map({ Array($0.elements) }) ?? []
                where alternative["token"]?.kind == .string {
                    writer.beginObject()
                    writeToken(alternative, into: &writer)
                    writer.endObject()
                }
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.key("refusal")
        writer.null()
        writer.endObject()
        // Made of values of a parsed text, it parses.
        return isEmpty ? nil : try? JSONValue(parsing: writer.bytes)
    }

    private static func writeToken(_ candidate: JSONValue, into writer: inout JSONWriter) {
        let token = candidate["token"]?.text ?? .empty
        writer.key("token")
        writer.value(token)
        writer.key("logprob")
        if let number = candidate["logProbability"]?.number { writer.value(number) } else { writer.value(0) }
        writer.key("bytes")
        writer.beginArray()
        for byte in token.decodedBytes { writer.value(Int(byte)) }
        writer.endArray()
    }

    /// Writes chat's tokens, of several pieces of a stream too, as `logprobsResult`.
    static func write(_ pieces: [JSONValue], into writer: inout JSONWriter) {
        let tokens = pieces.flatMap { $0["content"].map { Array($0.elements) } ?? [] }
        writer.beginObject()
        writer.key("topCandidates")
        writer.beginArray()
        for token in tokens {
            writer.beginObject()
            writer.key("candidates")
            writer.beginArray()
            for alternative in token["top_logprobs"].map({ Array($0.elements) }) ?? [] {
                writeCandidate(alternative, into: &writer)
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.key("chosenCandidates")
        writer.beginArray()
        for token in tokens { writeCandidate(token, into: &writer) }
        writer.endArray()
        writer.endObject()
    }

    private static func writeCandidate(_ token: JSONValue, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("token")
        writer.value(token["token"]?.text ?? .empty)
        if let number = token["logprob"]?.number {
            writer.key("logProbability")
            writer.value(number)
        }
        writer.endObject()
    }
}
