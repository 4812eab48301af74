public import OmniJSON

/// A connection's options as the management API and the store write them.
extension AccountOptions {
    /// Takes over the members that are there; `null` takes an option back to its default.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        try fields.read("maxConcurrent", into: &maximumConcurrency, in: 1...100_000)
        try fields.read("requestsPerMinute", into: &requestsPerMinute, in: 1...1_000_000_000)
        try fields.read("tokensPerMinute", into: &tokensPerMinute, in: 1...1_000_000_000_000)
        try fields.read("weight", into: &weight, default: 1) { value throws(FieldFault) in
            try fields.read("weight", into: &value, in: 0.001...1000)
        }
    }

    /// Members of an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.optional("maxConcurrent", maximumConcurrency)
        writer.optional("requestsPerMinute", requestsPerMinute)
        writer.optional("tokensPerMinute", tokensPerMinute)
        writer.optional("weight", weight)
    }
}
