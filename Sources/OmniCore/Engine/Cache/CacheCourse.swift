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

    func addHeaders(to headers: inout [(name: String, value: String)]) {
        headers.append(("x-omniroute-cache", status.rawValue))
        if status == .hit { headers.append(("age", String(age))) }
    }
}
