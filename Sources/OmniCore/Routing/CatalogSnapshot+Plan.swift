public import OmniTranslate

extension CatalogSnapshot {
    /// What a name leads to.
    private enum Destination {
        case combo(Combo)
        case model(ProviderRoute, id: String)
    }

    /// Finds the targets of a model name: combo, alias, pattern, node prefix, provider prefix, then bare name.
    /// - Parameter clientFormat: what the client speaks; upstreams that know several formats are addressed in it.
    ///   - key: whose limits hold; nil for none.
    ///   - purpose: what the model must be able to do.
    /// - Throws: a fault of kind notFound, with near matches, invalidRequest when the name fits several providers, or
    ///   permission when the key may use nothing that it leads to.
    public func plan(
        model name: String, clientFormat: WireFormat, for key: ClientKeyID? = nil, purpose: ModelPurpose = .chat
    ) throws(UpstreamFault) -> RoutePlan {
        var builder = PlanBuilder(
            serial: serial, settings: routing, prices: prices, usagePrices: usagePrices, proxies: proxies)
        let allowance = key.flatMap { allowances[$0] }?.opening(name, resolvedName(name))
        switch try destination(of: name, for: key, purpose: purpose) {
        case .model(let route, let id):
            try check(route, model: id, allowance, requested: name)
            guard builder.pool(route, model: id, clientFormat: clientFormat, allowance: allowance) != nil else {
                throw allowance == nil ? noConnection(route) : Self.noConnectionAllowed
            }
            return builder.plan(requestedModel: name, combo: nil)
        case .combo(let combo):
            var objection: UpstreamFault?
            guard
                add(
                    combo, path: [], combos: [combo.id], clientFormat: clientFormat, allowance: allowance,
                    purpose: purpose, to: &builder,
                    objection: &objection) != nil
            else {
                if let objection, objection.kind == .permission { throw objection }
                let reason = objection.map { ": \($0.message)" } ?? ""
                throw UpstreamFault(
                    .notFound, message: "no step of the combo '\(combo.name)' can be served\(reason)",
                    code: "no_connection", parameter: "model")
            }
            return builder.plan(requestedModel: name, combo: combo)
        }
    }

    /// Adds a combo and all it consists of; steps that lead nowhere are left out.
    /// - Parameter combos: it and those it is a step of, the innermost first.
    /// - Returns: nil when nothing is left.
    private func add(
        _ combo: Combo, path: [String], combos: [ComboID], clientFormat: WireFormat, allowance: KeyAllowance?,
        purpose: ModelPurpose, to builder: inout PlanBuilder,
        objection: inout UpstreamFault?
    ) -> Int32? {
        // Both are refused when a combo is stored; what was stored otherwise must not hang.
        guard !path.contains(combo.name), path.count < min(routing.maximumDepth, StepPath.maximumDepth) else {
            return nil
        }
        var steps: [(step: ComboStep, index: Int, node: Int32)] = []
        for (index, step) in combo.steps.enumerated() {
            do throws(UpstreamFault) {
                let inside = allowance?.opening(step.model, resolvedName(step.model))
                var node: Int32?
                switch try destination(of: step.model, purpose: purpose) {
                case .combo(let inner):
                    node = add(
                        inner, path: path + [combo.name], combos: [inner.id] + combos, clientFormat: clientFormat,
                        allowance: inside,
                        purpose: purpose,
                        to: &builder,
                        objection: &objection)
                case .model(let route, let id):
                    try check(route, model: id, inside, requested: step.model)
                    node = builder.pool(
                        route, model: id, clientFormat: clientFormat, allowance: inside, combos: combos)
                    if node == nil, inside != nil { throw Self.noConnectionAllowed }
                }
                if let node { steps.append((step, index, node)) }
            } catch {
                // What the key may not use is what its owner can change; the rest is secondary.
                objection = objection.map { $0.kind == .permission ? $0 : error } ?? error
            }
        }
        return steps.isEmpty ? nil : builder.combo(combo, steps: steps)
    }

    /// What a name stands for after all aliases and patterns.
    public func resolvedName(_ name: String) -> String {
        var resolved = name
        var seen: Set<String> = []
        // An alias may name another one; a circle is cut where it closes.
        while combos[resolved] == nil, let next = aliases[resolved] ?? patterns.model(for: resolved),
            seen.insert(resolved).inserted, seen.count <= 5
        {
            resolved = next
        }
        return resolved
    }

