import OmniTranslate

@testable import OmniCore

/// How one model on one account behaves over time.
struct SimulatedUpstream {
    enum Behaviour: Equatable {
        case steady
        case dead
        case unpaid
        case withoutModel
        /// 503 in every other period.
        case flapping(period: UInt64)
        case outage(from: UInt64, to: UInt64)
        /// 429 above so many requests in a window; with or without a word when it ends.
        case limited(requests: Int, window: UInt64, saysWhen: Bool, teaches: Bool)
        case slow(UInt64)
        /// Never answers.
        case hanging
        case mostlyBroken
        /// Answers with nothing, now and then or always.
        case empty(always: Bool)
    }

    /// What an attempt meets.
    struct Reply {
        /// Nanoseconds to the first event, or to the failure.
        var delay: UInt64
        var failure: AttemptFailure?
        var hints = ResetHints()
    }

    var behaviour: Behaviour
    private var window: UInt64 = 0
    private var used = 0

    init(_ behaviour: Behaviour) { self.behaviour = behaviour }

    static func random(_ random: inout SeededRandom) -> SimulatedUpstream {
        let second: UInt64 = 1_000_000_000
        switch random.next() % 16 {
        case 0: return .init(.dead)
        case 1: return .init(.unpaid)
        case 2: return .init(.withoutModel)
        case 3: return .init(.flapping(period: (1 + random.next() % 60) * second))
        case 4:
            let from = random.next() % (600 * second)
            return .init(.outage(from: from, to: from + random.next() % (3600 * second)))
        case 5, 6:
            return .init(
                .limited(
                    requests: 1 + Int(random.next() % 20), window: (1 + random.next() % 120) * second,
                    saysWhen: random.next() % 2 == 0, teaches: random.next() % 2 == 0))
        case 7: return .init(.limited(requests: 20, window: 18000 * second, saysWhen: true, teaches: false))
        case 8: return .init(.slow((1 + random.next() % 30) * second))
        case 9: return .init(.hanging)
        case 10: return .init(.mostlyBroken)
        case 11: return .init(.empty(always: random.next() % 2 == 0))
        default: return .init(.steady)
        }
    }

    mutating func reply(at now: MonotonicInstant, _ random: inout SeededRandom) -> Reply {
        let quick = 1_000_000 + random.next() % 500_000_000
        switch behaviour {
        case .steady: return Reply(delay: quick)
        case .dead: return refusal(.authentication, quick)
        case .unpaid: return refusal(.billing, quick)
        case .withoutModel: return refusal(.notFound, quick)
        case .flapping(let period):
            return now.nanoseconds / period % 2 == 1 ? refusal(.overloaded, quick) : Reply(delay: quick)
        case .outage(let from, let to):
            guard (from..<to).contains(now.nanoseconds) else { return Reply(delay: quick) }
            return refusal(.upstream, 1000, code: "upstream_unreachable")
        case .limited(let requests, let length, let saysWhen, let teaches):
            if now.nanoseconds / length != window {
                window = now.nanoseconds / length
                used = 0
            }
            let left = length - now.nanoseconds % length
            used += 1
            var hints = ResetHints()
            if teaches {
                hints.requests = .init(
                    limit: Double(requests), remaining: Double(max(0, requests - used)), reset: left)
            }
            guard used > requests else { return Reply(delay: quick, hints: hints) }
            if saysWhen { hints.retryAfter = left }
            var reply = refusal(.rateLimit, quick)
            reply.failure?.hints = hints
            return reply
        case .slow(let delay): return Reply(delay: delay + quick)
        case .hanging: return Reply(delay: .max)
        case .empty(let always):
            return always || random.next() % 2 == 0
                ? refusal(.upstream, quick, code: UpstreamFault.emptyAnswerCode) : Reply(delay: quick)
        case .mostlyBroken: return random.next() % 4 == 0 ? Reply(delay: quick) : refusal(.upstream, quick)
        }
    }

    private func refusal(_ kind: UpstreamFault.Kind, _ delay: UInt64, code: String? = nil) -> Reply {
        Reply(delay: delay, failure: AttemptFailure(UpstreamFault(kind, message: "simulated", code: code)))
    }
}
