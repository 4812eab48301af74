import OmniCore
import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct LimitBookTests {
    /// 2026-11-26T12:00:00Z, a Thursday.
    private let noon: Int64 = 1_795_694_400_000
    private let key = LimitScope.clientKey(ClientKeyID("k"))

    private func book(_ change: (inout UsageLimits) -> Void) -> LimitBook {
        var limits = UsageLimits()
        change(&limits)
        var book = LimitBook()
        _ = book.configure([key: limits])
        return book
    }

    private func reserve(
        _ book: inout LimitBook, _ cost: Int64 = 0, tokens: Int = 0, in scopes: [LimitScope]? = nil
    ) throws -> LimitBook.Reservation {
        let held = try book.reserve(scopes ?? [key], cost: NanoDollars(cost), tokens: tokens, at: noon)
        return try #require(held)
    }

    private func standing(_ book: inout LimitBook, at now: Int64) throws -> LimitBook.Standing {
        let standing = book.standing(of: key, at: now)
        return try #require(standing)
    }

    private func refusal(_ book: inout LimitBook, at now: Int64) -> LimitRefusal? {
        do throws(LimitRefusal) {
            _ = try book.reserve([key], cost: .zero, tokens: 0, at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test("requests at the same time know of each other's reservations")
    func reservations() throws {
        var book = book { $0.money[.daily] = NanoDollars(100) }
        let first = try reserve(&book, 60, tokens: 10)
        let second = try reserve(&book, 60, tokens: 10)
        #expect(refusal(&book, at: noon)?.reason == .budget(.daily, limit: NanoDollars(100)))
        // Both turned out cheap: there is room again.
        book.settle(first, cost: NanoDollars(10), tokens: 3, at: noon)
        book.settle(second, cost: NanoDollars(10), tokens: 3, at: noon)
        let state = try standing(&book, at: noon)
        #expect(state.spent[.daily] == NanoDollars(20) && state.reserved == .zero)
        #expect(state.tokensToday == 6 && state.requestsToday == 2 && state.inFlight == 0)
        #expect(refusal(&book, at: noon) == nil)
    }

    @Test("a budget says when to come back, and begins anew then")
    func periods() throws {
        var book = book { $0.money[.daily] = NanoDollars(5) }
        let held = try reserve(&book, 5, tokens: 0)
        book.settle(held, cost: NanoDollars(5), tokens: 0, at: noon)
        let refused = try #require(refusal(&book, at: noon))
        #expect(refused.retryAfter == 12 * 3600)
        #expect(refused.fault.status == 429 && refused.fault.code == "budget_exceeded")
        #expect(refused.fault.message == "the daily budget of $0.000000005 for this client key is used up")
        #expect(refusal(&book, at: noon + 12 * 3_600_000) == nil)
    }

    @Test(
        "calendars",
        arguments: [
            (BudgetPeriod.daily, 0, "2026-11-26T00:00:00.000Z", "2026-11-27T00:00:00.000Z"),
            (.daily, -780, "2026-11-25T13:00:00.000Z", "2026-11-26T13:00:00.000Z"),
            (.weekly, 0, "2026-11-23T00:00:00.000Z", "2026-11-30T00:00:00.000Z"),
            (.monthly, 60, "2026-10-31T23:00:00.000Z", "2026-11-30T23:00:00.000Z"),
        ])
    func bounds(period: BudgetPeriod, offset: Int, start: String, end: String) {
        let bounds = period.bounds(at: noon, offset: offset)
        #expect(ISOTime.string(bounds.start) == start && ISOTime.string(bounds.end) == end)
    }

    @Test("December ends with the year")
    func december() throws {
        let day = try #require(ISOTime.milliseconds(from: "2027-12-31T23:59:59Z"))
        let bounds = BudgetPeriod.monthly.bounds(at: day, offset: 0)
        #expect(ISOTime.string(bounds.start) == "2027-12-01T00:00:00.000Z")
        #expect(ISOTime.string(bounds.end) == "2028-01-01T00:00:00.000Z")
    }

    @Test("requests a minute slide, and the wait is until the oldest has left")
    func requestsPerMinute() {
        var book = book { $0.requestsPerMinute = 2 }
        #expect(refusal(&book, at: noon) == nil)
        #expect(refusal(&book, at: noon + 30_000) == nil)
        let refused = refusal(&book, at: noon + 40_000)
        #expect(refused?.reason == .requestsPerMinute(2) && refused?.retryAfter == 20)
        #expect(refusal(&book, at: noon + 60_000) == nil)
        #expect(refusal(&book, at: noon + 61_000)?.retryAfter == 29)
    }

    @Test("tokens, days and requests at the same time")
    func otherLimits() throws {
        var tokens = book { $0.tokensPerMinute = 100 }
        let held = try reserve(&tokens, tokens: 100)
        #expect(refusal(&tokens, at: noon)?.reason == .tokensPerMinute(100))
        tokens.settle(held, cost: nil, tokens: 99, at: noon)
        #expect(refusal(&tokens, at: noon) == nil)

        var day = book { $0.requestsPerDay = 1 }
        #expect(refusal(&day, at: noon) == nil)
        #expect(refusal(&day, at: noon)?.retryAfter == 12 * 3600)
        #expect(refusal(&day, at: noon + 13 * 3_600_000) == nil)

        var parallel = book { $0.concurrency = 1 }
        let running = try reserve(&parallel, tokens: 0)
        #expect(refusal(&parallel, at: noon)?.reason == .concurrency(1))
        parallel.settle(running, cost: nil, tokens: 0, at: noon)
        #expect(refusal(&parallel, at: noon) == nil)
    }

    @Test("what was never sent is no request")
    func uncounted() throws {
        var book = book { $0.requestsPerDay = 1 }
        let held = try reserve(&book, 7, tokens: 7)
        book.settle(held, cost: nil, tokens: 0, isCounted: false, at: noon)
        #expect(refusal(&book, at: noon) == nil)
    }

    @Test("a scope that refuses leaves the others untouched")
    func allOrNothing() throws {
        var book = LimitBook()
        var narrow = UsageLimits()
        narrow.concurrency = 1
        var wide = UsageLimits()
        wide.concurrency = 5
        _ = book.configure([.global: wide, key: narrow])
        let scopes = [LimitScope.global, key]
        _ = try reserve(&book, in: scopes)
        #expect(throws: LimitRefusal.self) { try reserve(&book, in: scopes) }
        let all = book.standing(of: .global, at: noon)
        #expect(all?.inFlight == 1)
    }

    @Test("an expired key and one outside its hours are refused as such")
    func times() {
        var expired = book { $0.expiresAt = noon }
        #expect(refusal(&expired, at: noon - 1) == nil)
        #expect(refusal(&expired, at: noon)?.fault.status == 403)
        // Thursdays 09:00 to 12:30, and over midnight.
        var hours = book { $0.schedule = .init(from: 540, until: 750, days: [4]) }
        #expect(refusal(&hours, at: noon) == nil)
        #expect(refusal(&hours, at: noon + 30 * 60_000)?.reason == .schedule)
        #expect(refusal(&hours, at: noon + 24 * 3_600_000)?.reason == .schedule)
        var night = book { $0.schedule = .init(from: 22 * 60, until: 6 * 60, days: [4]) }
        #expect(refusal(&night, at: noon)?.reason == .schedule)
        #expect(refusal(&night, at: noon + 17 * 3_600_000) == nil)
        #expect(refusal(&night, at: noon + 41 * 3_600_000)?.reason == .schedule)
    }

    @Test("limits that are changed keep what was used; those taken away are forgotten")
    func reconfiguration() throws {
        var book = book { $0.money[.monthly] = NanoDollars(100) }
        let held = try reserve(&book, 40, tokens: 0)
        book.settle(held, cost: NanoDollars(40), tokens: 0, at: noon)
        var limits = UsageLimits()
        limits.money[.monthly] = NanoDollars(40)
        let fresh = book.configure([key: limits])
        #expect(fresh.isEmpty)
        #expect(refusal(&book, at: noon)?.reason == .budget(.monthly, limit: NanoDollars(40)))
        _ = book.configure([:])
        #expect(refusal(&book, at: noon) == nil)
        // Anew, its past must be looked up.
        let again = book.configure([key: limits])
        #expect(again == [key])
        var past = LimitBook.Past()
        past.spent[.monthly] = NanoDollars(39)
        book.load(past, of: key, at: noon)
        #expect(try standing(&book, at: noon).spent[.monthly] == NanoDollars(39))
    }

    @Test("however requests interleave, no more than one reservation goes beyond the limit", arguments: 1...40)
    func interleavings(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let limit = NanoDollars(1000)
        var book = book { $0.money[.total] = limit }
        var running: [LimitBook.Reservation] = []
        var spent = NanoDollars.zero
        var largest = NanoDollars.zero
        for step in 0..<2000 {
            let now = noon + Int64(step) * 50
            if Bool.random(using: &random), let held = running.randomElement(using: &random) {
                running.remove(at: try #require(running.firstIndex(of: held)))
                let cost = NanoDollars(Int64.random(in: 0...held.cost.value, using: &random))
                spent += cost
                book.settle(held, cost: cost, tokens: 0, at: now)
            } else {
                let cost = NanoDollars(Int64.random(in: 1...90, using: &random))
                do throws(LimitRefusal) {
                    guard let held = try book.reserve([key], cost: cost, tokens: 0, at: now) else { continue }
                    largest = max(largest, cost)
                    running.append(held)
                } catch {
                    #expect(error.reason == .budget(.total, limit: limit))
                }
            }
            let reserved = running.reduce(NanoDollars.zero) { $0 + $1.cost }
            let state = try standing(&book, at: now)
            #expect(state.reserved == reserved && state.spent[.total] == spent)
            #expect(spent + reserved < limit + largest)
            #expect(state.inFlight == running.count)
        }
        #expect(spent >= NanoDollars(900), "the limit was never reached")
    }

    @Test("scopes as text", arguments: ["global", "key:a", "connection:b", "model:openai/gpt-4o", "model:or/x/y:free"])
    func scopeText(text: String) {
        #expect(LimitScope(text: text)?.text == text)
    }

    @Test(arguments: ["", "key:", "model:x", "model:/x", "model:x/", "other:x"])
    func noScope(text: String) { #expect(LimitScope(text: text) == nil) }
}
