import OmniCore
import Testing

@Suite struct LinearRegexTests {
    @Test(
        arguments: [
            ("abc", "xxabcxx", true), ("abc", "ab", false), ("", "anything", true), ("a|b|c", "zzc", true),
            ("^abc$", "abc", true), ("^abc$", "abcd", false), ("^abc$", "x\nabc", false),
            ("(?m)^abc$", "x\nabc\ny", true),
            ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("a*", "", true), ("^a+$", "aaaa", true),
            ("^a?$", "aa", false),
            ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false), ("^a{2,}$", "aaaa", true), ("^a{2,3}$", "aaaa", false),
            ("^a{0}$", "", true), ("a{x", "a{x", true), ("^(ab)+$", "ababab", true), ("^(?:a|b)+?c$", "abac", true),
            ("(?<year>\\d{4})-\\d\\d", "on 2026-11-26", true), ("\\bcat\\b", "a cat sat", true),
            ("\\bcat\\b", "concat", false),
            ("\\Bcat", "concat", true), ("[a-c]+", "xyz", false), ("[^a-c]", "abc", false), ("[^a-c]", "abd", true),
            ("[]]", "]", false), ("[\\]]", "]", true), ("[a-]", "-", true), ("[\\d.]+$", "3.14", true),
            ("\\w+", "größe", true),
            ("^\\w$", "é", true), ("\\W", "abc", false), ("\\s", "a\u{00A0}b", true), ("\\S", "  ", false),
            ("\\D", "12", false),
            ("(?i)ÄRGER", "ärger", true), ("(?i)[a-c]X", "Bx", true), ("(?i)[^a]", "A", false), ("a(?i)b", "aB", true),
            ("(a(?i)b)c", "aBC", false), ("(?i:a)b", "AB", false), ("(?i-s)a", "A", true),
            ("\\x41\\u0042\\u{1F600}", "AB😀", true),
            ("\\$\\(\\.", "$(.", true), ("^$", "", true), ("(|a)b", "b", true), ("(a*)*$", "aaab", true),
            ("\\Aab\\z", "ab", true),
            ("^[^\\n]+\\n[^\\n]+$", "one\ntwo", true), ("東京", "こんにちは東京", true), ("^.$", "👍", true),
        ] as [(String, String, Bool)])
    func matches(pattern: String, text: String, expected: Bool) throws {
        // An empty class is no pattern, which is what this one shows.
        guard pattern != "[]]" else {
            #expect(throws: LinearRegex.Fault.self) { try LinearRegex(pattern) }
            return
        }
        #expect(try LinearRegex(pattern).matches(text) == expected)
    }

    @Test(
        arguments: [
            ("(", "'('"), (")", "')'"), ("[a", "'['"), ("*a", "nothing to repeat"), ("a**", "nothing to repeat"),
            ("a{3,2}", "ends before it begins"), ("a{2000}", "more than 1000"), ("{3}", "nothing to repeat"),
            ("(?=a)", "look-around"), ("(?<!a)", "look-around"), ("(a)\\1", "references back"),
            ("\\k<a>", "references back"),
            ("(?>a)", "atomic"), ("a++", "possessive"), ("\\p{L}", "not known"), ("[z-a]", "range"),
            ("[[:alpha:]]", "names"),
            ("\\", "backslash"), ("\\u{110000}", "number of a character"), ("\\x4", "hexadecimal"), ("(?x)a", "flag"),
            ("((a{1000}){1000})", "too large"), ("((((){1000}){1000}){1000})", "too large"),
        ] as [(String, String)])
    func saysWhatIsWrong(pattern: String, words: String) {
        let fault = #expect(throws: LinearRegex.Fault.self) { try LinearRegex(pattern) }
        #expect(fault?.message.contains(words) == true, "\(fault?.message ?? "")")
    }

    @Test func nestingAndLengthAreLimited() {
        let deep = String(repeating: "(", count: 300) + String(repeating: ")", count: 300)
        #expect(throws: LinearRegex.Fault.self) { try LinearRegex(deep) }
        #expect(throws: LinearRegex.Fault.self) { try LinearRegex(String(repeating: "a", count: 2001)) }
    }

    /// Each of these takes engines that try one alternative after another longer than the age of the universe.
    @Test(arguments: [
        "(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){12}$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a*)*b", "(x+x+)+y",
    ])
    func takesTimeInProportionToTheText(pattern: String) throws {
        let text = String(repeating: "a", count: 300) + "!"
        #expect(try LinearRegex(pattern).matches(text) == false)
    }

    @Test func givesUpWhenThereIsTooMuchToDo() throws {
        let regex = try LinearRegex("(a?){500}b")
        let text = String(repeating: "a", count: 1000)
        #expect(regex.matches(text, maximumSteps: 10_000) == nil)
        #expect(try LinearRegex("b").matches(text, maximumSteps: 10_000) == false)
    }

    /// Whatever is matched, it is what the language's own engine, which tries one way after another, matches too.
    @Test func agreesWithAnotherEngine() throws {
        var dice = Dice(state: 11)
        for _ in 0..<400 {
            let pattern = dice.pattern(depth: 3)
            let (ours, theirs) = (try LinearRegex(pattern), try Regex(pattern))
            for _ in 0..<8 {
                let text = String((0..<Int.random(in: 0...6, using: &dice)).map { _ in dice.letter })
                #expect(
                    try ours.matches(text) == (theirs.firstMatch(in: text) != nil), "\(pattern) and '\(text)'")
            }
        }
    }

    /// Makes patterns, the same ones each time.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        var letter: Character {
            mutating get { ["a", "b", "c"][Int.random(in: 0..<3, using: &self)] }
        }

        mutating func pattern(depth: Int) -> String {
            let branches = (0..<Int.random(in: 1...2, using: &self)).map { _ in
                (0..<Int.random(in: 1...3, using: &self)).map { _ in piece(depth: depth) }.joined()
            }
            return branches.joined(separator: "|")
        }

        private mutating func piece(depth: Int) -> String {
            let atom: String
            switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &self) {
            case 0...2: atom = String(letter)
            case 3: atom = "."
            case 4: atom = "[a\(letter)]"
            case 5: atom = "[^\(letter)]"
            case 6: return Bool.random(using: &self) ? "^" : "$"
            case 7: atom = "(\(pattern(depth: depth - 1)))"
            default: atom = "(?:\(pattern(depth: depth - 1)))"
            }
            return atom
                + ["", "", "", "*", "+", "?", "{2}", "{0,1}", "{1,}", "*?", "+?"][Int.random(in: 0..<11, using: &self)]
        }
    }
}
