public import OmniJSON

/// Custom models as the management API and the store write them.
extension CustomModel {
    /// Takes over the members that are there, except for provider and id.
    /// - Returns: the ways to members nobody reads.
    @discardableResult
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        for member: StaticString in ["modelName", "name"] where fields.has(member) {
            let given = try fields.string(member, maximum: 200)
            name = given.flatMap { $0.isEmpty ? nil : $0 } ?? id
        }
        for member: StaticString in ["kind", "type"] where fields.has(member) {
            kind = try fields.string(member, maximum: 40) ?? "chat"
            guard ModelDescription.kinds.contains(kind) else {
                throw FieldFault(
                    fields.path("\(member)"), "must be one of \(ModelDescription.kinds.joined(separator: ", "))")
            }
        }
        let tokens = 1...100_000_000
        try fields.read("contextWindow", into: &contextWindow, in: tokens)
        try fields.read("contextLength", into: &contextWindow, in: tokens)
        try fields.read("maxOutput", into: &maxOutputTokens, in: tokens)
        try fields.read("maxOutputTokens", into: &maxOutputTokens, in: tokens)
        try fields.read("dimensions", into: &dimensions, in: 1...1_000_000)
        if fields.has("capabilities") { capabilities = try Self.capabilities(in: fields) }
        if fields.has("source") {
            source = try fields.string("source", maximum: 40) ?? "manual"
            guard ["manual", "imported"].contains(source) else {
                throw FieldFault(fields.path("source"), "must be manual or imported")
            }
        }
        let known: Set = [
            "provider", "modelId", "id", "modelName", "name", "kind", "type", "contextWindow", "contextLength",
            "maxOutput", "maxOutputTokens", "dimensions", "capabilities", "source", "createdAt", "updatedAt",
        ]
        return fields.unknown(besides: known)
    }

    private static func capabilities(in fields: JSONFields) throws(FieldFault) -> Set<ModelCapability> {
        guard let value = fields.value("capabilities") else { return [] }
        guard value.kind == .array else { throw FieldFault(fields.path("capabilities"), "must be an array") }
        var capabilities: Set<ModelCapability> = []
        for (position, element) in value.elements.enumerated() {
            guard let capability = element.string.flatMap(ModelCapability.init(rawValue:)) else {
                throw FieldFault(
                    fields.path("capabilities[\(position)]"),
                    "must be one of \(ModelCapability.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            capabilities.insert(capability)
        }
        return capabilities
    }

    /// The members of an object that is begun already.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.key("name")
        writer.string(name)
        writer.key("source")
        writer.string(source)
        writer.key("type")
        writer.string(kind)
        writer.optional("contextLength", contextWindow)
        writer.optional("maxOutputTokens", maxOutputTokens)
        writer.optional("dimensions", dimensions)
        writer.key("capabilities")
        writer.beginArray()
        for capability in capabilities.names { writer.string(capability) }
        writer.endArray()
    }
}
