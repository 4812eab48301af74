import Foundation
import OmniCore
import OmniStore

// Measures the ledger: what pricing, counting and recording a request cost whoever answers it, whether a steady flow is written without loss, and how long
// a question about a year takes. Arguments: seconds of the flow, rows of the year.
// Writes one line for each figure: its name, a tab, the value.

let flowRate = 5000
let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard arguments.count == 2, arguments.allSatisfy({ $0 > 0 }) else {
    FileHandle.standardError.write(Data("usage: ledger-benchmark SECONDS ROWS\n".utf8))
    exit(2)
}
let (flowSeconds, rows) = (arguments[0], arguments[1])
let day: Int64 = 86_400_000
let end: Int64 = 1_800_000_000_000

/// A request as they come: 200 pairs of models and accounts, 50 client keys.
func record(_ number: Int, at time: Int64) -> UsageRecord {
    var record = UsageRecord(requestID: "bench-\(number)", startedAt: time)
    record.clientKeyID = ClientKeyID("key-\(number % 50)")
    record.connectionID = ConnectionID("account-\(number % 200)")
    record.provider = "provider-\(number % 20)"
    record.requestedModel = "provider-\(number % 20)/model-\(number % 10)"
    record.servedModel = "model-\(number % 10)"
    record.clientFormat = "openai"
    record.upstreamFormat = "anthropic"
    record.path = "/v1/chat/completions"
    record.status = number % 50 == 0 ? 429 : 200
    record.inputTokens = 400 + number % 100
    record.outputTokens = 200
    record.cacheReadTokens = 100
    record.latencyMS = 700
    record.attempts = 1
    record.cost = NanoDollars(1_000_000)
    return record
}

func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }

/// A store of its own in a temporary folder, removed in the end.
func withStore<Result>(_ body: (DataStore) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("omniroute-ledger-\(UUID().uuidString)")
    defer {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            FileHandle.standardError.write(Data("the folder \(folder.path) stays: \(error)\n".utf8))
        }
    }
    return try await body(
        try DataStore.open(path: folder.path, encryptionKey: nil, exclusive: true, historyBytes: 4 << 30))
}

/// What pricing and recording one request cost while the writer works beside it, and what of the flow came to the database.
///
/// Recorded by the same chain as in the daemon: live feed, telemetry, journal.
func measureFlow() async throws {
    var row = PriceRow()
    (row.input, row.cached, row.output) = (3, 0.3, 15)
    guard let price = UsagePrice(row) else { preconditionFailure("the row has prices") }
    try await withStore { store in
        let ledger = store.usage
        let recorder = RequestFeed(forwardingTo: Telemetry(forwardingTo: ledger))
        let clock = ContinuousClock()
        let slice = flowRate / 100
        let total = flowRate * flowSeconds
        var slices: [Double] = []
        var elapsed = Duration.zero
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await ledger.run(
                    onBatch: { _ in },
                    onFailure: { FileHandle.standardError.write(Data("\($0)\n".utf8)) })
            }
            let begin = clock.now
            for number in 0..<(100 * flowSeconds) {
                let records = (0..<slice).map { record(number * slice + $0, at: end + Int64(number) * 10) }
                let cost = clock.measure {
                    for var record in records {
                        record.cost = price.cost(of: record)
                        recorder.record(record)
                    }
                }
                slices.append(milliseconds(cost) * 1000 / Double(slice))
                try await clock.sleep(until: begin.advanced(by: .milliseconds(10 * (number + 1))))
            }
            elapsed = clock.now - begin
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        let written = try await ledger.history(UsageFilter()).total.requests
        slices.sort()
        print("rate\t\(Double(total) / (milliseconds(elapsed) / 1000))")
        print("lost\t\(total - written)")
        print("dropped\t\(ledger.droppedRecords)")
        print("record, median\t\(slices[slices.count / 2])")
        print("record, slowest of 100\t\(slices[slices.count * 99 / 100])")
        print("record, mean\t\(slices.reduce(0, +) / Double(slices.count))")
    }
}

/// The history of a year by model, account and key, and its days, over so many rows.
func measureYear() async throws {
    try await withStore { store in
        let ledger = store.usage
        let step = 365 * day / Int64(rows)
        for number in 0..<rows {
            ledger.record(record(number, at: end - Int64(rows - number) * step))
            if number % 8000 == 7999 { try ledger.flush() }
        }
        try ledger.flush()
        let clock = ContinuousClock()
        var filter = UsageFilter()
        filter.from = end - 365 * day
        filter.to = end
        var best = (history: Double.infinity, days: Double.infinity)
        var counted = 0
        for _ in 0..<5 {
            var begin = clock.now
            counted = try await ledger.history(filter).total.requests
            best.history = min(best.history, milliseconds(clock.now - begin))
            begin = clock.now
            _ = try await ledger.series(filter, by: .day)
            best.days = min(best.days, milliseconds(clock.now - begin))
        }
        print("rows of the year\t\(counted)")
        print("year, by model\t\(best.history)")
        print("year, by day\t\(best.days)")
    }
}

try await measureFlow()
try await measureYear()
