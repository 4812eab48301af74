import OmniCore

/// Takes one record for each request that ended; a program with a database would store it.
struct UsagePrinter: UsageRecorder {
    func record(_ record: UsageRecord) {
        print("\(record.provider)/\(record.servedModel): \(record.inputTokens) tokens in, \(record.outputTokens) out")
    }
}
