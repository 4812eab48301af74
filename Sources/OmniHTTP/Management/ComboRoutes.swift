import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var comboRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/combos", .read, .listCombos, listCombos),
            ManagementRoute(.post, "/api/combos", .write, .createCombo, createCombo),
            ManagementRoute(.get, "/api/combos/:id", .read, .showCombo, showCombo),
            ManagementRoute(.put, "/api/combos/:id", .write, .changeCombo, changeCombo),
            ManagementRoute(.patch, "/api/combos/:id", .write, .changeCombo, changeCombo),
            ManagementRoute(.delete, "/api/combos/:id", .write, .deleteCombo, deleteCombo),
            ManagementRoute(.post, "/api/combos/:id/duplicate", .write, .duplicateCombo, duplicateCombo),
        ]
    }

    private func listCombos(_ call: ManagementRequest) async throws -> ManagementResponse {
        let combos = try await dependencies.store.load().combos
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("combos")
            writer.beginArray()
            for combo in combos { writer.combo(combo) }
            writer.endArray()
            writer.key("total")
            writer.value(combos.count)
            writer.endObject()
        }
    }

    private func createCombo(_ call: ManagementRequest) async throws -> ManagementResponse {
        let now = dependencies.clock.wallMilliseconds()
        let name = try call.body.requiredString("name", maximum: 200)
        let isActive = try call.body.bool("isActive") ?? true
        let (combo, warnings) = try await dependencies.store.transform { configuration in
            var combo = Combo(
                id: ComboID(RandomID.make()), name: name, steps: [], strategy: configuration.routing.comboStrategy,
                isActive: isActive, createdAt: now, updatedAt: now)
            let ignored = try merge(call.body, into: &combo)
            let warnings = try review(combo, in: configuration, isNamed: true) + ignored
            configuration.combos.append(combo)
            return (combo, warnings)
        }
        try await dependencies.publish()
        return show(combo, status: .created, warnings: warnings)
    }

    private func showCombo(_ call: ManagementRequest) async throws -> ManagementResponse {
        show(try await combo(call).combo)
    }

    private func changeCombo(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = ComboID(try call.id("id"))
        let name = call.body.has("name") ? try call.body.requiredString("name", maximum: 200) : nil
        let isActive = try call.body.bool("isActive")
        let now = dependencies.clock.wallMilliseconds()
        let (combo, warnings) = try await dependencies.store.transform { configuration in
            guard let index = configuration.combos.firstIndex(where: { $0.id == id }) else {
                throw ManagementError.notFound("combo")
            }
            let old = configuration.combos[index]
            var combo = old
            combo.name = name ?? old.name
            combo.isActive = isActive ?? old.isActive
            let ignored = try merge(call.body, into: &combo)
            let warnings = try review(combo, in: configuration, isNamed: combo.name != old.name) + ignored
            combo.updatedAt = now
            let orphans = combo.name == old.name ? [] : uses(of: old.name, in: configuration)
            configuration.combos[index] = combo
            return (combo, warnings + orphans)
        }
        try await dependencies.publish()
        return show(combo, warnings: warnings)
    }

    private func deleteCombo(_ call: ManagementRequest) async throws -> ManagementResponse {
        let (combo, configuration) = try await combo(call)
        guard try await dependencies.store.deleteCombo(combo.id) else { throw ManagementError.notFound("combo") }
        try await dependencies.publish()
        let warnings = uses(of: combo.name, in: configuration)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("message")
            writer.value("combo deleted")
            writer.key("success")
            writer.value(true)
            writer.warnings(warnings)
            writer.endObject()
        }
    }

    /// A copy under the name that is given, else under the first free one that ends in `-copy`.
    private func duplicateCombo(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = ComboID(try call.id("id"))
        let name = try call.body.string("name", maximum: 200)
        let now = dependencies.clock.wallMilliseconds()
        let (copy, warnings) = try await dependencies.store.transform { configuration in
            guard let original = configuration.combos.first(where: { $0.id == id }) else {
                throw ManagementError.notFound("combo")
            }
            var copy = original
            copy.id = ComboID(RandomID.make())
            copy.name = name ?? Self.nameOfCopy(of: original, in: configuration)
            copy.createdAt = now
            copy.updatedAt = now
            let warnings = try review(copy, in: configuration, isNamed: true)
            configuration.combos.append(copy)
            return (copy, warnings)
        }
        try await dependencies.publish()
        return show(copy, status: .created, warnings: warnings)
    }

    // MARK: Parts

    private static func nameOfCopy(of original: Combo, in configuration: RouterConfiguration) -> String {
        let taken = Set(configuration.combos.map(\.name) + configuration.aliases.map(\.alias))
        let stem = "\(original.name.prefix(90))-copy"
        let names = (1...).lazy.map { $0 == 1 ? stem : "\(stem)-\($0)" }
        return names.first { !taken.contains($0) } ?? stem
    }

    private func combo(_ call: ManagementRequest) async throws -> (combo: Combo, configuration: RouterConfiguration) {
        let id = ComboID(try call.id("id"))
        let configuration = try await dependencies.store.load()
        guard let combo = configuration.combos.first(where: { $0.id == id }) else {
            throw ManagementError.notFound("combo")
        }
        return (combo, configuration)
    }

    /// - Returns: a warning for each member nobody reads.
    private func merge(_ body: ManagementBody, into combo: inout Combo) throws(FieldFault) -> [String] {
        let fields = try body.fields
        let ignored = try combo.merge(fields)
        // What an answer of this interface holds may come back with a change.
        let known: Set = [
            "models", "strategy", "config", "description", "name", "isActive", "id", "createdAt", "updatedAt",
            "warnings",
        ]
        return (ignored + fields.unknown(besides: known)).map { "\($0): not known, ignored" }
    }

    /// A warning for each alias and each step that names a combo.
    private func uses(of name: String, in configuration: RouterConfiguration) -> [String] {
        let combos = configuration.combos.filter { $0.name != name && $0.steps.contains { $0.model == name } }
        let aliases = configuration.aliases.filter { $0.model == name }
        return combos.map { "the combo '\($0.name)' has a step '\(name)', which leads nowhere now" }
            + aliases.map { "the alias '\($0.alias)' names '\(name)', which leads nowhere now" }
    }

    private func show(
        _ combo: Combo, status: HTTPResponse.Status = .ok, warnings: [String] = []
    ) -> ManagementResponse {
        ManagementResponse(status: status) { $0.combo(combo, warnings: warnings) }
    }
}

extension JSONWriter {
    fileprivate mutating func combo(_ combo: Combo, warnings: [String] = []) {
        beginObject()
        key("id")
        string(combo.id.rawValue)
        key("name")
        string(combo.name)
        combo.writeMembers(into: &self)
        key("isActive")
        value(combo.isActive)
        key("createdAt")
        string(ISOTime.string(combo.createdAt))
        key("updatedAt")
        string(ISOTime.string(combo.updatedAt))
        self.warnings(warnings)
        endObject()
    }

    /// A member that is left out when there is nothing to say.
    fileprivate mutating func warnings(_ warnings: [String]) {
        guard !warnings.isEmpty else { return }
        key("warnings")
        beginArray()
        for warning in warnings { string(warning) }
        endArray()
    }
}
