import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// What the router as a whole, a client key, a connection or a model may use.
extension ManagementAPI {
    var budgetRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/usage/budget", .read, .showBudgets, showBudgets),
            ManagementRoute(.post, "/api/usage/budget", .write, .setBudget, setBudget),
            ManagementRoute(.put, "/api/usage/budget", .write, .setBudget, setBudget),
            ManagementRoute(.delete, "/api/usage/budget", .write, .removeBudget, removeBudget),
        ]
    }

    /// All limits, or those of one scope with what it used, limited or not.
    private func showBudgets(_ call: ManagementRequest) async throws -> ManagementResponse {
        let names = BudgetNames(try await dependencies.store.load(), catalog: dependencies.catalog)
        let now = dependencies.clock.wallMilliseconds()
        guard
            let scope = try names.scope(
                keyID: call.query("keyId") ?? call.query("apiKeyId"), connectionID: call.query("connectionId"),
                model: call.query("model"), scope: call.query("scope"))
        else {
            let standings = names.limited.compactMap { scope in
                dependencies.limits.standing(of: scope, at: now).map { (scope: scope, standing: $0) }
            }
            return ManagementResponse { writer in
                writer.beginObject()
                writer.key("budgets")
                writer.beginArray()
                for (scope, standing) in standings { writer.budgets(standing, of: scope, names: names) }
                writer.endArray()
                writer.key("limits")
                writer.beginArray()
                for (scope, standing) in standings {
                    writer.beginObject()
                    writer.scope(scope, names: names)
                    writer.limits(standing)
                    writer.endObject()
                }
                writer.endArray()
                writer.endObject()
            }
        }
        return try await budget(of: scope, names: names, now: now)
    }

    private func budget(of scope: LimitScope, names: BudgetNames, now: Int64) async throws -> ManagementResponse {
        let standing = dependencies.limits.standing(of: scope, at: now)
        let past = try await LimitBook.Past(
            of: scope, utcOffset: standing?.limits.utcOffset ?? 0, usage: dependencies.usage, now: now)
        func spent(_ period: BudgetPeriod) -> NanoDollars {
            standing?.spent[period] ?? past.spent[period] ?? .zero
        }
        let (daily, monthly) = (spent(.daily), spent(.monthly))
        return ManagementResponse { writer in
            writer.beginObject()
            writer.scope(scope, names: names)
            writer.money("dailyTotal", daily)
            writer.money("monthlyTotal", monthly)
            writer.key("totalEntries")
            writer.value(past.requests)
            writer.key("budget")
            if let standing { writer.budget(standing.limits) } else { writer.null() }
            writer.key("budgetCheck")
            writer.beginObject()
            writer.key("allowed")
            writer.value(standing?.refusal == nil)
            if let refusal = standing?.refusal {
                writer.key("reason")
                writer.string(refusal.message)
            }
            writer.money("dailyUsed", daily)
            writer.money("dailyLimit", standing?.limits.money[.daily] ?? .zero)
            writer.key("warningReached")
            writer.value(standing?.isWarning ?? false)
            writer.endObject()
            writer.key("budgets")
            writer.beginArray()
            if let standing { writer.budgets(standing, of: scope, names: names) }
            writer.endArray()
            if let standing { writer.limits(standing) }
            writer.endObject()
        }
    }

    /// Takes over the limits that are sent, in either documented form; the others stay.
    private func setBudget(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let names = BudgetNames(configuration, catalog: dependencies.catalog)
        guard
            let scope = try names.scope(
                keyID: try call.body.string("keyId") ?? call.body.string("apiKeyId"),
                connectionID: try call.body.string("connectionId"), model: try call.body.string("model"),
                scope: try call.body.string("scope"))
        else {
            throw ManagementError.invalid("keyId", "required, or 'connectionId', 'model' or 'scope': 'global'")
        }
        let before = configuration.limits[scope] ?? UsageLimits()
        var limits = before
        let fields = try call.body.fields
        guard fields.members.contains(where: { UsageLimits.names.contains($0.name) }) else {
            throw ManagementError.invalid("limit", "required, or another limit")
        }
        try limits.merge(fields)
        try await dependencies.store.setLimits(limits, of: scope)
        try await dependencies.publish()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.scope(scope, names: names)
            if case .clientKey(let id) = scope { writer.optional("apiKeyId", id.rawValue) }
            if let daily = limits.money[.daily] { writer.money("dailyLimitUsd", daily) }
            writer.key("budget")
            writer.budget(limits)
            writer.endObject()
        }
    }

    private func removeBudget(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        // Of what was deleted since, limits can still be removed: the id is not looked up.
        let scope: LimitScope? =
            if let id = call.query("keyId") ?? call.query("apiKeyId") {
                .clientKey(ClientKeyID(id))
            } else if let id = call.query("connectionId") {
                .connection(ConnectionID(id))
            } else {
                try BudgetNames(configuration, catalog: dependencies.catalog).scope(
                    keyID: nil, connectionID: nil, model: call.query("model"), scope: call.query("scope"))
            }
        guard let scope else {
            throw ManagementError.invalid("keyId", "required, or 'connectionId', 'model' or 'scope=global'")
        }
        guard configuration.limits[scope] != nil else { throw ManagementError.notFound("budget") }
        try await dependencies.store.setLimits(UsageLimits(), of: scope)
        try await dependencies.publish()
        return .success()
    }
}

