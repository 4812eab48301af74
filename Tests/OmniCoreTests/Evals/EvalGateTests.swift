import Testing

@testable import OmniCore

@Suite struct EvalGateTests {
    /// Begins as many as may, each of which ends at one cost, until none may; what was spent, and the most at once.
    private func play(_ gate: EvalGate, costs: [Int64]) -> (spent: Int64, begun: Int, most: Int) {
        var gate = gate
        var (begun, most) = (0, 0)
        var waiting: [Int64] = []
        while true {
            while begun < costs.count, gate.mayBegin {
                gate.begin()
                waiting.append(costs[begun])
                begun += 1
                most = max(most, gate.running)
            }
            guard !waiting.isEmpty else { return (gate.spent.value, begun, most) }
            gate.end(cost: NanoDollars(waiting.removeFirst()))
        }
    }

    @Test func withoutALimitOnlyTheConcurrencyCounts() {
        let (spent, begun, most) = play(EvalGate(concurrency: 3, limit: nil), costs: Array(repeating: 10, count: 20))
        #expect((spent, begun, most) == (200, 20, 3))
    }

    @Test(arguments: [1, 2, 5, 32])
    func aLimitIsExceededByOneCaseAtMost(concurrency: Int) {
        let gate = EvalGate(concurrency: concurrency, limit: NanoDollars(100))
        let (spent, begun, most) = play(gate, costs: Array(repeating: 30, count: 50))
        #expect(spent >= 100 && spent < 130)
        #expect(begun == 4)
        #expect(most <= concurrency)
    }

    @Test func theDearestCaseSoFarIsReserved() {
        // After one of 60 there is room for one more of that size only.
        #expect(play(EvalGate(concurrency: 8, limit: NanoDollars(100)), costs: [60, 10, 10, 10, 10, 10]).most == 1)
    }

    @Test func whatHasNoPriceEndsARunWithALimit() {
        var gate = EvalGate(concurrency: 4, limit: NanoDollars(100))
        gate.begin()
        gate.end(cost: nil)
        #expect(!gate.mayBegin && gate.refusal?.contains("maxCostUsd") == true)
        var free = EvalGate(concurrency: 4, limit: nil)
        free.begin()
        free.end(cost: nil)
        #expect(free.mayBegin && free.refusal == nil)
    }
}
