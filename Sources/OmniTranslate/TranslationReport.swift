/// What a translation could not carry over and dropped with a warning.
public struct TranslationReport: Sendable, Hashable {
    public struct Loss: Sendable, Hashable {
        /// The client's name of the field, such as `seed`.
        public let field: String
        /// Why, in one word such as `unsupported` or `clamped`.
        public let reason: String

        public init(field: String, reason: String) {
            self.field = field
            self.reason = reason
        }
    }

    /// In the order met, without duplicates.
    public private(set) var losses: [Loss] = []

    public init() {}

    public var isEmpty: Bool { losses.isEmpty }

    public mutating func add(_ field: String, _ reason: String = "unsupported") {
        let loss = Loss(field: field, reason: reason)
        if !losses.contains(loss) { losses.append(loss) }
    }

    public mutating func merge(_ other: TranslationReport) {
        for loss in other.losses { add(loss.field, loss.reason) }
    }

    /// The value of `X-OmniRoute-Translation`: names only, at most 1 KB; nil when nothing was lost.
    public var headerValue: String? {
        guard !losses.isEmpty else { return nil }
        var value = ""
        for loss in losses {
            let entry = "dropped=\(Self.plain(loss.field));reason=\(Self.plain(loss.reason))"
            if value.utf8.count + entry.utf8.count + 2 > 1000 {
                value += ", ..."
                break
            }
            value += value.isEmpty ? entry : ", " + entry
        }
        return value
    }

    /// Field names can be the client's own inventions; here they must neither break the header nor fill it.
    private static func plain(_ name: String) -> String {
        let isLong = name.utf8.count > 64
        let bytes = name.utf8.prefix(64).map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: bytes, as: UTF8.self) + (isLong ? "..." : "")
    }
}
