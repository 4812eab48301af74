import OmniJSON
import OmniTranslate

/// A step as the management API and the store write it: a name alone, or an object.
extension ComboStep {
    /// - Parameter path: the way to the step, such as `models[0]`.
    /// - Returns: the step, and the ways to members nobody reads.
    static func read(_ value: JSONValue, path: String) throws(FieldFault) -> (step: ComboStep, ignored: [String]) {
        if let name = value.string {
            let name = try JSONFields.plain(name, maximum: 400, path: path)
            guard !name.isEmpty else { throw FieldFault(path, "must not be empty") }
            return (ComboStep(name), [])
        }
        guard value.kind == .object else { throw FieldFault(path, "must be a name or an object with 'model'") }
        let fields = try JSONFields(value, path: path)
        guard let model = try fields.string("model", maximum: 400), !model.isEmpty else {
            throw FieldFault("\(path).model", "required")
        }
        var step = ComboStep(model)
        try fields.read("weight", into: &step.weight, default: 1) { weight throws(FieldFault) in
            try fields.read("weight", into: &weight, in: 0...100)
        }
        try fields.read("timeoutMs", into: &step.timeout, in: 100...600_000)
        try fields.read("maxRetries", into: &step.retries, in: 0...10)
        try fields.read("concurrency", into: &step.concurrency, in: 1...100_000)
        var ignored = fields.unknown(besides: [
            "model", "weight", "timeoutMs", "maxRetries", "concurrency", "conditions",
        ])
        if let conditions = try fields.nested("conditions") { ignored += try step.conditions.merge(conditions) }
        return (step, ignored)
    }

    /// - Parameter isPlain: whether a step with nothing but a name is written as the name.
    func write(into writer: inout JSONWriter, isPlain: Bool) {
        guard !isPlain || self != ComboStep(model) else {
            writer.string(model)
            return
        }
        writer.beginObject()
        writer.key("model")
        writer.string(model)
        writer.optional("weight", weight)
        writer.optional("timeoutMs", timeout)
        writer.optional("maxRetries", retries)
        writer.optional("concurrency", concurrency)
        if conditions != Conditions() {
            writer.key("conditions")
            conditions.write(into: &writer)
        }
        writer.endObject()
    }
}

extension ComboStep.Conditions {
    fileprivate mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        try fields.read("minInputTokens", into: &minimumInput, in: 0...1_000_000_000)
        try fields.read("maxInputTokens", into: &maximumInput, in: 0...1_000_000_000)
        if let minimumInput, let maximumInput, minimumInput > maximumInput {
            throw FieldFault(fields.path("maxInputTokens"), "must not be less than minInputTokens")
        }
        try fields.read("tools", into: &hasTools)
        try fields.read("images", into: &hasImages)
        try fields.read("reasoning", into: &wantsReasoning)
        if let formats = fields.value("formats") {
            let path = fields.path("formats")
            guard formats.kind == .array else { throw FieldFault(path, "must be an array") }
            for format in formats.elements {
                guard let format = format.string.flatMap(WireFormat.init(rawValue:)) else {
                    let names = WireFormat.allCases.map(\.rawValue).joined(separator: ", ")
                    throw FieldFault(path, "each must be one of \(names)")
                }
                clientFormats.insert(format)
            }
        }
        return fields.unknown(besides: [
            "minInputTokens", "maxInputTokens", "tools", "images", "reasoning", "formats",
        ])
    }

    fileprivate func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("minInputTokens", minimumInput)
        writer.optional("maxInputTokens", maximumInput)
        writer.optional("tools", hasTools)
        writer.optional("images", hasImages)
        writer.optional("reasoning", wantsReasoning)
        if !clientFormats.isEmpty {
            writer.key("formats")
            writer.beginArray()
            for format in WireFormat.allCases where clientFormats.contains(format) { writer.string(format.rawValue) }
            writer.endArray()
        }
        writer.endObject()
    }
}
