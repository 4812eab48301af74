import OmniCore
import OmniJSON
import Testing

@Suite struct UsageLimitsTests {
    private func limits(_ text: String) throws -> UsageLimits {
        var limits = UsageLimits()
        try limits.merge(JSONFields(JSONValue(parsing: Array(text.utf8))))
        return limits
    }

    private func written(_ limits: UsageLimits) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        limits.writeMembers(into: &writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("both documented forms of a budget")
    func budgets() throws {
        #expect(try limits(#"{"limit":5,"period":"weekly"}"#).money == [.weekly: NanoDollars(5_000_000_000)])
        #expect(try limits(#"{"limit":5}"#).money == [.monthly: NanoDollars(5_000_000_000)])
        let long = try limits(#"{"dailyLimitUsd":0.5,"monthlyLimitUsd":0,"warningThreshold":80}"#)
        #expect(long.money == [.daily: NanoDollars(500_000_000)] && long.warningThreshold == 0.8)
    }

    @Test("what was written reads back as it was")
    func roundTrip() throws {
        let text =
            #"{"dailyLimitUsd":0.5,"totalLimitUsd":10,"warningThreshold":0.9,"requestsPerMinute":1,"requestsPerDay":2,"#
            + #""tokensPerMinute":3,"tokensPerDay":4,"concurrency":5,"expiresAt":"2027-01-01T00:00:00.000Z","#
            + #""schedule":{"from":"09:00","until":"17:30","days":[1,5]},"utcOffset":60}"#
        #expect(written(try limits(text)) == text)
    }

    @Test("null takes a limit away")
    func removal() throws {
        var some = try limits(#"{"dailyLimitUsd":1,"requestsPerMinute":5,"schedule":{"from":"09:00","until":"10:00"}}"#)
        let nothing = #"{"dailyLimitUsd":null,"requestsPerMinute":null,"schedule":null}"#
        try some.merge(JSONFields(JSONValue(parsing: Array(nothing.utf8))))
        #expect(some.isEmpty)
    }

    @Test(
        "bad limits are refused by name",
        arguments: [
            (#"{"limit":0}"#, "limit"), (#"{"limit":-1}"#, "limit"), (#"{"limit":"5"}"#, "limit"),
            (#"{"period":"daily"}"#, "limit"), (#"{"limit":1,"period":"yearly"}"#, "period"),
            (#"{"dailyLimitUsd":1e-12}"#, "dailyLimitUsd"), (#"{"requestsPerMinute":0}"#, "requestsPerMinute"),
            (#"{"warningThreshold":200}"#, "warningThreshold"), (#"{"expiresAt":"soon"}"#, "expiresAt"),
            (#"{"schedule":{"from":"9:00","until":"10:00"}}"#, "schedule.from"),
            (#"{"schedule":{"from":"09:00","until":"24:00"}}"#, "schedule.until"),
            (#"{"schedule":{"from":"09:00","until":"10:00","days":[7]}}"#, "schedule.days"),
            (#"{"utcOffset":900}"#, "utcOffset"),
        ])
    func faults(text: String, field: String) {
        #expect {
            try limits(text)
        } throws: { error in
            (error as? FieldFault)?.field == field
        }
    }

    @Test(
        "money as text",
        arguments: [
            (5_000_000_000, "5"), (250_000_000, "0.25"), (1, "0.000000001"), (0, "0"), (-1_500_000_000, "-1.5"),
        ])
    func moneyText(value: Int64, text: String) { #expect(NanoDollars(value).text == text) }
}
