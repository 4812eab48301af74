public import OmniJSON

/// Runs side by side, case by case: a column for each model of each run, the first of which the others are held against.
public struct EvalComparison: Sendable {
    /// One model of one run.
    public struct Column: Sendable {
        public let run: EvalRun
        public let model: String
        let tally: EvalTally
        let results: [String: EvalCaseResult]
    }

    /// What became of a case from the first column to another.
    public enum Change: String, Sendable {
        case same, fixed, broken
        /// Only one of them has the case.
        case missing
    }

    /// One case over all columns.
    public struct Row: Sendable {
        public let caseID: String
        public let caseName: String
        /// In the order of the columns; nil where the case was not put.
        public let cells: [EvalCaseResult?]

        /// Whether not all columns asked and judged the same.
        var isChanged: Bool { Set(cells.compactMap { $0?.digest }).count > 1 }

        func change(to index: Int) -> Change {
            guard let before = cells[0], let after = cells[index] else { return .missing }
            let (was, isNow) = (before.outcome == .passed, after.outcome == .passed)
            return was == isNow ? .same : isNow ? .fixed : .broken
        }
    }

    public let columns: [Column]
    public let rows: [Row]

    /// - Parameter runs: each with its results, the one the others are held against first.
    public init(_ runs: [(run: EvalRun, results: [EvalCaseResult])]) {
        columns = runs.flatMap { run, results in
            run.tallies.map { tally in
                var own: [String: EvalCaseResult] = [:]
                for result in results where result.model == tally.model { own[result.caseID] = result }
                return Column(run: run, model: tally.model, tally: tally, results: own)
            }
        }
        var names: [String: String] = [:]
        var order: [String] = []
        for (_, results) in runs {
            for result in results where names.updateValue(result.caseName, forKey: result.caseID) == nil {
                order.append(result.caseID)
            }
        }
        let columns = columns
        rows = order.map { id in
            Row(caseID: id, caseName: names[id] ?? id, cells: columns.map { $0.results[id] })
        }
    }

    /// The members of an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.key("columns")
        writer.beginArray()
        for (index, column) in columns.enumerated() { write(column, index, into: &writer) }
        writer.endArray()
        writer.key("cases")
        writer.beginArray()
        for row in rows { write(row, into: &writer) }
        writer.endArray()
    }

    private func write(_ column: Column, _ index: Int, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("runId", column.run.id)
        writer.optional("suiteId", column.run.suiteID)
        writer.optional("suiteName", column.run.suiteName)
        writer.optional("status", column.run.status.rawValue)
        writer.optional("createdAt", ISOTime.string(column.run.createdAt))
        writer.optional("note", column.run.note)
        writer.optional("model", column.model)
        column.tally.writeMembers(into: &writer)
        writer.key("changes")
        writer.beginObject()
        for (name, change): (StaticString, Change) in [
            ("same", .same), ("fixed", .fixed), ("broken", .broken), ("missing", .missing),
        ] {
            writer.key(name)
            writer.value(rows.count { $0.change(to: index) == change })
        }
        writer.endObject()
        writer.endObject()
    }

    private func write(_ row: Row, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("caseId", row.caseID)
        writer.optional("caseName", row.caseName)
        writer.key("isChanged")
        writer.value(row.isChanged)
        writer.key("cells")
        writer.beginArray()
        for (index, cell) in row.cells.enumerated() {
            guard let cell else {
                writer.null()
                continue
            }
            writer.beginObject()
            writer.optional("change", row.change(to: index).rawValue)
            writer.key("result")
            cell.write(into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}
