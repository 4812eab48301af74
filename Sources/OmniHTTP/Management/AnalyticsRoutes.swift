import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    /// Figures for charts: what was used by day, model, account, provider and key.
    ///
    /// Days are those of UTC.
    func usageAnalytics(_ call: ManagementRequest) async throws -> ManagementResponse {
        let range = try usageRange(call) ?? .month
        let now = dependencies.clock.wallMilliseconds()
        let names = try await usageNames()
        var filter = try usageFilter(call, names: names)
        filter.from = filter.from ?? range.start(at: now)
        let history = try await dependencies.usage.history(filter)
        let days = try await dependencies.usage.series(filter, by: .day)
        filter.from = now / UsagePeriod.day.length * UsagePeriod.day.length - 364 * UsagePeriod.day.length
        filter.to = nil
        let year = UsageSlice.sumsByStart(try await dependencies.usage.series(filter, by: .day))
        let streak = Self.streak(year.map(\.start), at: now)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.optional("range", range.rawValue)
            writer.summary(of: history, streak: streak)
            writer.dailyFigures(days)
            writer.rankings(history, names: names)
            writer.activity(year)
            writer.endObject()
        }
    }

    /// How many days in a row had requests, up to today or, before today's first, up to yesterday.
    static func streak(_ days: [Int64], at now: Int64) -> Int {
        let used = Set(days)
        var day = now / UsagePeriod.day.length * UsagePeriod.day.length
        if !used.contains(day) { day -= UsagePeriod.day.length }
        var count = 0
        while used.contains(day) {
            count += 1
            day -= UsagePeriod.day.length
        }
        return count
    }
}

extension JSONWriter {
    fileprivate mutating func summary(of history: UsageHistory, streak: Int) {
        key("summary")
        beginObject()
        totals(history.total)
        key("promptTokens")
        value(history.total.promptTokens)
        key("completionTokens")
        value(history.total.completionTokens)
        key("uniqueModels")
        value(history.byModel.count)
        key("uniqueAccounts")
        value(history.byConnection.count)
        key("uniqueApiKeys")
        value(history.byClientKey.count)
        key("streak")
        value(streak)
        endObject()
    }

    /// By day, and by day and model with the models' tokens as members.
    fileprivate mutating func dailyFigures(_ days: [UsageSlice]) {
        key("dailyTrend")
        beginArray()
        for (start, totals) in UsageSlice.sumsByStart(days) {
            group(totals) { $0.optional("date", Self.date(start)) }
        }
        endArray()
        key("dailyByModel")
        beginArray()
        var position = 0
        while position < days.count {
            let start = days[position].start
            beginObject()
            optional("date", Self.date(start))
            while position < days.count, days[position].start == start {
                key(JSONText(days[position].model.label))
                value(days[position].totals.promptTokens + days[position].totals.completionTokens)
                position += 1
            }
            endObject()
        }
        endArray()
        key("modelNames")
        beginArray()
        for label in Set(days.map(\.model.label)).sorted() { string(label) }
        endArray()
    }

    /// The groups as lists, those with most tokens first, each with its share in percent.
    fileprivate mutating func rankings(_ history: UsageHistory, names: UsageNames) {
        let all = history.total.promptTokens + history.total.completionTokens
        ranking("byModel", history.byModel, all: all, order: \.label) { writer, model in
            writer.optional("model", model.model)
            writer.optional("provider", model.provider)
        }
        ranking("byAccount", history.byConnection, all: all, order: \.rawValue) { writer, id in
            writer.optional("account", names.connections[id] ?? id.rawValue)
            writer.optional("connectionId", id.rawValue)
        }
        ranking("byProvider", history.byProvider, all: all, order: \.self) { $0.optional("provider", $1) }
        ranking("byApiKey", history.byClientKey, all: all, order: \.rawValue) { writer, id in
            writer.optional("apiKeyId", id.rawValue)
            writer.nullable("apiKeyName", names.clientKeys[id])
        }
        ranking("byCombo", history.byCombo, all: all, order: \.self) { $0.optional("combo", $1) }
    }

    private mutating func ranking<Key: Hashable>(
        _ name: StaticString, _ groups: [Key: UsageTotals], all: Int, order: (Key) -> String,
        _ names: (inout JSONWriter, Key) -> Void
    ) {
        let rows = groups.map { (key: $0.key, totals: $0.value, order: order($0.key)) }
        key(name)
        beginArray()
        for row in rows.sorted(by: { ($1.totals.tokens, $0.order) < ($0.totals.tokens, $1.order) }) {
            group(row.totals) { writer in
                names(&writer, row.key)
                let tenths = all > 0 ? row.totals.tokens * 1000 / all : 0
                writer.optional("pct", "\(tenths / 10).\(tenths % 10)")
            }
        }
        endArray()
    }

    /// A year of days with their tokens, and what the days of a week have on average.
    fileprivate mutating func activity(_ year: [(start: Int64, totals: UsageTotals)]) {
        var weekdays = [(tokens: Int, days: Int)](repeating: (0, 0), count: 7)
        key("activityMap")
        beginObject()
        for (start, totals) in year {
            key(JSONText(Self.date(start)))
            value(totals.tokens)
            // The first day of 1970 was a Thursday; weeks begin on Sunday here.
            let weekday = Int((start / UsagePeriod.day.length + 4) % 7)
            weekdays[weekday].tokens += totals.tokens
            weekdays[weekday].days += 1
        }
        endObject()
        key("weeklyPattern")
        beginArray()
        for (name, weekday) in zip(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"], weekdays) {
            beginObject()
            optional("day", name)
            key("totalTokens")
            value(weekday.tokens)
            key("avgTokens")
            value(weekday.days > 0 ? weekday.tokens / weekday.days : 0)
            endObject()
        }
        endArray()
    }

    private static func date(_ start: Int64) -> String { String(ISOTime.string(start).prefix(10)) }
}

extension UsageTotals {
    fileprivate var tokens: Int { promptTokens + completionTokens }
}
