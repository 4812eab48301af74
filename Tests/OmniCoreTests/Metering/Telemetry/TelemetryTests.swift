import Testing

@testable import OmniCore

@Suite struct TelemetryTests {
    private static let now: Int64 = 1_772_000_000_000

    private func record(
        _ provider: String = "p", model: String = "m", latency: Int = 100, status: Int = 200, endedAt: Int64 = now
    ) -> UsageRecord {
        var record = UsageRecord(requestID: "r", startedAt: endedAt - Int64(latency))
        record.provider = provider
        record.requestedModel = model
        record.servedModel = model
        record.latencyMS = latency
        record.status = status
        return record
    }

    private func text(_ telemetry: Telemetry) -> String {
        String(decoding: telemetry.metrics(cache: CacheFigures()), as: UTF8.self)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 100, 1000, 65_535, 8_000_000])
    func bucketsHoldTheirValues(value: Int) {
        let bucket = SpreadHistogram.bucket(of: value)
        let end = SpreadHistogram.upperEnd(ofBucket: bucket)
        #expect(value <= end && end <= value + value / 8)
        #expect(bucket == 0 || SpreadHistogram.upperEnd(ofBucket: bucket - 1) < value)
    }

    @Test func extremesAreTaken() {
        var histogram = SpreadHistogram()
        histogram.add(-5)
        histogram.add(.max)
        #expect(histogram.count == 2)
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.quantile(1) == (1 << 23) - 1)
    }

    @Test func quantilesAreThoseOfTheWindow() {
        let telemetry = Telemetry()
        for latency in 1...100 { telemetry.record(record(latency: latency)) }
        telemetry.record(record(latency: 60_000, endedAt: Self.now - 400_000))
        let spread = Telemetry.total(telemetry.figures(window: 300_000, now: Self.now)).duration
        #expect(spread.count == 100)
        #expect((50...56).contains(spread.p50) && (99...111).contains(spread.p99))
        #expect(Telemetry.total(telemetry.figures(window: 500_000, now: Self.now)).duration.count == 101)
    }

    @Test func slotsAreUsedAgain() {
        let telemetry = Telemetry()
        telemetry.record(record(endedAt: Self.now - TelemetryWindow.maximum))
        telemetry.record(record())
        telemetry.record(record(endedAt: Self.now - TelemetryWindow.maximum))
        #expect(telemetry.figures(window: Telemetry.maximumWindow, now: Self.now)["p"]?.duration.count == 1)
    }

    @Test func failuresAndPhasesAreTold() {
        let telemetry = Telemetry()
        var good = record(latency: 100)
        good.headMS = 10
        good.isStreaming = true
        good.timeToFirstTokenMS = 12
        telemetry.record(good)
        telemetry.record(record(status: 503))
        let figures = telemetry.figures(window: 10_000, now: Self.now)["p"]
        #expect(figures?.errorRate == 0.5)
        #expect(figures?.connect.p50 == 10 && figures?.firstToken.p50 == 12 && figures?.stream.average == 90)
    }

    @Test func overheadIsToldInMicroseconds() {
        let telemetry = Telemetry()
        var measured = record()
        measured.overheadMicroseconds = 120
        telemetry.record(measured)
        telemetry.record(record())
        let overhead = Telemetry.total(telemetry.figures(window: 10_000, now: Self.now)).overhead
        #expect(overhead.count == 1 && (120...135).contains(overhead.p99))
        let lines = text(telemetry).split(separator: "\n").filter { $0.hasPrefix("omniroute_overhead_seconds") }
        #expect(lines.contains { $0.contains("le=\"0.0001\"") && $0.hasSuffix(" 0") })
        #expect(lines.contains { $0.contains("le=\"0.00025\"") && $0.hasSuffix(" 1") })
    }

    @Test func roomIsBounded() {
        let telemetry = Telemetry()
        for number in 0..<(Telemetry.maximumSeries + 50) { telemetry.record(record("p\(number)")) }
        let figures = telemetry.figures(window: 10_000, now: Self.now)
        #expect(figures.count == Telemetry.maximumSeries + 1)
        #expect(figures["other"]?.duration.count == 50)
    }

    @Test func namesThatLedNowhereTakeNoRoom() {
        let telemetry = Telemetry()
        telemetry.record(record("", model: "invented-1", status: 404))
        #expect(!text(telemetry).contains("gen_ai_request_model=\"invented-1\""))
    }

    /// Places are remembered by length, beginning and end of the names: these have those in common.
    @Test func namesThatLookAlikeAreToldApart() {
        let telemetry = Telemetry()
        let models = (0..<90).map { "family--\($0 / 10)\($0 % 10)--version" }
        for _ in 0..<2 { for model in models { telemetry.record(record(model: model)) } }
        let text = text(telemetry)
        for model in models {
            #expect(
                text.contains(#"gen_ai_response_model="\#(model)",gen_ai_operation_name="chat",status_class="2xx"} 2"#))
        }
    }

    @Test func cachedAnswersAreNotPaidTwice() {
        let telemetry = Telemetry()
        var bought = record()
        bought.inputTokens = 7
        bought.cacheReadTokens = 3
        bought.cost = NanoDollars(500_000_000)
        telemetry.record(bought)
        bought.isCached = true
        bought.cost = .zero
        telemetry.record(bought)
        let labels =
            #"gen_ai_system="p",gen_ai_request_model="m",gen_ai_response_model="m",gen_ai_operation_name="chat""#
        let lines = Set(text(telemetry).split(separator: "\n").map(String.init))
        #expect(lines.contains("omniroute_cost_dollars_total{\(labels)} 0.5"))
        #expect(lines.contains(#"omniroute_tokens_total{\#(labels),kind="input"} 10"#))
        #expect(lines.contains("omniroute_cached_requests_total{\(labels)} 1"))
        #expect(lines.contains(#"omniroute_requests_total{\#(labels),status_class="2xx"} 2"#))
    }

    @Test func labelsAreEscaped() {
        let telemetry = Telemetry()
        telemetry.record(record(model: "a\"b\\c\nd"))
        #expect(text(telemetry).contains(#"gen_ai_request_model="a\"b\\c\nd""#))
    }
}
