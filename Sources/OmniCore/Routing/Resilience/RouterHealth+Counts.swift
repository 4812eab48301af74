/// Counts of combos and their steps.
extension RouterHealth {
    /// What is counted under a name; combos are named by their id, steps as ``RoutePlan/stepName(_:)`` says it.
    public struct CountState: Sendable, Hashable {
        public var key: String
        public var counts: ServingCounts
        /// Milliseconds since 1970.
        public var lastUsedAt: Int64

        public init(key: String, counts: ServingCounts, lastUsedAt: Int64) {
            self.key = key
            self.counts = counts
            // The moment of one process means nothing in another.
            self.counts.lastUsedAt = .zero
            self.lastUsedAt = lastUsedAt
        }
    }

    public func counts(of combo: ComboID) -> ServingCounts {
        comboPositions[combo.rawValue].map { combos[Int($0)] } ?? ServingCounts()
    }

    /// - Parameter step: its name, see ``RoutePlan/stepName(_:)``.
    public func counts(ofStep step: String) -> ServingCounts {
        stepPositions[step].map { steps[Int($0)].counts } ?? ServingCounts()
    }

    /// Begins to count anew, for one combo and its steps or for all.
    public mutating func resetCounts(of combo: Combo? = nil) {
        if let combo {
            if let position = comboPositions[combo.id.rawValue] { combos[Int(position)] = ServingCounts() }
            for key in combo.stepKeys {
                if let position = stepPositions[key] { steps[Int(position)].counts = ServingCounts() }
            }
        } else {
            for position in combos.indices { combos[position] = ServingCounts() }
            for position in steps.indices { steps[position].counts = ServingCounts() }
        }
        revision += 1
    }

    /// Forgets what was counted of combos and steps that are no more, which would be kept for ever.
    mutating func keepCounts(of present: [Combo]) {
        let combos = Set(present.map(\.id.rawValue))
        let steps = Set(present.flatMap(\.stepKeys))
        for (key, position) in comboPositions where !combos.contains(key) {
            self.combos[Int(position)] = ServingCounts()
        }
        for (key, position) in stepPositions where !steps.contains(key) {
            self.steps[Int(position)].counts = ServingCounts()
        }
    }
}

extension Combo {
    /// The names of its steps, in order.
    public var stepKeys: [String] { steps.indices.map(stepKey) }

    /// The name a step is counted under: another place or model is another step.
    func stepKey(_ index: Int) -> String { "\(id.rawValue)/\(index)/\(steps[index].model)" }
}
