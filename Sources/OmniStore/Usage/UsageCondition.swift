import GRDB
import OmniCore

/// The conditions of a filter, as SQL over requests or over their sums.
struct UsageCondition {
    private var terms: [String] = []
    private(set) var arguments: StatementArguments = []

    /// What holds of single requests and of sums alike; the times are not part of it.
    init(groupsOf filter: UsageFilter) {
        if let provider = filter.provider { add("provider = ?", [provider]) }
        if let id = filter.connectionID { add("connectionID = ?", [id.rawValue]) }
        if let id = filter.clientKeyID { add("clientKeyID = ?", [id.rawValue]) }
        if let ids = filter.connectionIDs { add("connectionID", anyOf: ids.map(\.rawValue)) }
        if let ids = filter.clientKeyIDs { add("clientKeyID", anyOf: ids.map(\.rawValue)) }
        if let model = filter.model { add("(requestedModel = ? OR servedModel = ?)", [model, model]) }
        if let combo = filter.combo { add("combo = ?", [combo]) }
        // Requests have NULL for no combo and sums have ''.
        if let hasCombo = filter.hasCombo { add(hasCombo ? "combo <> ''" : "COALESCE(combo, '') = ''", []) }
    }

    init(requestsOf filter: UsageFilter) {
        self.init(groupsOf: filter)
        if let from = filter.from { add("startedAt >= ?", [from]) }
        if let to = filter.to { add("startedAt < ?", [to]) }
        if let status = filter.status { add("status = ?", [status]) }
        // A stream that broke after its head has a good status and an error code.
        if let isError = filter.isError {
            add(isError ? "(status >= 400 OR errorCode IS NOT NULL)" : "(status < 400 AND errorCode IS NULL)", [])
        }
        if let before = filter.before { add("sequence < ?", [before]) }
        if let search = filter.search {
            let pattern = "%" + search.map { #"\%_"#.contains($0) ? "\\\($0)" : "\($0)" }.joined() + "%"
            let columns = ["requestID", "requestedModel", "servedModel", "provider", "combo", "errorCode"]
            add(
                "(" + columns.map { #"\#($0) LIKE ? ESCAPE '\'"# }.joined(separator: " OR ") + ")",
                columns.map { _ in pattern })
        }
    }

    /// Whether sums by period can answer: they do not know what became of single requests.
    static func isAnsweredBySums(_ filter: UsageFilter) -> Bool {
        filter.status == nil && filter.isError == nil && filter.before == nil && filter.search == nil
    }

    mutating func add(_ term: String, _ values: [any DatabaseValueConvertible]) {
        terms.append(term)
        arguments += StatementArguments(values)
    }

    private mutating func add(_ column: String, anyOf values: [String]) {
        add("\(column) IN (\(values.map { _ in "?" }.joined(separator: ", ")))", values)
    }

    /// The WHERE clause; empty without conditions.
    var sql: String { terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND ") }
}
