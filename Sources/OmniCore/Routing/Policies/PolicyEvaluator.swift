public import OmniTranslate

/// Finds the policy that decides about a request: the first that fits.
///
/// Made once for each snapshot; patterns are prepared and disabled policies left out.
public struct PolicyEvaluator: Sendable {
    /// What policies look at.
    public struct Request: Sendable, Hashable {
        public var clientKey: ClientKeyID?
        /// As the client wrote it.
        public var model: String
        /// Other names of what it leads to; a pattern that fits one of them fits.
        public var otherNames: [String] = []
        public var clientFormat: WireFormat
        /// Estimated.
        public var inputTokens: Int
        /// Estimated, in dollars; nil when there is no price.
        public var cost: Double?

        public init(
            clientKey: ClientKeyID? = nil, model: String, clientFormat: WireFormat, inputTokens: Int = 0,
            cost: Double? = nil
        ) {
            self.clientKey = clientKey
            self.model = model
            self.clientFormat = clientFormat
            self.inputTokens = inputTokens
            self.cost = cost
        }
    }

    /// What was decided, and by which policy.
    public struct Verdict: Sendable, Hashable {
        public var policy: String
        public var name: String
        public var action: RouterPolicy.Action

        public init(policy: String, name: String? = nil, action: RouterPolicy.Action) {
            self.policy = policy
            self.name = name ?? policy
            self.action = action
        }
    }

    private struct Prepared: Sendable {
        var policy: RouterPolicy
        var patterns: [[UInt8]]
    }

    private let prepared: [Prepared]

    public init(_ policies: [RouterPolicy]) {
        prepared = policies.enumerated().filter { $0.element.isEnabled }
            .sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map { Prepared(policy: $0.element, patterns: $0.element.match.models.map { Array($0.lowercased().utf8) }) }
    }

    public var isEmpty: Bool { prepared.isEmpty }

    /// Whether any policy looks at what a request costs.
    public var asksForCost: Bool {
        prepared.contains { $0.policy.match.minimumCost != nil || $0.policy.match.maximumCost != nil }
    }

    /// - Parameter wall: milliseconds since 1970.
    /// - Returns: nil when no policy fits, which lets the request through as it is.
    public func verdict(on request: Request, at wall: Int64) -> Verdict? {
        guard !prepared.isEmpty else { return nil }
        let names = ([request.model] + request.otherNames).map { Array($0.lowercased().utf8) }
        return prepared.first { Self.fits($0, request, names: names, at: wall) }
            .map { Verdict(policy: $0.policy.id, name: $0.policy.name, action: $0.policy.action) }
    }

    private static func fits(_ prepared: Prepared, _ request: Request, names: [[UInt8]], at wall: Int64) -> Bool {
        let match = prepared.policy.match
        if !match.clientKeys.isEmpty {
            guard let key = request.clientKey, match.clientKeys.contains(key) else { return false }
        }
        if !prepared.patterns.isEmpty,
            !prepared.patterns.contains(where: { pattern in names.contains { WildcardAliases.matches(pattern, $0) } })
        {
            return false
        }
        if !match.clientFormats.isEmpty, !match.clientFormats.contains(request.clientFormat) { return false }
        if let minimum = match.minimumInput, request.inputTokens < minimum { return false }
        if let maximum = match.maximumInput, request.inputTokens > maximum { return false }
        if match.minimumCost != nil || match.maximumCost != nil {
            guard let cost = request.cost else { return false }
            if let minimum = match.minimumCost, cost < minimum { return false }
            if let maximum = match.maximumCost, cost > maximum { return false }
        }
        return match.times.isEmpty || match.times.contains { $0.isOpen(at: wall) }
    }
}
