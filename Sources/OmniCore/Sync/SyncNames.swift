/// Names that only one thing may have.
enum SyncNames {
    /// Names an item takes for itself; the store and the router refuse a second one.
    static func taken(by key: SyncKey, _ item: SyncItem) -> [String] {
        switch key.kind {
        case .combo: item.text("name").map { ["model \($0)"] } ?? []
        case .alias: ["model \(key.id)"]
        case .connection:
            item.text("name").map { ["account \(item.text("provider") ?? "") \($0)"] } ?? []
        case .node: item.text("prefix").map { ["prefix \($0.lowercased())"] } ?? []
        case .key: item.text("digest").map { ["digest \($0)"] } ?? []
        case .oauth, .model, .policy, .price, .limit, .setting, .secret: []
        }
    }

    /// The item under a name that nobody has, or as it is when its name cannot be changed.
    static func renamed(_ item: SyncItem, _ key: SyncKey, besides others: [(key: SyncKey, value: SyncItem)]) -> SyncItem
    {
        let field =
            switch key.kind {
            case .combo, .connection: "name"
            case .node: "prefix"
            case .oauth, .alias, .model, .policy, .price, .limit, .key, .setting, .secret: ""
            }
        guard let name = item.text(field) else { return item }
        let known = Set(others.flatMap { taken(by: $0.key, $0.value) })
        for number in 2...(others.count + 3) {
            var changed = item
            changed.set(field, "\(name)-\(number)")
            if known.isDisjoint(with: taken(by: key, changed)) { return changed }
        }
        return item
    }
}
