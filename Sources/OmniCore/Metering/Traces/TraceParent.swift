/// The span of a client that a request belongs to, as its `traceparent` names it.
///
/// https://www.w3.org/TR/trace-context/ (checked 2026-11-26)
struct TraceParent: Sendable, Hashable {
    /// 32 hexadecimal digits.
    var traceID: String
    /// 16 hexadecimal digits.
    var spanID: String
    var isSampled: Bool

    /// - Returns: nil for what is none; a request with a broken one begins a trace of its own.
    init?(_ header: String) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, parts[0].count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            parts[1].count == 32, parts[2].count == 16, parts[3].count == 2,
            parts[0...3].joined().utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }),
            let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        traceID = parts[1]
        spanID = parts[2]
        isSampled = flags & 1 == 1
    }
}
