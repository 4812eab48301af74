public import OmniJSON

/// A combo as the management API and the store write it.
extension Combo {
    /// More steps than these are refused: a plan holds all of them.
    static let maximumSteps = 100

    /// Takes over `models`, `strategy`, `config` and `description` as far as they are there.
    ///
    /// The members of `config` are taken over one by one; `models` is replaced whole.
    /// - Returns: the ways to members nobody reads, inside those four.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        var ignored: [String] = []
        if let models = fields.value("models") {
            guard models.kind == .array else { throw FieldFault("models", "must be an array") }
            steps = []
            for (index, model) in models.elements.enumerated() {
                guard index < Self.maximumSteps else {
                    throw FieldFault("models", "must be \(Self.maximumSteps) at most")
                }
                let read = try ComboStep.read(model, path: "models[\(index)]")
                steps.append(read.step)
                ignored += read.ignored
            }
        }
        if let name = try fields.string("strategy", maximum: 100) {
            guard let known = ComboStrategy(name: name) else {
                let names = ComboStrategy.allCases.map(\.rawValue).joined(separator: ", ")
                throw FieldFault("strategy", "must be one of \(names)")
            }
            strategy = known
        }
        if let config = try fields.nested("config") {
            try options.merge(config)
            ignored += config.unknown(besides: Options.names)
        }
        if fields.has("description") { summary = try fields.string("description", maximum: 1000) }
        return ignored
    }

    /// The members ``merge(_:)`` reads, in an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        if let summary {
            writer.key("description")
            writer.string(summary)
        }
        writer.key("models")
        writer.beginArray()
        for step in steps { step.write(into: &writer, isPlain: strategy != .weighted) }
        writer.endArray()
        writer.key("strategy")
        writer.string(strategy.rawValue)
        writer.key("config")
        writer.beginObject()
        options.writeMembers(into: &writer)
        writer.endObject()
    }
}
