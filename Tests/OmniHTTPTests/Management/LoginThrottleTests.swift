import Testing

@testable import OmniHTTP

/// How long somebody who guesses must wait.
@Suite struct LoginThrottleTests {
    @Test(
        arguments: [
            (0, nil), (4, nil), (5, 1), (6, 2), (7, 4), (8, 8), (9, 16), (10, 32), (11, 60), (50, 60), (5000, 60),
        ] as [(Int, Int?)])
    func waitsLongerWithEveryFailure(failures: Int, expected: Int?) {
        var throttle = LoginThrottle()
        for _ in 0..<failures { throttle.failed("a", at: 1000) }
        #expect(throttle.wait(for: "a", at: 1000) == expected)
    }

    @Test(arguments: [(999, 1), (1, 1), (0, nil), (-1, nil)] as [(Int64, Int?)])
    func roundsWhatIsLeftUp(left: Int64, expected: Int?) {
        var throttle = LoginThrottle()
        for _ in 0..<5 { throttle.failed("a", at: 0) }
        #expect(throttle.wait(for: "a", at: 1000 - left) == expected)
    }

    @Test func forgetsAfterAQuarterOfAnHour() {
        var throttle = LoginThrottle()
        for _ in 0..<5 { throttle.failed("a", at: 0) }
        throttle.failed("a", at: 900_000)
        #expect(throttle.wait(for: "a", at: 900_000) == nil)
    }

    @Test func forgetsOnSuccess() {
        var throttle = LoginThrottle()
        for _ in 0..<9 { throttle.failed("a", at: 0) }
        throttle.succeeded("a")
        #expect(throttle.wait(for: "a", at: 0) == nil)
    }

    @Test func keepsCallersApart() {
        var throttle = LoginThrottle()
        for _ in 0..<5 { throttle.failed("a", at: 0) }
        #expect(throttle.wait(for: "b", at: 0) == nil)
    }

    /// Memory is bounded, and whoever guesses now is not forgotten for it.
    @Test func survivesAFloodOfCallers() {
        var throttle = LoginThrottle()
        for number in 0..<12_000 { throttle.failed("\(number)", at: Int64(number)) }
        for _ in 0..<5 { throttle.failed("a", at: 12_000) }
        #expect(throttle.wait(for: "a", at: 12_000) == 1)
    }
}
