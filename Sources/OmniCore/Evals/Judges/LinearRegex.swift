/// A regular expression whose matching takes time proportional to the text, whatever the pattern.
///
/// People write patterns for evals, and models write the texts: with an engine that tries alternatives one after another a pattern
/// such as `(a+)+$` takes hours for a line. Here all alternatives advance together, one character at a time, and a match that would
/// still be long (a large pattern on a large text) is given up after a fixed number of steps. What cannot be matched in this way,
/// back references and look-around, is refused when the pattern is read.
public struct LinearRegex: Sendable {
    /// The longest pattern, in bytes.
    public static let maximumPattern = 2000
    /// What a pattern may become: repeated parts count as often as they are repeated.
    static let maximumInstructions = 4000
    /// The most steps of one match; a fraction of a second.
    public static let maximumSteps = 20_000_000

    let program: [Instruction]

    /// How a pattern is read.
    public struct Options: Sendable, Hashable {
        /// Default: false.
        public var ignoresCase = false
        /// Whether `^` and `$` are also the ends of lines; default: false.
        public var isMultiline = false
        /// Whether `.` is also a line break; default: false.
        public var dotIsEverything = false

        public init() {}

        public init(ignoresCase: Bool) { self.ignoresCase = ignoresCase }
    }

    /// One step of a match.
    enum Instruction: Sendable {
        case character(CharacterRule)
        /// Both go on, at the same place of the text.
        case split(Int, Int)
        case jump(Int)
        case check(Anchor)
        case match
    }

    /// A place in the text that has no width.
    enum Anchor: Sendable {
        case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary
    }

    /// Why a pattern cannot be used.
    public struct Fault: Error, Sendable, CustomStringConvertible {
        /// For people; starts lower-case.
        public let message: String
        public var description: String { message }
    }

    /// - Throws: ``Fault`` that says what is wrong and where.
    public init(_ pattern: String, options: Options = Options()) throws(Fault) {
        guard pattern.utf8.count <= Self.maximumPattern else {
            throw Fault(message: "longer than \(Self.maximumPattern) bytes")
        }
        var parser = RegexParser(pattern, options: options)
        var compiler = RegexCompiler()
        try compiler.add(try parser.parse())
        program = compiler.program + [.match]
    }

    /// Whether it matches anywhere in a text.
    /// - Returns: nil when the match takes too many steps.
    public func matches(_ text: String, maximumSteps: Int = LinearRegex.maximumSteps) -> Bool? {
        var matcher = RegexMatcher(program: program, text: text, stepsLeft: maximumSteps)
        return matcher.run()
    }
}

/// Turns the tree of a pattern into instructions.
struct RegexCompiler {
    private(set) var program: [LinearRegex.Instruction] = []
    /// Repetitions of nothing make no instructions, yet take their time.
    private var visits = 0

    mutating func add(_ node: RegexNode) throws(LinearRegex.Fault) {
        visits += 1
        guard visits <= 4 * LinearRegex.maximumInstructions else { throw Self.tooLarge }
        switch node {
        case .empty: break
        case .character(let rule): try append(.character(rule))
        case .anchor(let anchor): try append(.check(anchor))
        case .sequence(let nodes): for part in nodes { try add(part) }
        case .choice(let nodes): try addChoice(nodes[...])
        case .repeated(let part, let minimum, let maximum): try addRepetition(part, minimum, maximum)
        }
    }

    private mutating func addChoice(_ nodes: ArraySlice<RegexNode>) throws(LinearRegex.Fault) {
        guard let first = nodes.first else { return }
        guard nodes.count > 1 else { return try add(first) }
        let split = program.count
        try append(.split(0, 0))
        try add(first)
        let jump = program.count
        try append(.jump(0))
        program[split] = .split(split + 1, program.count)
        try addChoice(nodes.dropFirst())
        program[jump] = .jump(program.count)
    }

    private mutating func addRepetition(
        _ part: RegexNode, _ minimum: Int, _ maximum: Int?
    ) throws(LinearRegex.Fault) {
        for _ in 0..<minimum { try add(part) }
        guard let maximum else {
            let split = program.count
            try append(.split(0, 0))
            try add(part)
            try append(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in minimum..<maximum {
            splits.append(program.count)
            try append(.split(0, 0))
            try add(part)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }

    private mutating func append(_ instruction: LinearRegex.Instruction) throws(LinearRegex.Fault) {
        guard program.count < LinearRegex.maximumInstructions else { throw Self.tooLarge }
        program.append(instruction)
    }

    private static let tooLarge = LinearRegex.Fault(
        message: "the pattern is too large once its repetitions are written out")
}
