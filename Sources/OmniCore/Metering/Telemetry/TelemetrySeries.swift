/// Everything counted since the start for one provider, pair of models and operation.
struct TelemetrySeries: Sendable {
    struct Labels: Sendable, Hashable {
        var provider: String
        var requestedModel: String
        var servedModel: String
        var operation: Operation

        enum Operation: String, Sendable {
            case chat
            case textCompletion = "text_completion"
        }

        init(_ record: borrowing UsageRecord) {
            operation = record.path.hasSuffix("/v1/completions") ? .textCompletion : .chat
            provider = record.provider
            servedModel = record.servedModel
            // Names that led nowhere are whatever clients write; they would fill the room of those that exist.
            requestedModel = record.provider.isEmpty ? "" : record.requestedModel
        }

        /// Stands for all that came when there was no room any more.
        init(otherOf operation: Operation) {
            provider = "other"
            requestedModel = "other"
            servedModel = "other"
            self.operation = operation
        }
    }

    let labels: Labels
    /// The provider's number in the window.
    let provider: Int
    /// By the first digit of the status; index 0 for none.
    private(set) var statuses = [Int](repeating: 0, count: 6)
    private(set) var duration = BoundedHistogram(bounds: BoundedHistogram.durationBounds)
    private(set) var firstToken = BoundedHistogram(bounds: BoundedHistogram.firstTokenBounds)
    private(set) var perToken = BoundedHistogram(bounds: BoundedHistogram.perTokenBounds)
    private(set) var overhead = BoundedHistogram(bounds: BoundedHistogram.overheadBounds)
    private(set) var inputTokens = BoundedHistogram(bounds: BoundedHistogram.tokenBounds)
    private(set) var outputTokens = BoundedHistogram(bounds: BoundedHistogram.tokenBounds)
    private(set) var cacheReadTokens = 0
    private(set) var cacheWriteTokens = 0
    private(set) var reasoningTokens = 0
    private(set) var cost = NanoDollars.zero
    private(set) var attempts = 0
    private(set) var cached = 0

    init(labels: Labels, provider: Int) {
        self.labels = labels
        self.provider = provider
    }

    mutating func add(_ record: borrowing UsageRecord) {
        statuses[(100..<600).contains(record.status) ? record.status / 100 : 0] += 1
        duration.add(record.latencyMS * 1000)
        attempts += record.attempts
        if let time = record.overheadMicroseconds { overhead.add(time) }
        guard !record.isCached else {
            // The counts are those of the answer that was kept, and were counted with it.
            cached += 1
            return
        }
        let input = record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens
        let output = record.outputTokens + record.reasoningTokens
        if input > 0 { inputTokens.add(input) }
        if output > 0 { outputTokens.add(output) }
        cacheReadTokens += record.cacheReadTokens
        cacheWriteTokens += record.cacheWriteTokens
        reasoningTokens += record.reasoningTokens
        if let cost = record.cost { self.cost += cost }
        guard record.isStreaming, let first = record.timeToFirstTokenMS else { return }
        firstToken.add(first * 1000)
        if output > 1 { perToken.add((record.latencyMS - first) * 1000 / (output - 1)) }
    }
}
