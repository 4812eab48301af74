import Hummingbird

/// The parameters of a query as browsers write forms: a plus sign is a space.
struct FormQuery: Sendable {
    private var values: [String: String] = [:]

    init(_ query: some StringProtocol) {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            values[Self.decoded(parts[0])] = Self.decoded(parts[1])
        }
    }

    /// The parameters of a whole address; none when it has no query.
    init(ofAddress address: String) {
        let query = address.firstIndex(of: "?").map { address[address.index(after: $0)...] } ?? ""
        self.init(query.prefix { $0 != "#" })
    }

    subscript(_ name: String) -> String? { values[name] }

    private static func decoded(_ text: some StringProtocol) -> String {
        String(text.map { $0 == "+" ? " " : $0 }).percentDecoded
    }
}

extension ManagementRequest {
    var form: FormQuery { FormQuery(request.uri.query ?? "") }
}
