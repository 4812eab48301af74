/// Finds names a person may have meant.
enum NearMatches {
    /// - Returns: at most three names, nearest first; empty when none comes near.
    static func find(_ name: String, among names: [String]) -> [String] {
        let wanted = Array(name.lowercased().utf8.prefix(100))
        guard !wanted.isEmpty else { return [] }
        // The model may be right and the provider wrong.
        let wantedTail = wanted.lastIndex(of: UInt8(ascii: "/")).map { Array(wanted[($0 + 1)...]) }
        let scored: [(name: String, distance: Int)] = names.compactMap { candidate in
            let whole = Array(candidate.lowercased().utf8.prefix(100))
            // People leave the provider out more often than they misspell it.
            let tail = whole.lastIndex(of: UInt8(ascii: "/")).map { Array(whole[($0 + 1)...]) } ?? whole
            let distance = min(
                editDistance(wanted, whole), editDistance(wanted, tail),
                wantedTail.map { editDistance($0, tail) + 1 } ?? .max)
            return distance <= max(2, wanted.count / 3) ? (candidate, distance) : nil
        }
        return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    }

    /// Levenshtein's distance.
    ///
    /// Complexity: O(n·m).
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, rightByte) in right.enumerated() {
                current.append(
                    min(
                        previous[column + 1] + 1, current[column] + 1,
                        previous[column] + (leftByte == rightByte ? 0 : 1)))
            }
            previous = current
        }
        return previous[right.count]
    }
}
