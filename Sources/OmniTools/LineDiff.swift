/// What differs between two texts, line by line, in the form of `diff -u`.
struct LineDiff {
    fileprivate enum Step {
        case same(String)
        case removed(String)
        case added(String)
    }

    private static let context = 2
    /// Beyond this many pairs of lines the changed part is told as a whole.
    private static let maximumPairs = 4_000_000

    /// - Parameters: old, new: nil for a file that is not there.
    /// - Returns: empty when nothing differs.
    static func text(
        path: String, old: String?, new: String?, line show: (String) -> String
    ) -> String {
        guard old != new else { return "" }
        let steps = steps(lines(old), lines(new))
        var output = "--- \(old == nil ? "/dev/null" : path)\n+++ \(new == nil ? "/dev/null" : path)\n"
        var index = 0
        while let first = steps[index...].firstIndex(where: { $0.isChange }) {
            var last = first
            while let next = steps[(last + 1)...].firstIndex(where: { $0.isChange }), next - last <= 2 * context {
                last = next
            }
            let from = max(index, first - context)
            let to = min(steps.count - 1, last + context)
            let before = steps[..<from]
            let hunk = steps[from...to]
            let oldStart = before.count { !$0.isAdded } + 1
            let newStart = before.count { !$0.isRemoved } + 1
            output += "@@ -\(oldStart),\(hunk.count { !$0.isAdded }) +\(newStart),\(hunk.count { !$0.isRemoved }) @@\n"
            for step in hunk {
                switch step {
                case .same(let line): output += " \(show(line))\n"
                case .removed(let line): output += "-\(show(line))\n"
                case .added(let line): output += "+\(show(line))\n"
                }
            }
            index = to + 1
        }
        return output
    }

    private static func lines(_ text: String?) -> [String] {
        guard let text, !text.isEmpty else { return [] }
        var lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map(String.init)
    }

    private static func steps(_ old: [String], _ new: [String]) -> [Step] {
        var start = 0
        while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
        var end = 0
        while end < min(old.count, new.count) - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
        let middle = changes(Array(old[start..<old.count - end]), Array(new[start..<new.count - end]))
        return old[..<start].map { .same($0) } + middle + old[(old.count - end)...].map { .same($0) }
    }

    /// The longest common subsequence by the table.
    private static func changes(_ old: [String], _ new: [String]) -> [Step] {
        guard old.count * new.count <= maximumPairs else {
            return old.map { .removed($0) } + new.map { .added($0) }
        }
        let width = new.count + 1
        var lengths = [Int](repeating: 0, count: (old.count + 1) * width)
        for row in old.indices.reversed() {
            for column in new.indices.reversed() {
                lengths[row * width + column] =
                    old[row] == new[column]
                    ? lengths[(row + 1) * width + column + 1] + 1
                    : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
            }
        }
        var steps: [Step] = []
        var row = 0
        var column = 0
        while row < old.count, column < new.count {
            if old[row] == new[column] {
                steps.append(.same(old[row]))
                row += 1
                column += 1
            } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
                steps.append(.removed(old[row]))
                row += 1
            } else {
                steps.append(.added(new[column]))
                column += 1
            }
        }
        return steps + old[row...].map { .removed($0) } + new[column...].map { .added($0) }
    }
}

extension LineDiff.Step {
    fileprivate var isAdded: Bool { if case .added = self { true } else { false } }
    fileprivate var isRemoved: Bool { if case .removed = self { true } else { false } }
    fileprivate var isChange: Bool { isAdded || isRemoved }
}
