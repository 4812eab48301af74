import OmniJSON

/// Things as other machines wrote them, read with care: they may be of a later version.
extension ProviderNode {
    init(synchronised fields: JSONFields, id: String, now: Int64) throws(FieldFault) {
        let baseURL = try fields.required("baseUrl", maximum: 2000)
        if let objection = UpstreamAddressPolicy.objection(to: baseURL) { throw FieldFault("baseUrl", objection) }
        guard let type: Kind = try fields.choice("type") else { throw FieldFault("type", "required") }
        self.init(
            id: ProviderNodeID(id), name: try fields.required("name"), prefix: try fields.required("prefix"),
            type: type,
            apiType: try fields.choice("apiType"), baseURL: baseURL, createdAt: fields.milliseconds("createdAt") ?? now,
            updatedAt: now)
    }
}

extension Connection {
    /// What only this machine knows of the account stays.
    init(synchronised fields: JSONFields, id: String, old: Connection?, now: Int64) throws(FieldFault) {
        let provider = ProviderID(try fields.required("provider"))
        var isActive: Bool? = true
        try fields.read("isActive", into: &isActive)
        var priority: Int? = 1
        try fields.read("priority", into: &priority, in: 0...1_000_000)
        self = old ?? Connection(id: ConnectionID(id), provider: provider, name: "")
        self.provider = provider
        name = try fields.required("name")
        self.priority = priority ?? 1
        self.isActive = isActive ?? true
        baseURL = try fields.string("baseUrl", maximum: 2000)
        if let baseURL, let objection = UpstreamAddressPolicy.objection(to: baseURL) {
            throw FieldFault("baseUrl", objection)
        }
        defaultModel = try fields.string("defaultModel", maximum: 400)
        createdAt = fields.milliseconds("createdAt") ?? now
        updatedAt = now
        try options.merge(Self.options(in: fields))
        if fields.value("hasKey")?.bool == true, credential == nil {
            testStatus = "error"
            lastError = "its key is not on this machine: keys are not synchronised here; enter it"
            lastErrorAt = now
        }
    }

    /// Those that are synchronised, missing ones as `null`, which takes them back to their defaults.
    private static func options(in fields: JSONFields) throws(FieldFault) -> JSONFields {
        var writer = JSONWriter()
        writer.beginObject()
        for name in synchronisedOptions {
            writer.key(JSONText(name))
            if let value = fields.members.last(where: { $0.name == name })?.value {
                writer.value(value)
            } else {
                writer.null()
            }
        }
        writer.endObject()
        do {
            return try JSONFields(JSONValue(parsing: writer.bytes))
        } catch {
            throw FieldFault("options", "cannot be read")
        }
    }
}

extension Combo {
    init(synchronised fields: JSONFields, id: String, now: Int64) throws(FieldFault) {
        var isActive: Bool? = true
        try fields.read("isActive", into: &isActive)
        self.init(
            id: ComboID(id), name: try fields.required("name"), steps: [], isActive: isActive ?? true,
            createdAt: fields.milliseconds("createdAt") ?? now, updatedAt: now)
        _ = try merge(fields)
    }
}

extension CustomModel {
    init(synchronised fields: JSONFields, id key: String, now: Int64) throws(FieldFault) {
        let id = try fields.required("id")
        guard let (provider, model) = SyncCollection.parts(of: key), model == id.lowercased() else {
            throw FieldFault("id", "is another model's")
        }
        self.init(provider: provider, id: id, createdAt: fields.milliseconds("createdAt") ?? now, updatedAt: now)
        try merge(fields)
    }
}

extension ClientKey {
    init(synchronised fields: JSONFields, id: String) throws(FieldFault) {
        guard let digest = [UInt8](hexadecimal: try fields.required("digest")), digest.count == 32 else {
            throw FieldFault("digest", "must be 64 hexadecimal digits")
        }
        // A key that cannot be read must not become one that is good for everything.
        guard let isActive = fields.value("isActive")?.bool else { throw FieldFault("isActive", "required") }
        self.init(
            id: ClientKeyID(id), name: try fields.required("name"), digest: digest, mask: try fields.required("mask"),
            isActive: isActive, revokedAt: fields.milliseconds("revokedAt"),
            createdAt: fields.milliseconds("createdAt") ?? 0)
        try limits.merge(fields)
    }
}

extension JSONFields {
    func required(_ name: StaticString, maximum: Int = 1000) throws(FieldFault) -> String {
        guard let text = try string(name, maximum: maximum), !text.isEmpty else {
            throw FieldFault(path("\(name)"), "required")
        }
        return text
    }

    /// Milliseconds since 1970.
    func milliseconds(_ name: StaticString) -> Int64? { value(name)?.int.map(Int64.init) }
}
