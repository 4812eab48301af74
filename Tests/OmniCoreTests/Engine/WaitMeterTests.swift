import Testing

@testable import OmniCore

@Suite struct WaitMeterTests {
    @Test func onlyWaitsAreCounted() {
        var meter = WaitMeter()
        meter.begin(at: 100)
        meter.heard(at: 150)
        meter.heard(at: 170)
        meter.pause()
        meter.heard(at: 900)
        meter.begin(at: 1000)
        meter.heard(at: 1001)
        #expect(meter.total == 71)
    }

    @Test func aWaitThatWasNotEndedBeginsAnew() {
        var meter = WaitMeter()
        meter.begin(at: 10)
        meter.begin(at: 90)
        meter.heard(at: 100)
        #expect(meter.total == 10)
    }
}
