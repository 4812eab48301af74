import GRDB
import OmniCore
import OmniJSON

extension Combo {
    init(row: Row) throws {
        self.init(
            id: ComboID(row["id"] as String), name: row["name"], steps: [], isActive: row["isActive"],
            createdAt: row["createdAt"], updatedAt: row["updatedAt"])
        do {
            // Members of a later version are left aside.
            _ = try merge(StoredObject.fields(row["definition"]))
        } catch let fault as FieldFault {
            throw StoreError(.database, "the database holds a combo '\(name)' that cannot be read: \(fault)")
        }
    }

    /// In the order of the columns, the id last.
    var arguments: StatementArguments {
        [name, StoredObject.text { writeMembers(into: &$0) }, isActive, createdAt, updatedAt, id.rawValue]
    }
}

extension RoutingSettings {
    init(stored text: String) throws {
        self.init()
        let fields = try StoredObject.fields(text)
        try merge(fields)
        if let defaults = try fields.nested("comboDefaults") { _ = try mergeComboDefaults(defaults) }
        for (name, value) in try fields.nested("providerOverrides")?.members ?? [] {
            _ = try mergeOverride(of: ProviderID(name), JSONFields(value))
        }
        if let members = try fields.nested("resilience") { _ = try resilience.merge(members) }
    }

    var stored: String {
        StoredObject.text { writer in
            writeMembers(into: &writer, isSparse: true)
            writer.key("comboDefaults")
            writeComboDefaults(into: &writer, isSparse: true)
            writer.key("providerOverrides")
            writeOverrides(into: &writer) { $0.rawValue }
            writer.key("resilience")
            writer.beginObject()
            resilience.writeMembers(into: &writer, isSparse: true)
            writer.endObject()
        }
    }
}

extension PriceTable {
    init(rows: [Row]) throws {
        self.init()
        for row in rows {
            var prices = PriceRow()
            try prices.merge(StoredObject.fields(row["prices"]))
            self[ProviderID(row["provider"] as String), row["model"] as String] = prices
        }
    }
}
