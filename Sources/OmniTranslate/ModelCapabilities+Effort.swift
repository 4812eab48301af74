extension ModelCapabilities {
    /// The nearest amount the model can be asked for: the same, else less, else the least it knows.
    ///
    /// Only a wish for none at all ends there, so that a model asked to think a little is never told not to.
    func nearestEffort(_ wanted: Reasoning.Effort) -> Reasoning.Effort {
        if efforts.contains(wanted) { return wanted }
        let known = Reasoning.Effort.allCases.filter { efforts.contains($0) && $0 != .none }
        guard wanted != .none, let position = Reasoning.Effort.allCases.firstIndex(of: wanted) else {
            return known.first ?? wanted
        }
        return Reasoning.Effort.allCases[..<position].last { known.contains($0) } ?? known.first ?? wanted
    }
}
