import OmniJSON

/// Taking over what other machines did.
extension RouterConfiguration {
    /// This configuration with some things as another machine has them.
    /// - Parameters:
    ///   - changes: nil for what is to be gone. now: milliseconds since 1970.
    /// - Throws: ``FieldFault`` for an item that is no such thing.
    public func applying(_ changes: [SyncKey: SyncItem?], now: Int64) throws(FieldFault) -> RouterConfiguration {
        var result = self
        // Secrets last: they are put into accounts that may come with them.
        for isSecret in [false, true] {
            for (key, item) in changes.sorted(by: { $0.key < $1.key }) where (key.kind == .secret) == isSecret {
                try result.apply(key, item, now: now)
            }
        }
        return result
    }

    private mutating func apply(_ key: SyncKey, _ item: SyncItem?, now: Int64) throws(FieldFault) {
        let fields = try item?.object()
        switch key.kind {
        case .node:
            let place = nodes.firstIndex { $0.id.rawValue == key.id }
            try Self.put(&nodes, at: place, fields) { fields, old throws(FieldFault) in
                try ProviderNode(synchronised: fields, id: key.id, now: now)
            }
        case .connection:
            let place = connections.firstIndex { $0.id.rawValue == key.id }
            try Self.put(&connections, at: place, fields) { fields, old throws(FieldFault) in
                try Connection(synchronised: fields, id: key.id, old: old, now: now)
            }
        case .combo:
            let place = combos.firstIndex { $0.id.rawValue == key.id }
            try Self.put(&combos, at: place, fields) { fields, old throws(FieldFault) in
                try Combo(synchronised: fields, id: key.id, now: now)
            }
        case .alias:
            let place = aliases.firstIndex { $0.alias == key.id }
            try Self.put(&aliases, at: place, fields) { fields, _ throws(FieldFault) in
                ModelAlias(alias: key.id, model: try fields.required("model"))
            }
        case .model:
            let place = customModels.firstIndex { SyncCollection.id($0.provider, $0.id) == key.id }
            try Self.put(&customModels, at: place, fields) {
                fields, _ throws(FieldFault) in
                try CustomModel(synchronised: fields, id: key.id, now: now)
            }
        case .policy:
            let place = policies.firstIndex { $0.id == key.id }
            try Self.put(&policies, at: place, fields) { fields, _ throws(FieldFault) in
                var policy = RouterPolicy(id: key.id, name: "", action: .allow)
                try policy.merge(fields)
                return policy
            }
        case .key:
            let place = clientKeys.firstIndex { $0.id.rawValue == key.id }
            try Self.put(&clientKeys, at: place, fields) { fields, _ throws(FieldFault) in
                try ClientKey(synchronised: fields, id: key.id)
            }
        case .price: try applyPrice(key, item)
        case .limit:
            guard let scope = LimitScope(text: key.id) else { throw FieldFault(key.id, "no scope of limits") }
            var changed = UsageLimits()
            if let fields { try changed.merge(fields) }
            limits[scope] = changed.isEmpty ? nil : changed
        case .oauth:
            oauth[key.id] = try item.map { item throws(FieldFault) in
                try registration(key.id, item, keeping: OAuthRegistration.secretMembers)
            }
        case .secret: try applySecret(key, item, now: now)
        case .setting: try applySetting(key, item ?? SyncItem())
        }
    }

    private static func put<Entity>(
        _ list: inout [Entity], at position: Int?, _ fields: JSONFields?,
        _ make: (JSONFields, Entity?) throws(FieldFault) -> Entity
    ) throws(FieldFault) {
        guard let fields else {
            if let position { list.remove(at: position) }
            return
        }
        let entity = try make(fields, position.map { list[$0] })
        if let position { list[position] = entity } else { list.append(entity) }
    }

    private mutating func applyPrice(_ key: SyncKey, _ item: SyncItem?) throws(FieldFault) {
        guard let (provider, model) = SyncCollection.parts(of: key.id) else { throw FieldFault(key.id, "no model") }
        prices[provider, model] = nil
        guard var item else { return }
        let name = item.text("model") ?? model
        item.fields["model"] = nil
        var row = PriceRow()
        try row.merge(item.object())
        prices[provider, name] = row
    }

    private mutating func applySecret(_ key: SyncKey, _ item: SyncItem?, now: Int64) throws(FieldFault) {
        let parts = key.id.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { throw FieldFault(key.id, "no secret of anything") }
        if parts[0] == "oauth" {
            let id = String(parts[1])
            guard oauth[id] != nil else { return }
            let open = OAuthRegistration.names.subtracting(OAuthRegistration.secretMembers)
            oauth[id] = try registration(id, item ?? SyncItem(), keeping: open)
            return
        }
        let position = connections.firstIndex { $0.id.rawValue == parts[1] }
        guard let position, connections[position].credential?.tokens == nil else { return }
        guard let secret = try item?.object().required("apiKey", maximum: 10_000) else {
            connections[position].credential = nil
            return
        }
        if let objection = Credential.objection(to: secret) { throw FieldFault("apiKey", objection) }
        connections[position].credential = Credential(apiKey: secret)
        connections[position].testStatus = "unknown"
        connections[position].lastError = nil
        connections[position].lastErrorAt = nil
        connections[position].updatedAt = now
    }

    /// A registration of which some members stay as they are here.
    private func registration(
        _ id: String, _ item: SyncItem, keeping own: Set<String>
    ) throws(FieldFault) -> OAuthRegistration {
        var whole = SyncItem { (oauth[id] ?? OAuthRegistration()).writeMembers(into: &$0, showsSecret: true) }
        whole.fields = whole.fields.filter { own.contains($0.key) }
        whole.fields.merge(item.fields.filter { !own.contains($0.key) }) { $1 }
        var registration = OAuthRegistration()
        try registration.merge(whole.object())
        return registration
    }

    private mutating func applySetting(_ key: SyncKey, _ item: SyncItem) throws(FieldFault) {
        switch key.id {
        case "routing":
            var changed = RoutingSettings()
            let fields = try item.object()
            try changed.merge(fields)
            changed.bodyLog = routing.bodyLog
            if let defaults = try fields.nested("comboDefaults") { _ = try changed.mergeComboDefaults(defaults) }
            for (name, value) in try fields.nested("providerOverrides")?.members ?? [] {
                _ = try changed.mergeOverride(of: ProviderID(name), JSONFields(value))
            }
            if let members = try fields.nested("resilience") { _ = try changed.resilience.merge(members) }
            routing = changed
        case "thinking":
            var changed = RequestShaping().thinking
            try changed.merge(item.object())
            shaping.thinking = changed
        case "systemPrompt":
            var changed = RequestShaping().systemPrompt
            try changed.merge(item.object())
            shaping.systemPrompt = changed
        default: throw FieldFault(key.id, "no setting that is known here")
        }
    }
}
