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
            let entry = "dropped=\(loss.field);reason=\(loss.reason)"
            if value.utf8.count + entry.utf8.count + 2 > 1000 {
                value += ", …"
                break
            }
            value += value.isEmpty ? entry : ", " + entry
        }
        return value
    }
}
