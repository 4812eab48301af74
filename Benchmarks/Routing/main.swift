import OmniCore
import OmniTranslate

// Measures what choosing a target costs, decisions only: no sockets, no bodies.
// Takes no input. Writes one line for each case: its name, a tab, nanoseconds per request.

/// Dice that cost nothing worth measuring.
struct Dice: RandomNumberGenerator {
    var state: UInt64 = 0x2545_F491_4F6C_DD1D

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// One request's decisions over a plan, again and again.
struct RoutingCase {
    var name: String
    var plan: RoutePlan
    /// Of so many targets, the first in order, the account fails once before the measurement begins.
    var failing = 0
    var health = RouterHealth()
    var dice = Dice()
    var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    init(_ name: String, _ plan: RoutePlan, failing: Int = 0) {
        self.name = name
        self.plan = plan
        self.failing = failing
    }

    /// Chooses, answers and ends as one request does.
    /// - Returns: whether a target was chosen.
    mutating func serve(_ traits: RequestTraits, failing: AttemptFailure? = nil) -> Bool {
        now = MonotonicInstant(nanoseconds: now.nanoseconds &+ 1_000)
        var course = RouteCourse(plan, request: traits, at: now)
        guard case .attempt(_, let ticket, _) = course.next(at: now, health: &health, random: &dice) else {
            return false
        }
        if let failing {
            course.ended(ticket, .failed(failing), at: now, health: &health, random: &dice)
            return true
        }
        course.answering(ticket, at: now, health: &health)
        course.ended(ticket, .answered(tokens: 500, hints: ResetHints()), at: now, health: &health, random: &dice)
        return true
    }

    /// - Returns: nanoseconds per request, the best of some rounds: what disturbs only adds.
    mutating func measure() -> Double {
        let outage = AttemptFailure(UpstreamFault(.authentication, message: "benchmark"))
        let traits = RequestTraits(inputTokens: 400, outputTokens: 400)
        for _ in 0..<failing { precondition(serve(traits, failing: outage), "a target is left while some work") }
        let clock = ContinuousClock()
        let count = 20_000
        var best = Double.infinity
        var conversation: UInt64 = 0
        for _ in 0..<7 {
            var served = 0
            let elapsed = clock.measure {
                for _ in 0..<count {
                    // A new conversation each time: one that is known has its account already.
                    conversation &+= 1
                    var traits = traits
                    traits.session = SessionKey(hash: conversation &* 0x9E37_79B9_7F4A_7C15)
                    if serve(traits) { served += 1 }
                }
            }
            precondition(served == count, "every request finds a target")
            let nanoseconds = Double(elapsed.components.attoseconds) / 1e9 + Double(elapsed.components.seconds) * 1e9
            best = min(best, nanoseconds / Double(count))
        }
        return best
    }
}

/// 20 providers with 10 accounts each, one more with 200, and a combo of the 20.
func snapshot(_ combo: ComboStrategy, _ accounts: AccountStrategy) -> CatalogSnapshot {
    var configuration = RouterConfiguration()
    var catalog = ProviderCatalog()
    configuration.routing.accountStrategy = accounts
    for provider in 0...20 {
        catalog.providers.append(
            ProviderDescription(
                id: ProviderID("p\(provider)"), name: "P\(provider)", chatFormat: .openAIChat,
                chatURL: "https://p\(provider).example/v1/chat/completions",
                authentication: .init(header: "authorization", prefix: "Bearer "),
                models: [ModelDescription(id: "m", name: "M", kind: "chat", contextWindow: 128_000)]))
        for account in 0..<(provider == 20 ? 200 : 10) {
            configuration.connections.append(
                Connection(
                    id: ConnectionID("p\(provider)a\(account)"), provider: ProviderID("p\(provider)"),
                    name: "\(account)", credential: Credential(apiKey: "key"), createdAt: Int64(account)))
        }
    }
    configuration.combos = [
        Combo(
            id: ComboID("combo"), name: "combo", steps: (0..<20).map { ComboStep("p\($0)/m") }, strategy: combo)
    ]
    return CatalogSnapshot(configuration: configuration, catalog: catalog)
}

for accounts in AccountStrategy.allCases {
    let pool = try snapshot(.priority, accounts).plan(model: "p20/m", clientFormat: .openAIChat)
    var healthy = RoutingCase("200 connections, \(accounts.rawValue)", pool)
    print("\(healthy.name)\t\(healthy.measure())")
    var half = RoutingCase("200 connections of which 100 are cooling, \(accounts.rawValue)", pool, failing: 100)
    print("\(half.name)\t\(half.measure())")
}
for combo in ComboStrategy.allCases {
    let plan = try snapshot(combo, .quotaAware).plan(model: "combo", clientFormat: .openAIChat)
    var healthy = RoutingCase("20 steps with 200 connections, \(combo.rawValue)", plan)
    print("\(healthy.name)\t\(healthy.measure())")
    var half = RoutingCase(
        "20 steps with 200 connections of which 100 are cooling, \(combo.rawValue)", plan, failing: 100)
    print("\(half.name)\t\(half.measure())")
}
