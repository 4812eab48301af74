import OmniJSON
import Testing

@testable import OmniTranslate

/// No order of events, legal or not, brings a writer out of its dialect's grammar, and none makes it lose words.
@Suite struct StreamWriterTests {
    private func write(_ events: [StreamEvent], to target: WriterTarget) -> [UInt8] {
        var encoder = StreamEncoder(to: target.client, context: target.context)
        var output: [UInt8] = []
        for event in events { encoder.encode(event, into: &output) }
        return output
    }

    @Test("C055 C074 C078 made-up answers are legal streams and say what the events say", arguments: WriterTarget.all)
    func legalOrder(target: WriterTarget) {
        check(target, isLegal: true, seeds: 0..<1200)
    }

    @Test("events in a wrong order, doubled, missing or of nothing give legal streams", arguments: WriterTarget.all)
    func anyOrder(target: WriterTarget) {
        check(target, isLegal: false, seeds: 10_000..<12_000)
    }

    private func check(_ target: WriterTarget, isLegal: Bool, seeds: Range<UInt64>) {
        var outcomes = (complete: 0, failed: 0)
        for seed in seeds {
            var events = RandomEvents.sequence(seed: seed, isLegal: isLegal)
            var expected = ExpectedAnswer(events)
            if expected.hasFailed {
                // What the translator adds when an upstream ends without an end.
                events.append(.error(UpstreamFault(.upstream, message: "truncated")))
                expected = ExpectedAnswer(events)
                outcomes.failed += 1
            } else {
                outcomes.complete += 1
            }
            let problems = target.problems(of: write(events, to: target), expecting: expected)
            guard problems.isEmpty else {
                Issue.record("seed \(seed): \(problems.prefix(3))")
                return
            }
        }
        #expect(outcomes.complete > seeds.count / 2 && outcomes.failed > seeds.count / 10)
    }

    @Test(arguments: WriterTarget.all)
    func theSameEventsGiveTheSameBytes(target: WriterTarget) {
        for seed in UInt64(0)..<20 {
            let events = RandomEvents.sequence(seed: seed, isLegal: true)
            #expect(write(events, to: target) == write(events, to: target), "seed \(seed)")
        }
    }
}
