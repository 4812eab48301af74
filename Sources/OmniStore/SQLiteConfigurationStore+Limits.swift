import GRDB
public import OmniCore
import OmniJSON

/// What may be used.
extension SQLiteConfigurationStore {
    public func setLimits(_ limits: UsageLimits, of scope: LimitScope) async throws {
        guard !limits.isEmpty else {
            _ = try await change("DELETE FROM usageLimit WHERE scope = ?", [scope.text])
            return
        }
        _ = try await change(
            "INSERT INTO usageLimit (scope, limits) VALUES (?, ?) ON CONFLICT DO UPDATE SET limits = excluded.limits",
            [scope.text, StoredObject.text { limits.writeMembers(into: &$0) }])
    }

    static func limits(_ rows: [Row]) throws -> [LimitScope: UsageLimits] {
        var found: [LimitScope: UsageLimits] = [:]
        for row in rows {
            let text: String = row["scope"]
            guard let scope = LimitScope(text: text) else {
                throw StoreError(.database, "the database holds limits of an unknown kind: '\(text)'")
            }
            var limits = UsageLimits()
            try limits.merge(StoredObject.fields(row["limits"]))
            found[scope] = limits
        }
        return found
    }
}
