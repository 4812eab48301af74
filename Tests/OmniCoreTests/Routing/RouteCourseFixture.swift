import OmniTranslate

@testable import OmniCore

/// One request's course over small plans, with a clock that only moves when told.
final class RouteCourseFixture {
    var health = RouterHealth()
    var random = SeededRandom(seed: 11)
    var now = MonotonicInstant.seconds(1000)

    /// Providers p0, p1 … with models m; each entry of `accounts` is how many accounts a provider has.
    static func snapshot(
        accounts: [Int], combos: [Combo] = [], prices: [String: ModelPrice] = [:], windows: [Int] = [],
        options: (Int, Int) -> AccountOptions = { _, _ in AccountOptions() },
        configure: (inout RoutingSettings) -> Void = { _ in }
    ) -> CatalogSnapshot {
        var configuration = RouterConfiguration(combos: combos)
        configure(&configuration.routing)
        var catalog = ProviderCatalog()
        for (provider, count) in accounts.enumerated() {
            catalog.providers.append(
                ProviderDescription(
                    id: ProviderID("p\(provider)"), name: "P", chatFormat: .openAIChat,
                    chatURL: "https://p\(provider).example/v1/chat/completions",
                    authentication: .init(header: "authorization", prefix: "Bearer "),
                    models: [
                        ModelDescription(
                            id: "m", name: "M", kind: "chat",
                            contextWindow: provider < windows.count ? windows[provider] : nil),
                        ModelDescription(id: "n", name: "N", kind: "chat"),
                    ]))
            for account in 0..<count {
                var connection = RoutingFixture.connection(
                    "p\(provider)", id: "p\(provider)a\(account)", createdAt: Int64(account))
                connection.options = options(provider, account)
                configuration.connections.append(connection)
            }
        }
        return CatalogSnapshot(configuration: configuration, catalog: catalog, prices: prices)
    }

    static func combo(
        _ steps: [ComboStep], _ strategy: ComboStrategy = .priority, name: String = "c",
        configure: (inout Combo.Options) -> Void = { _ in }
    ) -> Combo {
        var options = Combo.Options()
        options.retries = 0
        configure(&options)
        return Combo(id: ComboID(name), name: name, steps: steps, strategy: strategy, options: options)
    }

    func next(_ course: inout RouteCourse) -> RouteCourse.Decision {
        course.next(at: now, health: &health, random: &random)
    }

    /// The next attempt and its account's name; nil when it is no attempt.
    func attempt(_ course: inout RouteCourse) -> (account: String, ticket: AttemptTicket)? {
        guard case .attempt(let target, let ticket, _) = next(&course) else { return nil }
        return (course.plan.targets[target].connection?.rawValue ?? "", ticket)
    }

    /// The next attempt, where there must be one.
    func begin(_ course: inout RouteCourse) throws -> (account: String, ticket: AttemptTicket) {
        guard let begun = attempt(&course) else { throw UpstreamFault(.upstream, message: "there is no attempt") }
        return begun
    }

    @discardableResult
    func end(
        _ course: inout RouteCourse, _ ticket: AttemptTicket, _ outcome: AttemptOutcome
    ) -> FailureVerdict? {
        course.ended(ticket, outcome, at: now, health: &health, random: &random)
    }

    /// Runs one request in which every attempt of the accounts named fails.
    /// - Returns: the accounts in the order they were tried.
    func run(
        _ plan: RoutePlan, _ request: RequestTraits = RequestTraits(), failing: Set<String> = [],
        with kind: UpstreamFault.Kind = .overloaded
    ) -> [String] {
        var course = RouteCourse(plan, request: request, at: now)
        var tried: [String] = []
        while let (account, ticket) = attempt(&course) {
            tried.append(account)
            guard failing.contains(account) else {
                end(&course, ticket, .answered(tokens: nil, hints: ResetHints()))
                return tried
            }
            end(&course, ticket, Self.failure(kind))
        }
        return tried + ["failed"]
    }

    func pass(_ seconds: Double) { now = now + UInt64(seconds * 1e9) }

    static func failure(_ kind: UpstreamFault.Kind, retryAfter: Double? = nil, code: String? = nil) -> AttemptOutcome {
        var hints = ResetHints()
        hints.retryAfter = retryAfter.map { UInt64($0 * 1e9) }
        return .failed(
            AttemptFailure(
                UpstreamFault(kind, message: "m", code: code), hints: hints,
                original: OriginalAnswer(status: kind.status, body: [1])))
    }
}

extension CatalogSnapshot {
    func plan(_ name: String) throws -> RoutePlan { try plan(model: name, clientFormat: .openAIChat) }
}
