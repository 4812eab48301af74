public import OmniJSON

/// Settings of resilience as the management API and the store write them.
extension ResilienceSettings {
    private static let usual = ResilienceProfiles()

    /// Takes over members of `profiles` and `defaults`; `null` takes a profile, or one member of it, back to its default.
    /// - Returns: the ways to members nobody reads, inside those two.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) -> [String] {
        var ignored: [String] = []
        if let list = try fields.nested("profiles") {
            for (name, value) in list.members {
                guard let kind = ResilienceProfile.Kind(rawValue: name) else {
                    let names = ResilienceProfile.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw FieldFault(list.path(name), "must be one of \(names)")
                }
                guard !value.isNull else {
                    profiles[kind] = Self.usual[kind]
                    continue
                }
                let members = try JSONFields(value, path: list.path(name))
                try profiles[kind].merge(members, usual: Self.usual[kind])
                ignored += members.unknown(besides: ResilienceProfile.names)
            }
        }
        if let limits = try fields.nested("defaults") {
            try defaults.merge(limits)
            ignored += limits.unknown(besides: RateLimits.names)
        }
        return ignored
    }

    /// The members ``merge(_:)`` reads, in an object that was begun.
    /// - Parameter isSparse: whether profiles that nobody changed are left out, so that they follow later defaults.
    public func writeMembers(into writer: inout JSONWriter, isSparse: Bool) {
        writer.key("profiles")
        writer.beginObject()
        for kind in ResilienceProfile.Kind.allCases where !isSparse || profiles[kind] != Self.usual[kind] {
            writer.key(JSONText(kind.rawValue))
            writer.beginObject()
            profiles[kind].writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endObject()
        writer.key("defaults")
        writer.beginObject()
        if isSparse { defaults.writeMembers(into: &writer) } else { defaults.writeAll(into: &writer) }
        writer.endObject()
    }
}

extension RateLimits {
    /// Every limit under the contract's names, `null` where there is none.
    fileprivate func writeAll(into writer: inout JSONWriter) {
        let numbers: [(StaticString, Int?)] = [
            ("requestsPerMinute", requestsPerMinute), ("tokensPerMinute", tokensPerMinute),
            ("concurrentRequests", maximumConcurrency),
            ("minTimeBetweenRequests", Int((minimumInterval ?? .zero).clampedNanoseconds / 1_000_000)),
        ]
        for (name, number) in numbers {
            writer.key(name)
            if let number { writer.value(number) } else { writer.null() }
        }
    }
}

extension ResilienceProfile {
    static let names: Set<String> = [
        "transientCooldown", "rateLimitCooldown", "maxBackoffLevel", "circuitBreakerThreshold",
        "circuitBreakerPercentage", "circuitBreakerReset", "circuitBreakerMaximum",
    ]

    /// Times are milliseconds.
    mutating func merge(_ fields: JSONFields, usual: ResilienceProfile) throws(FieldFault) {
        try Self.read("transientCooldown", &transientBase, usual.transientBase, 0...3_600_000, fields)
        try Self.read("rateLimitCooldown", &rateLimitBase, usual.rateLimitBase, 0...3_600_000, fields)
        try Self.read("maxBackoffLevel", &maximumLevel, usual.maximumLevel, 0...15, fields)
        try Self.read("circuitBreakerThreshold", &breakerThreshold, usual.breakerThreshold, 1...20, fields)
        try Self.read("circuitBreakerPercentage", &breakerPercentage, usual.breakerPercentage, 1...100, fields)
        try Self.read("circuitBreakerReset", &breakerBase, usual.breakerBase, 100...3_600_000, fields)
        try Self.read("circuitBreakerMaximum", &breakerMaximum, usual.breakerMaximum, 100...86_400_000, fields)
        guard breakerMaximum < breakerBase else { return }
        guard !fields.has("circuitBreakerMaximum") else {
            throw FieldFault(fields.path("circuitBreakerMaximum"), "must not be less than circuitBreakerReset")
        }
        // Whoever lengthens only the first time means the longest one too.
        breakerMaximum = breakerBase
    }

    func writeMembers(into writer: inout JSONWriter) {
        let numbers: [(StaticString, Int)] = [
            ("transientCooldown", Int(transientBase / 1_000_000)),
            ("rateLimitCooldown", Int(rateLimitBase / 1_000_000)),
            ("maxBackoffLevel", maximumLevel), ("circuitBreakerThreshold", breakerThreshold),
            ("circuitBreakerPercentage", breakerPercentage), ("circuitBreakerReset", Int(breakerBase / 1_000_000)),
            ("circuitBreakerMaximum", Int(breakerMaximum / 1_000_000)),
        ]
        for (name, number) in numbers {
            writer.key(name)
            writer.value(number)
        }
    }

    private static func read(
        _ name: StaticString, _ target: inout Int, _ usual: Int, _ range: ClosedRange<Int>, _ fields: JSONFields
    ) throws(FieldFault) {
        try fields.read(name, into: &target, default: usual) { value throws(FieldFault) in
            try fields.read(name, into: &value, in: range)
        }
    }

    /// A time in milliseconds, kept in nanoseconds.
    private static func read(
        _ name: StaticString, _ target: inout UInt64, _ usual: UInt64, _ range: ClosedRange<Int>, _ fields: JSONFields
    ) throws(FieldFault) {
        var milliseconds = Int(target / 1_000_000)
        let before = milliseconds
        try read(name, &milliseconds, Int(usual / 1_000_000), range, fields)
        if milliseconds != before { target = UInt64(milliseconds) * 1_000_000 }
    }
}