    /// What a name is called otherwise: behind its aliases, and with its provider in front.
    func names(of name: String) -> [String] {
        var names = [name, resolvedName(name)]
        do throws(UpstreamFault) {
            if case .model(let route, let id) = try destination(of: name) {
                names.append("\(route.prefix)/\(route.modelID(matching: id) ?? id)")
            }
        } catch {
            // A name that leads nowhere has no other; its plan says why.
            return names
        }
        return names
    }

    private func check(
        _ route: ProviderRoute, model: String, _ allowance: KeyAllowance?, requested: String
    ) throws(UpstreamFault) {
        guard let allowance, !allowance.permits(route, model: route.modelID(matching: model) ?? model) else { return }
        throw UpstreamFault(
            .permission, message: "this client key may not use the model '\(requested.prefix(200))'",
            code: "model_not_allowed", parameter: "model")
    }

    private static let noConnectionAllowed = UpstreamFault(
        .permission, message: "no connection that this client key may use can serve the model",
        code: "no_connection_allowed", parameter: "model")

    private func destination(
        of name: String, for key: ClientKeyID? = nil, purpose: ModelPurpose? = nil
    ) throws(UpstreamFault) -> Destination {
        let resolved = resolvedName(name)
        if let combo = combos[resolved] { return .combo(combo) }
        if let slash = resolved.firstIndex(of: "/") {
            let prefix = resolved[..<slash].lowercased()
            let model = String(resolved[resolved.index(after: slash)...])
            if let route = routes[prefix], !model.isEmpty {
                return try destination(route, model: model, requested: name, purpose: purpose)
            }
            if let reason = excluded[prefix] {
                throw UpstreamFault(
                    .notFound, message: "the provider '\(prefix)' cannot be used: \(reason)", code: "model_not_found",
                    parameter: "model")
            }
        }
        let lowered = resolved.lowercased()
        let candidates = candidates(lowered, for: purpose)
        let usable = candidates.filter(\.isUsable)
        if let only = usable.first ?? candidates.first, usable.count == 1 || candidates.count == 1,
            let route = routes[only.prefix]
        {
            return try destination(route, model: only.id, requested: name, purpose: purpose)
        }
        if usable.count > 1 {
            let choices = usable.prefix(3).map { "'\($0.prefix)/\($0.id)'" }.joined(separator: ", ")
            throw UpstreamFault(
                .invalidRequest, message: "the model '\(name)' is offered by several providers: write \(choices)",
                code: "ambiguous_model", parameter: "model")
        }
        // Known, but nobody has an account for it: the plan says so.
        if let first = candidates.first, let route = routes[first.prefix] {
            return try destination(route, model: first.id, requested: name, purpose: purpose)
        }
        throw unknownModel(name, for: key)
    }

    /// Models of a name that serve a purpose, else those of another, which are found to be told apart.
    ///
    /// Without a purpose, only what the name means is asked.
    private func candidates(_ lowered: String, for purpose: ModelPurpose?) -> [BareModel] {
        if let found = bareModels[(purpose ?? .chat).kind]?[lowered] { return found }
        return ModelPurpose.allCases.lazy.compactMap { self.bareModels[$0.kind]?[lowered] }.first ?? []
    }

    private func destination(
        _ route: ProviderRoute, model: String, requested: String, purpose: ModelPurpose?
    ) throws(UpstreamFault) -> Destination {
        if route.isClosedList, route.modelID(matching: model) == nil { throw unknownModel(requested) }
        if let purpose, !route.serves(purpose, model: model) {
            throw UpstreamFault(
                .invalidRequest,
                message:
                    "the model '\(requested.prefix(200))' \(route.deed(of: model)), and this endpoint wants one that "
                    + purpose.deed,
                code: "model_not_supported", parameter: "model")
        }
        guard !route.accounts.isEmpty else { throw noConnection(route) }
        return .model(route, id: model)
    }

    private func noConnection(_ route: ProviderRoute) -> UpstreamFault {
        let advice = route.restriction ?? "add one under /api/providers"
        return UpstreamFault(
            .notFound, message: "no active connection for provider '\(route.prefix)': \(advice)",
            code: "no_connection", parameter: "model")
    }
}
