/// Aliases whose name is a pattern: `*` stands for any text, `?` for any character.
struct WildcardAliases: Sendable {
    private struct Entry: Sendable {
        var pattern: [UInt8]
        var hasSlash: Bool
        var score: Int
        var model: String
    }

    private var entries: [Entry] = []

    static func isPattern(_ name: String) -> Bool { name.utf8.contains { $0 == star || $0 == question } }

    /// - Parameter aliases: exact ones are left out.
    init(_ aliases: [ModelAlias]) {
        for alias in aliases where Self.isPattern(alias.alias) {
            let pattern = Array(alias.alias.lowercased().utf8)
            let stars = pattern.count { $0 == Self.star }
            let questions = pattern.count { $0 == Self.question }
            // The more a pattern says itself, the better it fits.
            let score = 10 * (pattern.count - stars - questions) - 50 * stars - 5 * questions + pattern.count
            entries.append(
                Entry(
                    pattern: pattern, hasSlash: pattern.contains(UInt8(ascii: "/")), score: score, model: alias.model))
        }
        // The earlier one wins of equals.
        entries = entries.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
            .map(\.element)
    }

    /// The model of the best pattern a name fits, whatever the case.
    ///
    /// A pattern without a slash is about bare names only: `*` must not take over other providers.
    func model(for name: String) -> String? {
        guard !entries.isEmpty else { return nil }
        let name = Array(name.lowercased().utf8)
        let hasSlash = name.contains(UInt8(ascii: "/"))
        return entries.first { ($0.hasSlash || !hasSlash) && Self.matches($0.pattern, name) }?.model
    }

    private static let star = UInt8(ascii: "*")
    private static let question = UInt8(ascii: "?")

    /// Complexity: O(n·m) at worst, without recursion.
    static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (position, index) = (0, 0)
        var (retryPattern, retryName) = (-1, 0)
        while index < name.count {
            if position < pattern.count, pattern[position] == star {
                (retryPattern, retryName) = (position, index)
                position += 1
            } else if position < pattern.count, pattern[position] == question || pattern[position] == name[index] {
                position += 1
                index += 1
            } else if retryPattern >= 0 {
                // The last star takes one more.
                retryName += 1
                (position, index) = (retryPattern + 1, retryName)
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == star }
    }
}
