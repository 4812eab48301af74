/// A regular expression as a tree.
indirect enum RegexNode: Sendable {
    case empty
    case character(CharacterRule)
    case anchor(LinearRegex.Anchor)
    case sequence([RegexNode])
    case choice([RegexNode])
    /// `maximum` is nil for any number.
    case repeated(RegexNode, minimum: Int, maximum: Int?)
}

/// Reads the patterns that ``LinearRegex`` can match.
///
/// The notation is that of JavaScript and Perl: characters, `.`, classes, groups (`(…)`, `(?:…)`, `(?<name>…)`), alternatives,
/// `* + ? {2} {2,} {2,5}` (also with a `?` behind them, which changes nothing about whether there is a match), `^ $ \A \z \b \B`,
/// `\d \w \s` and their capitals, `\n \r \t \f \v \0 \xHH \uHHHH \u{H…}`, and flags such as `(?i)` or `(?i:…)` from `ims`.
struct RegexParser {
    private let pattern: [Unicode.Scalar]
    private var position = 0
    private var options: LinearRegex.Options
    private var depth = 0

    private static let maximumDepth = 40
    private static let maximumRepetition = 1000

    init(_ pattern: String, options: LinearRegex.Options) {
        self.pattern = Array(pattern.unicodeScalars)
        self.options = options
    }

    mutating func parse() throws(LinearRegex.Fault) -> RegexNode {
        let node = try alternatives()
        guard position == pattern.count else { throw fault("a ')' without its '('") }
        return node
    }

    private var next: Unicode.Scalar? { position < pattern.count ? pattern[position] : nil }