extension LimitBook.Standing {
    /// Whether a money limit is nearly used up, or wholly.
    fileprivate var isWarning: Bool {
        limits.money.contains { period, limit in
            (spent[period] ?? .zero).dollars >= limit.dollars * limits.warningThreshold
        }
    }
}

extension JSONWriter {
    /// Members that say whose limits they are.
    fileprivate mutating func scope(_ scope: LimitScope, names: BudgetNames) {
        key("scope")
        switch scope {
        case .global: value("global")
        case .clientKey(let id):
            value("key")
            optional("keyId", id.rawValue)
            optional("keyName", names.keys[id])
        case .connection(let id):
            value("connection")
            optional("connectionId", id.rawValue)
            optional("connectionName", names.connections[id])
        case .model(let provider, let model):
            value("model")
            optional("model", "\(names.providers.name(of: provider))/\(model)")
        }
    }

    /// One object for each money limit.
    fileprivate mutating func budgets(_ standing: LimitBook.Standing, of scope: LimitScope, names: BudgetNames) {
        for period in BudgetPeriod.allCases {
            guard let limit = standing.limits.money[period] else { continue }
            let used = standing.spent[period] ?? .zero
            beginObject()
            self.scope(scope, names: names)
            optional("period", period.rawValue)
            money("limit", limit)
            money("used", used)
            money("reserved", standing.reserved)
            money("remaining", max(.zero, limit - used))
            key("resetAt")
            if let end = standing.resetAt[period] { string(ISOTime.string(end)) } else { null() }
            key("warningThreshold")
            value(JSONNumber(standing.limits.warningThreshold))
            key("status")
            let isNear = used.dollars >= limit.dollars * standing.limits.warningThreshold
            value(used >= limit ? "exceeded" : isNear ? "warning" : "ok")
            endObject()
        }
    }

    /// The limits as they are set, with the members every one of which some client reads.
    fileprivate mutating func budget(_ limits: UsageLimits) {
        beginObject()
        limits.writeMembers(into: &self)
        if limits.money[.daily] == nil { money("dailyLimitUsd", .zero) }
        if limits.money[.monthly] == nil { money("monthlyLimitUsd", .zero) }
        if limits.warningThreshold == UsageLimits.defaultThreshold {
            key("warningThreshold")
            value(JSONNumber(limits.warningThreshold))
        }
        endObject()
    }

    /// Members for all limits and what is used of them at this moment.
    fileprivate mutating func limits(_ standing: LimitBook.Standing) {
        key("limits")
        beginObject()
        standing.limits.writeMembers(into: &self)
        endObject()
        key("now")
        beginObject()
        key("requestsThisMinute")
        value(standing.requestsThisMinute)
        key("tokensThisMinute")
        value(standing.tokensThisMinute)
        key("requestsToday")
        value(standing.requestsToday)
        key("tokensToday")
        value(standing.tokensToday)
        key("inFlight")
        value(standing.inFlight)
        key("allowed")
        value(standing.refusal == nil)
        endObject()
    }
}
