import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct FinalFailureTests {
    private typealias Fixture = RouteCourseFixture

    private static func final(
        _ kinds: [UpstreamFault.Kind], retryAfter: [Double?] = []
    ) throws -> FinalFailure {
        let fixture = Fixture()
        let plan = try Fixture.snapshot(accounts: [kinds.count]).plan("p0/m")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        for (index, kind) in kinds.enumerated() {
            let (_, ticket) = try fixture.begin(&course)
            let wait = index < retryAfter.count ? retryAfter[index] : nil
            fixture.end(&course, ticket, Fixture.failure(kind, retryAfter: wait))
        }
        guard case .fail(let failure) = fixture.next(&course) else {
            throw UpstreamFault(.upstream, message: "it goes on")
        }
        return failure
    }

    @Test(arguments: UpstreamFault.Kind.allCases)
    func aSingleTargetsFailureIsTheAnswer(_ kind: UpstreamFault.Kind) throws {
        let failure = try Self.final([kind], retryAfter: [7])
        #expect(failure.fault.kind == kind)
        #expect(failure.original == OriginalAnswer(status: kind.status, body: [1]))
        #expect(failure.attempts.map(\.status) == [kind.status])
    }

    @Test(
        arguments: [
            ([.rateLimit, .rateLimit], 429), ([.rateLimit, .authentication, .rateLimit], 429),
            ([.overloaded, .overloaded], 503), ([.upstream, .upstream], 502), ([.rateLimit, .overloaded], 503),
            ([.upstream, .timeout, .permission], 503), ([.authentication, .authentication], 401),
            ([.authentication, .permission, .billing], 402), ([.billing, .notFound], 404),
            ([.authentication, .upstream], 502), ([.rateLimit, .invalidRequest], 400),
            ([.upstream, .contextLength], 400),
        ] as [([UpstreamFault.Kind], Int)])
    func theMostUsefulIsReported(kinds: [UpstreamFault.Kind], status: Int) throws {
        let failure = try Self.final(kinds)
        #expect(failure.fault.status == status)
        #expect(failure.attempts.count == kinds.count)
    }

    @Test(arguments: [([60, nil, 5], 5), ([nil, nil, nil], nil), ([nil, 12, nil], 12)] as [([Double?], Int?)])
    func theShortestWaitIsReported(waits: [Double?], expected: Int?) throws {
        let failure = try Self.final([.rateLimit, .rateLimit, .rateLimit], retryAfter: waits)
        #expect(failure.retryAfterSeconds == expected)
    }

    @Test func aComboWhoseConditionsFitNothingSaysSo() throws {
        let fixture = Fixture()
        var conditions = ComboStep.Conditions()
        conditions.hasImages = true
        let combo = Fixture.combo([ComboStep("p0/m", conditions: conditions)])
        let plan = try Fixture.snapshot(accounts: [1], combos: [combo]).plan("c")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        guard case .fail(let failure) = fixture.next(&course) else {
            Issue.record("it was attempted")
            return
        }
        #expect(failure.fault.kind == .invalidRequest && failure.fault.code == "no_step_fits")
    }
}
