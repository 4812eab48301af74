import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct RouteCourseTests {
    private typealias Fixture = RouteCourseFixture
    private let fixture = Fixture()

    private static func final(_ decision: RouteCourse.Decision) throws -> FinalFailure {
        guard case .fail(let failure) = decision else { throw UpstreamFault(.upstream, message: "it goes on") }
        return failure
    }

    private static func wait(_ decision: RouteCourse.Decision) throws -> MonotonicInstant {
        guard case .wait(let until) = decision else { throw UpstreamFault(.upstream, message: "no wait") }
        return until
    }

    // MARK: Going on

    @Test func accountsThenStepsAreTriedInOrder() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m")])
        let plan = try Fixture.snapshot(accounts: [2, 2], combos: [combo]).plan("c")
        #expect(fixture.run(plan, failing: ["p0a0", "p0a1", "p1a0"]) == ["p0a0", "p0a1", "p1a0", "p1a1"])
    }

    @Test(arguments: UpstreamFault.Kind.allCases)
    func whatTheClientGotWrongStops(_ kind: UpstreamFault.Kind) throws {
        let plan = try Fixture.snapshot(accounts: [2]).plan("p0/m")
        let tried = fixture.run(plan, failing: ["p0a0"], with: kind)
        let stops = [.stop, .nextStep].contains(
            FailureClassifier.verdict(UpstreamFault(kind, message: "m")).action)
        #expect(tried == ["p0a0", stops ? "failed" : "p0a1"])
    }

    @Test func tooLongARequestGoesToALargerWindow() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m"), ComboStep("p2/m"), ComboStep("p3/m")])
        let plan = try Fixture.snapshot(accounts: [2, 1, 1, 1], combos: [combo], windows: [100, 50, 200]).plan("c")
        let tried = fixture.run(plan, failing: ["p0a0", "p2a0"], with: .contextLength)
        // The second account of the first model and the smaller model could not help; of the last nothing is known.
        #expect(tried == ["p0a0", "p2a0", "p3a0"])
    }

    @Test func whatOneModelCannotTakeAnotherMay() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m")])
        let snapshot = Fixture.snapshot(accounts: [2, 1], combos: [combo])
        for (name, expected) in [("c", "p1a0"), ("p0/m", nil)] {
            var course = RouteCourse(try snapshot.plan(name), request: RequestTraits(), at: fixture.now)
            let (_, ticket) = try fixture.begin(&course)
            fixture.end(&course, ticket, Fixture.failure(.invalidRequest, code: "unsupported_parameter"))
            let second = fixture.attempt(&course)
            #expect(second?.account == expected)
        }
    }

    @Test(arguments: [true, false])
    func aContentFilterGoesOnOnlyWhenWanted(isWanted: Bool) throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m")]) { $0.fallbackOnContentFilter = isWanted }
        let plan = try Fixture.snapshot(accounts: [2, 1], combos: [combo]).plan("c")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&course)
        fixture.end(&course, ticket, Fixture.failure(.invalidRequest, code: "content_filter"))
        let second = fixture.attempt(&course)
        #expect(second?.account == (isWanted ? "p1a0" : nil))
    }

    @Test func aRefusedKeyClosesTheWholeAccount() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p0/n"), ComboStep("p1/m")])
        let plan = try Fixture.snapshot(accounts: [1, 1], combos: [combo]).plan("c")
        #expect(fixture.run(plan, failing: ["p0a0"], with: .authentication) == ["p0a0", "p1a0"])
        // And for the next request too.
        #expect(fixture.run(plan) == ["p1a0"])
    }

    @Test func aLimitIsOfOneModel() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p0/n")])
        let plan = try Fixture.snapshot(accounts: [1], combos: [combo]).plan("c")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&course)
        fixture.end(&course, ticket, Fixture.failure(.rateLimit, retryAfter: 30))
        guard case .attempt(let target, _, _) = fixture.next(&course) else {
            Issue.record("the other model is free")
            return
        }
        #expect(plan.targets[target].model == "n")
    }

    /// Acceptance check 4 of the pipeline.
    @Test func aLimitedAccountRestsForAsLongAsItSaid() throws {
        let snapshot = Fixture.snapshot(accounts: [2])
        let plan = try snapshot.plan("p0/m")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&course)
        fixture.end(&course, ticket, Fixture.failure(.rateLimit, retryAfter: 30))
        let second = try fixture.begin(&course)
        #expect(second.account == "p0a1")
        fixture.end(&course, second.ticket, .answered(tokens: nil, hints: ResetHints()))
        let other = try snapshot.plan("p0/n")
        #expect(fixture.run(other) == ["p0a0"])
        fixture.pass(29)
        #expect(fixture.run(plan) == ["p0a1"])
        fixture.pass(1)
        #expect(fixture.run(plan) == ["p0a0"])
    }

    @Test func aThousandAtOnceAreServedByTheThirdStep() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m"), ComboStep("p2/m")])
        let plan = try Fixture.snapshot(accounts: [1, 1, 1], combos: [combo]).plan("c")
        var open = (0..<1000).map { _ in RouteCourse(plan, request: RequestTraits(), at: fixture.now) }
        var served = 0
        while !open.isEmpty {
            var attempts: [(index: Int, account: String, ticket: AttemptTicket)] = []
            for index in open.indices {
                let (account, ticket) = try fixture.begin(&open[index])
                attempts.append((index, account, ticket))
            }
            fixture.pass(0.05)
            var failed: [RouteCourse] = []
            for (index, account, ticket) in attempts {
                if account == "p2a0" {
                    fixture.end(&open[index], ticket, .answered(tokens: nil, hints: ResetHints()))
                    served += 1
                } else {
                    fixture.end(&open[index], ticket, Fixture.failure(account == "p0a0" ? .overloaded : .timeout))
                    failed.append(open[index])
                }
            }
            open = failed
        }
        #expect(served == 1000)
        #expect(fixture.health.accounts.allSatisfy { $0.gate.inFlight == 0 })
    }

    // MARK: Caps

    @Test func fiveAccountsOfAModelAreTried() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m")])
        let plan = try Fixture.snapshot(accounts: [8, 1], combos: [combo]).plan("c")
        let everyone = Set((0..<8).map { "p0a\($0)" })
        #expect(fixture.run(plan, failing: everyone) == (0..<5).map { "p0a\($0)" } + ["p1a0"])
    }

    @Test func twelveAttemptsAreMade() throws {
        let combo = Fixture.combo((0..<4).map { ComboStep("p\($0)/m") })
        let plan = try Fixture.snapshot(accounts: [5, 5, 5, 5], combos: [combo]).plan("c")
        let everyone = Set((0..<4).flatMap { p in (0..<5).map { "p\(p)a\($0)" } })
        #expect(fixture.run(plan, failing: everyone).count == 13)
    }

    @Test func theDeadlineEndsIt() throws {
        let plan = try Fixture.snapshot(accounts: [3]).plan("p0/m")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now, deadline: fixture.now + 5_000_000_000)
        let (_, ticket) = try fixture.begin(&course)
        fixture.pass(5)
        fixture.end(&course, ticket, Fixture.failure(.timeout))
        let failure = try Self.final(fixture.next(&course))
        #expect(failure.fault.kind == .timeout && failure.attempts.count == 1)
    }

    @Test func aStepsTimeoutLimitsItsAttempts() throws {
        let combo = Fixture.combo([ComboStep("p0/m", timeout: .seconds(3)), ComboStep("p1/m")]) {
            $0.timeout = .seconds(10)
        }
        let plan = try Fixture.snapshot(accounts: [1, 1], combos: [combo]).plan("c")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        guard case .attempt(_, let ticket, let deadline) = fixture.next(&course) else { return }
        #expect(deadline == fixture.now + 3_000_000_000)
        fixture.pass(3)
        fixture.end(&course, ticket, Fixture.failure(.timeout))
        guard case .attempt(_, _, let second) = fixture.next(&course) else { return }
        #expect(second == fixture.now + 7_000_000_000)
    }

    // MARK: Waiting and trying again

    @Test func aTransientFailureIsRetriedWhenNothingElseIsLeft() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m")]) {
            $0.retries = 1
            $0.retryDelay = .seconds(1)
        }
        let plan = try Fixture.snapshot(accounts: [1, 1], combos: [combo]).plan("c")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        for expected in ["p0a0", "p1a0"] {
            let (account, ticket) = try fixture.begin(&course)
            #expect(account == expected && !ticket.isRetry)
            fixture.end(&course, ticket, Fixture.failure(.overloaded, retryAfter: 1))
        }
        fixture.now = try Self.wait(fixture.next(&course))
        let (_, retry) = try fixture.begin(&course)
        #expect(retry.isRetry && retry.isProbe)
        fixture.end(&course, retry, .answered(tokens: nil, hints: ResetHints()))
    }

    @Test func aLimitIsWaitedOutOnlyWhenItIsShort() throws {
        let plan = try Fixture.snapshot(accounts: [1]).plan("p0/m")
        for (wait, waits) in [(1.5, true), (30, false)] {
            fixture.health.reset()
            var first = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
            let (_, ticket) = try fixture.begin(&first)
            fixture.end(&first, ticket, Fixture.failure(.rateLimit, retryAfter: wait))
            var second = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
            let decision = fixture.next(&second)
            if waits {
                let until = try Self.wait(decision)
                #expect(until == fixture.now + 1_500_000_000)
                fixture.now = until
                _ = try fixture.begin(&second)
            } else {
                let failure = try Self.final(decision)
                #expect(failure.fault.kind == .rateLimit && failure.retryAfterSeconds == 30)
            }
        }
    }

    @Test func aFullAccountIsWaitedFor() throws {
        let plan = try Fixture.snapshot(
            accounts: [1],
            options: { _, _ in
                var options = AccountOptions()
                options.maximumConcurrency = 1
                return options
            }
        ).plan("p0/m")
        var first = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&first)
        var second = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        fixture.now = try Self.wait(fixture.next(&second))
        fixture.end(&first, ticket, .answered(tokens: nil, hints: ResetHints()))
        let granted = try fixture.begin(&second)
        fixture.end(&second, granted.ticket, .cancelled)
        #expect(fixture.health.accounts.allSatisfy { $0.gate.inFlight == 0 })
    }

    @Test func theQueueHasAnEnd() throws {
        let plan = try Fixture.snapshot(
            accounts: [1],
            options: { _, _ in
                var options = AccountOptions()
                options.maximumConcurrency = 1
                return options
            }
        ).plan("p0/m")
        var first = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        _ = try fixture.begin(&first)
        var second = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let start = fixture.now
        var waits = 0
        while case .wait(let until) = fixture.next(&second) {
            fixture.now = until
            waits += 1
        }
        #expect(fixture.now.since(start) >= 30_000_000_000 && fixture.now.since(start) < 31_000_000_000)
        #expect(waits < 300)
        let failure = try Self.final(fixture.next(&second))
        #expect(failure.fault.kind == .overloaded)
    }

    // MARK: Recovery

    @Test func oneRequestTestsARecoveringAccount() throws {
        let plan = try Fixture.snapshot(accounts: [2]).plan("p0/m")
        #expect(fixture.run(plan, failing: ["p0a0"]) == ["p0a0", "p0a1"])
        fixture.pass(60)
        var courses = (0..<10).map { _ in RouteCourse(plan, request: RequestTraits(), at: fixture.now) }
        var tickets: [AttemptTicket] = []
        var accounts: [String] = []
        for index in courses.indices {
            let (account, ticket) = try fixture.begin(&courses[index])
            accounts.append(account)
            tickets.append(ticket)
        }
        #expect(accounts == ["p0a0"] + Array(repeating: "p0a1", count: 9))
        #expect(tickets.map(\.isProbe) == [true] + Array(repeating: false, count: 9))
        // The first event is enough: everyone may come back.
        courses[0].answering(tickets[0], at: fixture.now, health: &fixture.health)
        #expect(fixture.run(plan) == ["p0a0"])
    }

    @Test func aGuessIsNoReasonToRefuseARequest() throws {
        let plan = try Fixture.snapshot(accounts: [1]).plan("p0/m")
        for _ in 0..<4 { _ = fixture.run(plan, failing: ["p0a0"], with: .authentication) }
        #expect(fixture.run(plan) == ["failed"])  // The retry budget is used up.
        fixture.pass(10)
        #expect(fixture.health.accounts[0].cooldown.isCooling(at: fixture.now))
        #expect(fixture.run(plan) == ["p0a0"])
        #expect(fixture.health.accounts[0].cooldown.isHealthy)
    }

    @Test func aTestThatIsCancelledLeavesTheNextOneToTest() throws {
        let plan = try Fixture.snapshot(accounts: [2]).plan("p0/m")
        _ = fixture.run(plan, failing: ["p0a0"])
        fixture.pass(60)
        for _ in 0..<2 {
            var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
            let (account, ticket) = try fixture.begin(&course)
            #expect(account == "p0a0" && ticket.isProbe)
            fixture.end(&course, ticket, .cancelled)
        }
    }

    @Test(arguments: [0, 3])
    func aRetryMustBePaidFor(spent: Int) throws {
        let combo = Fixture.combo([ComboStep("p0/m")]) { $0.retries = 1 }
        let plan = try Fixture.snapshot(accounts: [1], combos: [combo]).plan("c")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&course)
        for _ in 0..<spent { fixture.health.accounts[0].budget.retry(at: fixture.now) }
        fixture.end(&course, ticket, Fixture.failure(.overloaded, retryAfter: 1))
        let decision = fixture.next(&course)
        if spent > 0 { _ = try Self.final(decision) } else { _ = try Self.wait(decision) }
        #expect(course.attempts.count == 1)
    }

    @Test func cancellationAndTheClientsFaultsChangeNothing() throws {
        let plan = try Fixture.snapshot(accounts: [2]).plan("p0/m")
        for kind in [UpstreamFault.Kind.invalidRequest, .tooLarge, .contextLength, .unprocessable, .clientClosed] {
            _ = fixture.run(plan, failing: ["p0a0"], with: kind)
        }
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&course)
        fixture.end(&course, ticket, .cancelled)
        #expect(fixture.health.accounts.allSatisfy { $0.trouble == 0 && $0.gate.inFlight == 0 })
        #expect(fixture.health.models.allSatisfy { $0.trouble == 0 && $0.inFlight == 0 })
        #expect(fixture.health.revision == 0)
    }

    @Test func aStreamThatBreaksCountsAgainstItsTarget() throws {
        let plan = try Fixture.snapshot(accounts: [2]).plan("p0/m")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&course)
        course.answering(ticket, at: fixture.now, health: &fixture.health)
        fixture.pass(1)
        fixture.end(&course, ticket, Fixture.failure(.upstream))
        #expect(fixture.health.models[0].trouble > 0)
        // The client has its answer: nothing else is attempted.
        guard case .fail = fixture.next(&course) else {
            Issue.record("an answered request went on")
            return
        }
    }

    @Test func anEndIsToldOnce() throws {
        let plan = try Fixture.snapshot(accounts: [2]).plan("p0/m")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&course)
        fixture.end(&course, ticket, Fixture.failure(.overloaded))
        let again = fixture.end(&course, ticket, Fixture.failure(.overloaded))
        #expect(again == nil)
        #expect(fixture.health.accounts[0].gate.inFlight == 0)
        #expect(course.attempts.count == 1)
    }

    // MARK: Who may

    @Test func aKeyReachesItsConnectionsOnly() throws {
        let plan = try Fixture.snapshot(accounts: [3]).plan("p0/m")
        var request = RequestTraits()
        request.allowedConnections = [ConnectionID("p0a1")]
        #expect(fixture.run(plan, request, failing: ["p0a1"]) == ["p0a1", "failed"])
        request.allowedConnections = []
        var course = RouteCourse(plan, request: request, at: fixture.now)
        let failure = try Self.final(fixture.next(&course))
        #expect(failure.fault.code == "no_connection_allowed")
    }

    @Test func aConversationStaysAtItsAccountWhileThatIsHealthy() throws {
        let plan = try Fixture.snapshot(accounts: [4], configure: { $0.accountStrategy = .random }).plan("p0/m")
        var request = RequestTraits()
        request.session = SessionKey(hash: 99)
        let home = try #require(fixture.run(plan, request).first)
        for _ in 0..<20 { #expect(fixture.run(plan, request) == [home]) }
        let away = fixture.run(plan, request, failing: [home])
        #expect(away.count == 2 && away[0] == home)
        // It moved, and stays where it is now.
        for _ in 0..<5 { #expect(fixture.run(plan, request) == [away[1]]) }
    }
}
