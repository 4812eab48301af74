import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct AttemptStateMachineTests {
    typealias Failure = AttemptStateMachine.Failure

    private static func failure(_ kind: UpstreamFault.Kind, retryAfter: Int? = nil, message: String = "m") -> Failure {
        Failure(UpstreamFault(kind, message: message), retryAfter: retryAfter)
    }

    /// Exhaustive on purpose: a new kind must be decided on here too.
    private static func isClientsOwn(_ kind: UpstreamFault.Kind) -> Bool {
        switch kind {
        case .invalidRequest, .contextLength, .tooLarge, .unprocessable, .conflict, .methodNotAllowed, .clientClosed:
            true
        case .authentication, .billing, .permission, .notFound, .rateLimit, .upstream, .overloaded, .timeout: false
        }
    }

    @Test(arguments: UpstreamFault.Kind.allCases)
    func onlyWhatAnotherAccountCouldServeFallsBack(_ kind: UpstreamFault.Kind) {
        var machine = AttemptStateMachine(targetCount: 2)
        switch (machine.failed(Self.failure(kind)), Self.isClientsOwn(kind)) {
        case (.attempt(let index), false): #expect(index == 1)
        case (.fail(let failure), true): #expect(failure.fault.kind == kind)
        default: Issue.record("\(kind) was decided the wrong way")
        }
    }

    @Test(arguments: UpstreamFault.Kind.allCases)
    func aSingleTargetsFailureIsTheAnswer(_ kind: UpstreamFault.Kind) throws {
        var machine = AttemptStateMachine(targetCount: 1)
        let failure = Self.failure(kind, retryAfter: 7)
        #expect(try Self.final(machine.failed(failure)) == failure)
        #expect(machine.attempts == 1)
    }

    @Test(
        arguments: [
            ([.authentication, .rateLimit, .upstream], .rateLimit), ([.upstream, .overloaded, .timeout], .overloaded),
            ([.upstream, .timeout, .permission], .timeout), ([.permission, .upstream, .authentication], .upstream),
            ([.authentication, .permission, .billing], .billing), ([.billing, .notFound], .notFound),
            // What the client got wrong is said at once, whatever happened before.
            ([.rateLimit, .invalidRequest], .invalidRequest), ([.upstream, .contextLength], .contextLength),
        ] as [([UpstreamFault.Kind], UpstreamFault.Kind)])
    func theFailureThatPromisesMostIsReported(kinds: [UpstreamFault.Kind], expected: UpstreamFault.Kind) throws {
        var machine = AttemptStateMachine(targetCount: kinds.count)
        var action = machine.firstAction()
        for kind in kinds { action = machine.failed(Self.failure(kind)) }
        #expect(try Self.final(action).fault.kind == expected)
        #expect(machine.attempts == kinds.count)
    }

    @Test(arguments: [([30, 5, 12], 5), ([nil, 12, nil], 12), ([nil, nil, nil], nil)] as [([Int?], Int?)])
    func theShortestWaitIsReported(waits: [Int?], expected: Int?) throws {
        var machine = AttemptStateMachine(targetCount: waits.count)
        var action = machine.firstAction()
        for wait in waits { action = machine.failed(Self.failure(.rateLimit, retryAfter: wait)) }
        #expect(try Self.final(action).retryAfter == expected)
    }

    private static func final(_ action: AttemptStateMachine.Action) throws -> Failure {
        switch action {
        case .fail(let failure): return failure
        case .attempt: throw UpstreamFault(.upstream, message: "the machine goes on")
        }
    }

    /// Two hundred thousand random courses: every one ends, tries no target twice and gives one answer.
    @Test func randomCoursesKeepTheInvariants() {
        var random = SplitMix(seed: 42)
        let kinds = UpstreamFault.Kind.allCases
        let failures = kinds.map { Self.failure($0) }
        var violations = 0
        for _ in 0..<200_000 {
            let targets = 1 + Int(random.next() % 10)
            var machine = AttemptStateMachine(targetCount: targets)
            var tried = 0
            var action = machine.firstAction()
            course: while true {
                switch action {
                case .attempt(let index):
                    // Targets are tried in the plan's order, each once.
                    if index != tried || index >= targets || machine.attempts != tried + 1 { violations += 1 }
                    tried += 1
                    if tried > targets { break course }
                    let failure = failures[Int(random.next() % UInt64(kinds.count))]
                    if random.next() % 4 == 0 { break course }  // This attempt succeeds.
                    action = machine.failed(failure)
                    switch action {
                    case .attempt: if Self.isClientsOwn(failure.fault.kind) { violations += 1 }
                    case .fail(let final):
                        let mustEnd = Self.isClientsOwn(failure.fault.kind) || tried == targets
                        if !mustEnd { violations += 1 }
                        if Self.isClientsOwn(failure.fault.kind), final != failure { violations += 1 }
                    }
                case .fail: break course
                }
            }
            if tried > targets { violations += 1 }
        }
        #expect(violations == 0)
    }
}

/// A small seeded generator, so that random tests repeat.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
