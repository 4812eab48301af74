/// Runs all alternatives of a regular expression side by side over one text.
struct RegexMatcher {
    private let program: [LinearRegex.Instruction]
    private let text: [Unicode.Scalar]
    private var stepsLeft: Int
    /// The position at which each instruction was last reached, so that none is reached twice at one.
    private var reachedAt: [Int]
    private var current: [Int] = []
    private var upcoming: [Int] = []
    private var stack: [Int] = []
    private var isMatched = false

    init(program: [LinearRegex.Instruction], text: String, stepsLeft: Int) {
        self.program = program
        self.text = Array(text.unicodeScalars)
        self.stepsLeft = stepsLeft
        reachedAt = [Int](repeating: -1, count: program.count)
    }

    /// - Returns: nil when there are no steps left.
    mutating func run() -> Bool? {
        for position in 0...text.count {
            // A match may begin anywhere.
            reach(0, at: position)
            if isMatched { return true }
            if stepsLeft < 0 { return nil }
            guard position < text.count else { break }
            upcoming.removeAll(keepingCapacity: true)
            let scalar = text[position]
            for index in current {
                guard case .character(let rule) = program[index] else { continue }
                stepsLeft -= 1
                if rule.accepts(scalar) { upcoming.append(index + 1) }
            }
            current.removeAll(keepingCapacity: true)
            for index in upcoming {
                reach(index, at: position + 1)
                if isMatched { return true }
            }
            if stepsLeft < 0 { return nil }
        }
        return isMatched
    }

    /// Follows what needs no character, from one instruction on.
    private mutating func reach(_ start: Int, at position: Int) {
        stack.append(start)
        while let index = stack.popLast() {
            guard reachedAt[index] != position else { continue }
            reachedAt[index] = position
            stepsLeft -= 1
            switch program[index] {
            case .character: current.append(index)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .jump(let target): stack.append(target)
            case .check(let anchor): if holds(anchor, at: position) { stack.append(index + 1) }
            case .match:
                isMatched = true
                stack.removeAll(keepingCapacity: true)
                return
            }
        }
    }

    private func holds(_ anchor: LinearRegex.Anchor, at position: Int) -> Bool {
        switch anchor {
        case .textStart: position == 0
        case .textEnd: position == text.count
        case .lineStart: position == 0 || CharacterRule.isLineBreak(text[position - 1])
        case .lineEnd: position == text.count || CharacterRule.isLineBreak(text[position])
        case .wordBoundary: isWordBoundary(position)
        case .noWordBoundary: !isWordBoundary(position)
        }
    }

    private func isWordBoundary(_ position: Int) -> Bool {
        let before = position > 0 && CharacterRule.isWord(text[position - 1])
        let after = position < text.count && CharacterRule.isWord(text[position])
        return before != after
    }
}
