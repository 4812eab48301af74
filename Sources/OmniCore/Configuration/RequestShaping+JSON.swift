public import OmniJSON
public import OmniTranslate

extension ThinkingBudget {
    public static let names: Set<String> = ["mode", "customBudget", "effortLevel"]

    /// Takes over the members that are there; `null` takes one back to its default.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        let usual = ThinkingBudget()
        if fields.has("mode") { mode = try fields.choice("mode") ?? usual.mode }
        if fields.has("effortLevel") { effortLevel = try fields.choice("effortLevel") ?? usual.effortLevel }
        try fields.read("customBudget", into: &customBudget, default: usual.customBudget) { value throws(FieldFault) in
            try fields.read("customBudget", into: &value, in: Self.range)
        }
    }

    /// The members ``merge(_:)`` reads, in an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.key("mode")
        writer.string(mode.rawValue)
        writer.key("customBudget")
        writer.value(customBudget)
        writer.key("effortLevel")
        writer.string(effortLevel.rawValue)
    }
}

extension RequestShaping.SystemPrompt {
    public static let names: Set<String> = ["enabled", "prompt"]

    /// Takes over the members that are there; `null` takes one back to its default.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        try fields.read("enabled", into: &isEnabled, default: false) { value throws(FieldFault) in
            try fields.read("enabled", into: &value)
        }
        if fields.has("prompt") {
            guard let value = fields.value("prompt") else {
                prompt = ""
                return
            }
            // Not trimmed: its line breaks are part of what models read.
            guard let text = value.string else { throw FieldFault(fields.path("prompt"), "must be a string") }
            guard text.utf8.count <= Self.maximumBytes else {
                throw FieldFault(fields.path("prompt"), "longer than \(Self.maximumBytes) bytes")
            }
            prompt = text
        }
    }

    public func writeMembers(into writer: inout JSONWriter) {
        writer.key("enabled")
        writer.value(isEnabled)
        writer.key("prompt")
        writer.string(prompt)
    }
}
