/// Decides whether another case of a run may begin, by what is under way and what was spent.
///
/// With a limit of cost a case begins only if all that are under way may cost as much as the dearest one so far without reaching
/// it. So a run spends less than its limit and one case more, however many cases it asks at once; until the first cost is known
/// there is one. An answer whose price is unknown ends a run that has a limit: nobody could say whether it is kept.
struct EvalGate: Sendable {
    let concurrency: Int
    let limit: NanoDollars?
    private(set) var running = 0
    private(set) var spent = NanoDollars.zero
    private var dearest: NanoDollars?
    private var isUnpriced = false

    init(concurrency: Int, limit: NanoDollars?) {
        self.concurrency = concurrency
        self.limit = limit
    }

    var mayBegin: Bool {
        guard running < concurrency, refusal == nil else { return false }
        guard let limit else { return true }
        guard let dearest else { return running == 0 }
        let (reserved, overflows) = dearest.value.multipliedReportingOverflow(by: Int64(running))
        return !overflows && spent + NanoDollars(reserved) < limit
    }

    /// Why no case may begin any more; nil while one may, now or when others have ended.
    var refusal: String? {
        guard let limit else { return nil }
        if isUnpriced { return "an answer has no known price, so that maxCostUsd cannot be kept" }
        return spent < limit ? nil : "the limit of $\(limit.text) is reached"
    }

    mutating func begin() { running += 1 }

    /// - Parameter cost: nil when it is unknown.
    mutating func end(cost: NanoDollars?) {
        running -= 1
        guard let cost else {
            isUnpriced = true
            return
        }
        spent += cost
        dearest = max(dearest ?? .zero, cost)
    }
}
