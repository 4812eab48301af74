import OmniTranslate

/// What the cache is to one request; nil where it is nothing.
///
/// A class for the reason ``RouteProgress`` is one.
final class CacheCourse {
    enum Status: String {
        case hit = "HIT"
        case miss = "MISS"
        case bypass = "BYPASS"
    }

    var status: Status
    /// How old the answer is, when it is one from before.
    var age: Int64 = 0
    /// How alike the question is that it was the answer to; nil when that was the same.
    var similarity: Float?
    /// What of the request may be compared with others.
    var similar: SimilarCourse?
    /// What the answer from before cost then, and what it would cost now.
    var keptCost: NanoDollars?
    var price: UsagePrice?
    /// The largest answer to note; nil where none shall be.
    var recordingLimit: Int?
    /// The answer of the last attempt as it came in, and how that was sent.
    private(set) var recording: RecordedExchange?
    private(set) var call: UpstreamCall?

    /// What a service other than chat was answered, if it may be given again.
    var serviceAnswer: CachedAnswer?

    init(_ status: Status) { self.status = status }

    /// The exchange to read in place of one, so that its bytes are noted.
    func record(_ exchange: any UpstreamExchange, of call: UpstreamCall) -> any UpstreamExchange {
        guard let recordingLimit else { return exchange }
        let recording = RecordedExchange(exchange, maximumBytes: recordingLimit)
        self.recording = recording
        self.call = call
        return recording
    }

    /// Four decimals, rounded down: what is not the same does not look so.
    private static func decimal(_ similarity: Float) -> String {
        let parts = Int((min(1, max(0, similarity)) * 10_000).rounded(.down))
        let decimals = String(parts % 10_000)
        return "\(parts / 10_000).\(String(repeating: "0", count: 4 - decimals.count))\(decimals)"
    }

    func addHeaders(to headers: inout [(name: String, value: String)]) {
        headers.append(("x-omniroute-cache", status.rawValue))
        guard status == .hit else { return }
        headers.append(("age", String(age)))
        if let similarity { headers.append(("x-omniroute-cache-similarity", Self.decimal(similarity))) }
    }
}
