import OmniJSON

/// What of a request shapes its answer, as bytes: the same question gives the same ones in whichever dialect it is asked.
///
/// Left out is what the answer does not depend on: who asks, metadata, ids, the model's name (routing decides what answers
/// to it), whether a stream is wanted, and where a provider shall cache its prompt. Calls are told apart by their order,
/// for not every dialect has ids. What only one dialect has counts together with the dialect's name.
public enum RequestFingerprint {
    /// - Returns: some bytes more than the request's own texts have. Complexity: O(n).
    public static func bytes(of request: CanonicalRequest) -> [UInt8] {
        var conversation = ConversationFingerprint(request)
        conversation.write(request.messages)
        var writer = conversation.writer
        // Between the parts, so that the end of one cannot be read as the beginning of the next.
        writer.mark(".")
        for tool in request.tools { write(tool, of: request.origin, into: &writer) }
        if !request.tools.isEmpty { write(request.toolChoice, into: &writer) }
        writer.mark(".")
        writer.flag("P", request.allowsParallelToolCalls == false)
        writer.field("M", request.maxOutputTokens)
        write(request.sampling, into: &writer)
        for stop in request.stopSequences { writer.field("X", stop) }
        write(request.responseFormat, into: &writer)
        if let reasoning = request.reasoning { write(reasoning, of: request.origin, into: &writer) }
        writer.mark(".")
        if request.choiceCount != 1 { writer.field("N", request.choiceCount) }
        if let logprobs = request.logprobs { writer.field("L", logprobs.topCount ?? 0) }
        writer.field("V", request.verbosity)
        writer.field("S", request.serviceTier)
        writer.field("G", request.safetySettings)
        writer.fields("O", request.outputVendorFields, of: request.origin)
        // How long the machine keeps a model loaded changes nothing it says.
        writer.fields("H", request.runtimeHints.filter { !$0.name.equals("keep_alive") }, of: request.origin)
        writer.fields("F", request.vendorFields, of: request.origin)
        return writer.bytes
    }

    private static func write(_ tool: Tool, of origin: WireFormat, into writer: inout FingerprintWriter) {
        switch tool {
        case .function(let function):
            writer.field("t", function.name)
            writer.field("d", function.description.flatMap { $0.isEmpty ? nil : $0 })
            writer.field("p", function.parameters)
            writer.flag("!", function.isStrict == true)
            writer.fields("f", function.vendorFields, of: origin)
        case .custom(let name, let description, let format):
            writer.field("c", name)
            writer.field("d", description.flatMap { $0.isEmpty ? nil : $0 })
            writer.field("p", format)
        case .hosted(let part):
            writer.field("h", part.type)
            writer.text(part.origin.rawValue)
            writer.value(part.raw)
        }
    }

    /// With tools, leaving the choice to the model is what all dialects do by themselves.
    private static func write(_ choice: ToolChoice?, into writer: inout FingerprintWriter) {
        switch choice {
        case nil, .auto: break
        case .some(.none): writer.mark("-")
        case .required: writer.mark("+")
        case .named(let name): writer.field("=", name)
        case .allowed(let names, let isRequired):
            writer.mark(isRequired ? "A" : "a")
            writer.number(names.count)
            for name in names { writer.text(name) }
        case .hosted(let value): writer.field("h", value)
        }
    }

    private static func write(_ sampling: Sampling, into writer: inout FingerprintWriter) {
        writer.field("1", sampling.temperature)
        writer.field("2", sampling.topP)
        writer.field("3", sampling.topK)
        writer.field("4", sampling.frequencyPenalty)
        writer.field("5", sampling.presencePenalty)
        writer.field("6", sampling.seed)
        writer.field("7", sampling.logitBias)
    }

    private static func write(_ format: ResponseFormat?, into writer: inout FingerprintWriter) {
        switch format {
        case nil, .text: break
        case .jsonObject: writer.mark("J")
        case .jsonSchema(let name, let description, let schema, let isStrict):
            writer.field("j", schema)
            writer.field("n", name)
            writer.field("d", description)
            writer.flag("!", isStrict == true)
        }
    }

    private static func write(_ reasoning: Reasoning, of origin: WireFormat, into writer: inout FingerprintWriter) {
        writer.mark("R")
        if let effort = reasoning.effort { writer.text(effort.rawValue) } else { writer.mark("0") }
        writer.field("b", reasoning.budgetTokens)
        if let visibility = reasoning.visibility {
            writer.mark("v")
            writer.text(visibility.rawValue)
        }
        guard let native = reasoning.native else { return }
        // A switch that is on asks for something else than a degree, though both may come to the same effort.
        if native.kind == .bool { writer.field("w", native) }
        for member in native.members where !isToldByMembers(member) {
            writer.mark("w")
            writer.text(origin.rawValue)
            writer.text(member.name)
            writer.value(member.value)
        }
    }

    /// Whether the canonical members say all that this one of the client's own object does.
    private static func isToldByMembers(_ member: JSONMember) -> Bool {
        switch member.name.string {
        case "effort", "budget_tokens", "thinkingLevel", "includeThoughts": true
        case "thinkingBudget": member.value.int ?? -1 >= 0
        case "type": ["enabled", "disabled"].contains(member.value.string)
        default: false
        }
    }
}

extension CanonicalRequest {
    /// Whether the answer may come from a tool that the provider runs: what such a tool finds changes by itself.
    public var usesHostedTools: Bool {
        do throws(TranslationError) {
            return try !hostedTools(among: tools).isEmpty
        } catch {
            // One that only its origin knows is one.
            return true
        }
    }
}
