/// What is known of the length of embeddings.
extension CatalogSnapshot {
    /// Steps of a combo that give vectors of different lengths, as far as that is known.
    ///
    /// A client's `dimensions` could make them alike; but most clients send none, and would fill an index with both.
    public func dimensionIssues(of combo: Combo) -> [ComboValidator.Issue] {
        let known = combo.steps.compactMap { step in
            dimensions(of: step.model).map { (model: step.model, dimensions: $0) }
        }
        guard let first = known.first, let other = known.first(where: { $0.dimensions != first.dimensions }) else {
            return []
        }
        return [
            .dimensions(
                first: "'\(first.model.prefix(200))' with \(first.dimensions)",
                other: "'\(other.model.prefix(200))' with \(other.dimensions)")
        ]
    }

    /// How many numbers a model's embeddings have; nil for one of which that is not known.
    private func dimensions(of name: String) -> Int? {
        let resolved = resolvedName(name)
        let lowered = resolved.lowercased()
        let kind = ModelPurpose.embedding.kind
        if let slash = lowered.firstIndex(of: "/"), let route = routes[String(lowered[..<slash])] {
            let id = lowered[lowered.index(after: slash)...]
            return route.models(for: .embedding).first { $0.id.lowercased() == id }?.dimensions
        }
        guard let bare = bareModels[kind]?[lowered], bare.count == 1, let only = bare.first else { return nil }
        return routes[only.prefix]?.models(for: .embedding).first { $0.id == only.id }?.dimensions
    }
}