    private mutating func skip(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard pattern[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    private func fault(_ message: String) -> LinearRegex.Fault {
        LinearRegex.Fault(message: "\(message), at character \(position + 1) of the pattern")
    }

    private mutating func alternatives() throws(LinearRegex.Fault) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw fault("groups are nested too deep") }
        // Flags set inside a group end with it.
        let outer = options
        defer { options = outer }
        var branches = [try sequence()]
        while skip("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(LinearRegex.Fault) -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let node = try atom()
            nodes.append(try repetition(of: node))
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func repetition(of node: RegexNode) throws(LinearRegex.Fault) -> RegexNode {
        let range: (Int, Int?)
        switch next {
        case "*": range = (0, nil)
        case "+": range = (1, nil)
        case "?": range = (0, 1)
        case "{":
            guard let counted = try count() else { return node }
            range = counted
            position -= 1
        default: return node
        }
        position += 1
        if next == "+" { throw fault("possessive repetitions are not known here") }
        _ = skip("?")
        if let following = next, following == "*" || following == "+" { throw fault("nothing to repeat") }
        return .repeated(node, minimum: range.0, maximum: range.1)
    }

    /// `{2}`, `{2,}` or `{2,5}`; nil for a brace that is a character like others.
    private mutating func count() throws(LinearRegex.Fault) -> (Int, Int?)? {
        let start = position
        position += 1
        guard let minimum = number() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if skip(",") { maximum = number() }
        guard skip("}") else {
            position = start
            return nil
        }
        guard minimum <= Self.maximumRepetition, maximum ?? 0 <= Self.maximumRepetition else {
            throw fault("more than \(Self.maximumRepetition) repetitions")
        }
        if let maximum, maximum < minimum { throw fault("a repetition that ends before it begins") }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        let start = position
        var value = 0
        while let scalar = next, ("0"..."9").contains(scalar), position - start < 6 {
            value = value * 10 + Int(scalar.value - 48)
            position += 1
        }
        return position > start ? value : nil
    }

    private mutating func atom() throws(LinearRegex.Fault) -> RegexNode {
        guard let scalar = next else { throw fault("the pattern ends too early") }
        switch scalar {
        case "(": return try group()
        case "[":
            position += 1
            return .character(try characterClass())
        case "*", "+", "?": throw fault("nothing to repeat")
        case "{":
            // Also a brace that is no count is taken for itself, as elsewhere.
            let start = position
            if try count() != nil { throw fault("nothing to repeat") }
            position = start + 1
            return .character(CharacterRule(scalar, ignoresCase: false))
        case "\\": return try escape()
        case ".":
            position += 1
            return .character(CharacterRule(options.dotIsEverything ? .any : .notLineBreak))
        case "^":
            position += 1
            return .anchor(options.isMultiline ? .lineStart : .textStart)
        case "$":
            position += 1
            return .anchor(options.isMultiline ? .lineEnd : .textEnd)
        default:
            position += 1
            return .character(CharacterRule(scalar, ignoresCase: options.ignoresCase))
        }
    }

    private mutating func group() throws(LinearRegex.Fault) -> RegexNode {
        position += 1
        let outer = options
        if skip("?") {
            if skip("=") || skip("!") || skip("<=") || skip("<!") { throw fault("look-around is not known here") }
            if skip(">") { throw fault("atomic groups are not known here") }
            if skip("<") || skip("P<") {
                while let scalar = next, scalar != ">" {
                    guard CharacterRule.isWord(scalar) else { throw fault("not the name of a group") }
                    position += 1
                }
                guard skip(">") else { throw fault("the name of a group does not end") }
            } else if !skip(":") {
                try readFlags()
                // `(?i)` holds up to the end of the group around it.
                if skip(")") { return .empty }
                guard skip(":") else { throw fault("not a kind of group that is known here") }
            }
        }
        let node = try alternatives()
        guard skip(")") else { throw fault("a '(' without its ')'") }
        options = outer
        return node
    }

    private mutating func readFlags() throws(LinearRegex.Fault) {
        var isOn = true
        while let scalar = next, scalar != ":", scalar != ")" {
            switch scalar {
            case "i": options.ignoresCase = isOn
            case "m": options.isMultiline = isOn
            case "s": options.dotIsEverything = isOn
            case "-" where isOn: isOn = false
            default: throw fault("not a flag that is known here")
            }
            position += 1
        }
    }

    private mutating func escape() throws(LinearRegex.Fault) -> RegexNode {
        position += 1
        switch next {
        case "b":
            position += 1
            return .anchor(.wordBoundary)
        case "B":
            position += 1
            return .anchor(.noWordBoundary)
        case "A":
            position += 1
            return .anchor(.textStart)
        case "z", "Z":
            position += 1
            return .anchor(.textEnd)
        default: break
        }
        switch try escapedMember() {
        case .kind(let kind, let isNegated): return .character(CharacterRule(kind, isNegated: isNegated))
        case let member:
            return .character(
                CharacterRule(members: [member], isNegated: false, ignoresCase: options.ignoresCase))
        }
    }

    /// What stands behind a backslash, in a class or outside one.
    private mutating func escapedMember() throws(LinearRegex.Fault) -> CharacterRule.Member {
        guard let scalar = next else { throw fault("a backslash with nothing behind it") }
        position += 1
        switch scalar {
        case "d": return .kind(.digit, isNegated: false)
        case "D": return .kind(.digit, isNegated: true)
        case "w": return .kind(.word, isNegated: false)
        case "W": return .kind(.word, isNegated: true)
        case "s": return .kind(.space, isNegated: false)
        case "S": return .kind(.space, isNegated: true)
        case "n": return Self.member("\n")
        case "r": return Self.member("\r")
        case "t": return Self.member("\t")
        case "f": return Self.member("\u{0C}")
        case "v": return Self.member("\u{0B}")
        case "0": return Self.member("\0")
        case "x": return Self.member(try hexadecimal(digits: 2))
        case "u": return Self.member(skip("{") ? try bracedHexadecimal() : try hexadecimal(digits: 4))
        case "1"..."9", "k": throw fault("references back are not known here")
        case "a"..."z", "A"..."Z": throw fault("'\\\(scalar)' is not known here")
        default: return Self.member(scalar)
        }
    }

    private static func member(_ scalar: Unicode.Scalar) -> CharacterRule.Member {
        .range(scalar.value...scalar.value)
    }

    private mutating func hexadecimal(digits: Int) throws(LinearRegex.Fault) -> Unicode.Scalar {
        let end = position + digits
        guard end <= pattern.count else { throw fault("too few hexadecimal digits") }
        return try scalar(upTo: end)
    }

    private mutating func bracedHexadecimal() throws(LinearRegex.Fault) -> Unicode.Scalar {
        guard let end = pattern[position...].firstIndex(of: "}"), end > position, end - position <= 6 else {
            throw fault("not a character number in braces")
        }
        let result = try scalar(upTo: end)
        position += 1
        return result
    }

    private mutating func scalar(upTo end: Int) throws(LinearRegex.Fault) -> Unicode.Scalar {
        var digits = String.UnicodeScalarView()
        digits.append(contentsOf: pattern[position..<end])
        guard let value = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(value) else {
            throw fault("not the number of a character")
        }
        position = end
        return scalar
    }

    private mutating func characterClass() throws(LinearRegex.Fault) -> CharacterRule {
        let isNegated = skip("^")
        if next == "]" { throw fault("a class without characters; write \\] for the bracket itself") }
        var members: [CharacterRule.Member] = []
        while let scalar = next, scalar != "]" {
            if skip("[:") { throw fault("classes with names are not known here") }
            let first = try classMember()
            guard next == "-", position + 1 < pattern.count, pattern[position + 1] != "]" else {
                members.append(first)
                continue
            }
            position += 1
            let last = try classMember()
            guard case .range(let low) = first, case .range(let high) = last, low.lowerBound <= high.upperBound
            else { throw fault("not a range of characters") }
            members.append(.range(low.lowerBound...high.upperBound))
        }
        guard skip("]") else { throw fault("a '[' without its ']'") }
        return CharacterRule(members: members, isNegated: isNegated, ignoresCase: options.ignoresCase)
    }

    private mutating func classMember() throws(LinearRegex.Fault) -> CharacterRule.Member {
        guard let scalar = next else { throw fault("a '[' without its ']'") }
        position += 1
        guard scalar == "\\" else { return Self.member(scalar) }
        if next == "b" {
            position += 1
            return Self.member("\u{08}")
        }
        return try escapedMember()
    }
}
