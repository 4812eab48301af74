import HTTPTypes
import OmniCore

/// Whether a combo may be stored.
extension ManagementAPI {
    /// - Parameter isNamed: whether its name is new.
    /// - Returns: warnings for a person.
    func review(
        _ combo: Combo, in configuration: RouterConfiguration, isNamed: Bool
    ) throws(ManagementError) -> [String] {
        var changed = configuration
        changed.combos.removeAll { $0.id == combo.id }
        changed.combos.append(combo)
        var warnings: [String] = []
        for issue in comboIssues(with: combo.id, in: changed) {
            switch issue {
            case .unknownStep: warnings.append("\(issue)")
            case .name: throw ManagementError(.badRequest, "invalid_field", "\(issue)", field: "name")
            case .nameTaken: throw ManagementError(.conflict, "duplicate_name", "\(issue)", field: "name")
            case .weight(let step):
                throw ManagementError(.badRequest, "invalid_field", "\(issue)", field: "models[\(step)].weight")
            case .cycle: throw ManagementError(.badRequest, "combo_cycle", "\(issue)", field: "models")
            case .tooDeep: throw ManagementError(.badRequest, "combo_too_deep", "\(issue)", field: "models")
            case .option: throw ManagementError(.badRequest, "invalid_field", "\(issue)", field: "config")
            case .dimensions: throw ManagementError(.badRequest, "invalid_field", "\(issue)", field: "models")
            }
        }
        if isNamed { try refuseShadow(combo.name, in: configuration) }
        return warnings
    }

    /// What is wrong with one combo of a configuration, or with all.
    ///
    /// Steps are looked at as what they lead to, since an alias may hide a combo.
    func comboIssues(with id: ComboID? = nil, in configuration: RouterConfiguration) -> [ComboValidator.Issue] {
        var all = configuration
        // Those at rest may be woken later.
        for index in all.combos.indices { all.combos[index].isActive = true }
        let snapshot = CatalogSnapshot(configuration: all, catalog: dependencies.catalog)
        for index in all.combos.indices {
            for step in all.combos[index].steps.indices {
                all.combos[index].steps[step].model = snapshot.resolvedName(all.combos[index].steps[step].model)
            }
        }
        let validator = ComboValidator(maximumDepth: configuration.routing.maximumDepth)
        return all.combos.filter { id == nil || $0.id == id }.flatMap { combo in
            validator.issues(with: combo, among: all.combos) { snapshot.objection(to: $0) }
                + snapshot.dimensionIssues(of: combo)
        }
    }

    /// A combo goes before models of the same name, which nobody could reach any more.
    private func refuseShadow(_ name: String, in configuration: RouterConfiguration) throws(ManagementError) {
        guard !configuration.aliases.contains(where: { $0.alias == name }) else {
            throw ManagementError(.conflict, "duplicate_name", "name: an alias is named '\(name)'", field: "name")
        }
        var bare = configuration
        bare.combos = []
        bare.aliases = []
        let isProvider =
            dependencies.catalog[name] != nil || configuration.nodes.contains { $0.prefix == name.lowercased() }
        guard !isProvider, !CatalogSnapshot(configuration: bare, catalog: dependencies.catalog).means(name) else {
            throw ManagementError(
                .conflict, "name_shadows_model", "name: '\(name)' is a provider or model already", field: "name")
        }
    }
}
