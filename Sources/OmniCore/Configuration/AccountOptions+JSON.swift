public import OmniJSON

/// A connection's options as the management API and the store write them.
extension AccountOptions {
    /// Takes over the members that are there; `null` takes an option back to its default.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        try fields.read("maxConcurrent", into: &maximumConcurrency, in: 1...100_000)
        try fields.read("requestsPerMinute", into: &requestsPerMinute, in: 1...1_000_000_000)
        try fields.read("tokensPerMinute", into: &tokensPerMinute, in: 1...1_000_000_000_000)
        try fields.read("minTimeBetweenRequests", into: &minimumInterval, in: 0...60_000)
        if minimumInterval == .zero { minimumInterval = nil }
        try fields.read("rateLimitProtection", into: &isLimited, default: true) { value throws(FieldFault) in
            try fields.read("rateLimitProtection", into: &value)
        }
        if fields.has("resilienceProfile") {
            profile = try Self.profile(in: fields) ?? AccountOptions().profile
        }
        if fields.has("modelLimits") { try mergeModelLimits(fields) }
        try fields.read("weight", into: &weight, default: 1) { value throws(FieldFault) in
            try fields.read("weight", into: &value, in: 0.001...1000)
        }
    }

    /// More models than these are refused: their limits are held in memory.
    private static let maximumModels = 1000

    /// Changes the limits of one model; without any left it has none of its own.
    public mutating func mergeLimits(of model: String, _ fields: JSONFields) throws(FieldFault) {
        var limits = modelLimits[model] ?? RateLimits()
        try limits.merge(fields)
        guard limits != RateLimits() else {
            modelLimits[model] = nil
            return
        }
        guard modelLimits[model] != nil || modelLimits.count < Self.maximumModels else {
            throw FieldFault(fields.path("model"), "\(Self.maximumModels) models have limits of their own already")
        }
        modelLimits[model] = limits
    }

    /// Models are changed one by one; `null` takes away the limits of one, or of all.
    private mutating func mergeModelLimits(_ fields: JSONFields) throws(FieldFault) {
        guard let models = try fields.nested("modelLimits") else {
            modelLimits = [:]
            return
        }
        for (model, value) in models.members {
            guard !model.isEmpty, model.utf8.count <= 200 else {
                throw FieldFault(fields.path("modelLimits"), "holds a name that is no model's")
            }
            if value.isNull {
                modelLimits[model] = nil
            } else {
                try mergeLimits(of: model, JSONFields(value, path: models.path(model)))
            }
        }
    }

    private static func profile(in fields: JSONFields) throws(FieldFault) -> ResilienceProfile.Kind? {
        guard let name = try fields.string("resilienceProfile", maximum: 40) else { return nil }
        guard let kind = ResilienceProfile.Kind(rawValue: name) else {
            let names = ResilienceProfile.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldFault(fields.path("resilienceProfile"), "must be one of \(names)")
        }
        return kind
    }

    /// Members of an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.optional("maxConcurrent", maximumConcurrency)
        writer.optional("requestsPerMinute", requestsPerMinute)
        writer.optional("tokensPerMinute", tokensPerMinute)
        writer.optional("minTimeBetweenRequests", minimumInterval)
        writer.optional("weight", weight)
        writer.optional("rateLimitProtection", isLimited)
        writer.key("resilienceProfile")
        writer.string(profile.rawValue)
        guard !modelLimits.isEmpty else { return }
        writer.key("modelLimits")
        writer.beginObject()
        for (model, limits) in modelLimits.sorted(by: { $0.key < $1.key }) {
            writer.key(JSONText(model))
            writer.beginObject()
            limits.writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endObject()
    }
}
