import OmniCore
import Testing

@Suite struct ComboValidatorTests {
    private static func combo(_ name: String, _ models: String..., id: String? = nil) -> Combo {
        Combo(id: ComboID(id ?? name), name: name, steps: models.map { ComboStep($0) })
    }

    private static func issues(_ combo: Combo, _ others: [Combo] = []) -> [ComboValidator.Issue] {
        ComboValidator().issues(with: combo, among: others)
    }

    @Test(arguments: [
        ("a", true), ("A_b/c.d-9", true), (String(repeating: "x", count: 100), true), ("", false), ("a b", false),
        (String(repeating: "x", count: 101), false), ("ä", false), ("a\n", false), ("a*", false),
    ])
    func names(name: String, isAllowed: Bool) {
        #expect(Self.issues(Self.combo(name, "p/m")) == (isAllowed ? [] : [.name(name)]))
    }

    @Test func namesAreTakenOnce() {
        #expect(Self.issues(Self.combo("c"), [Self.combo("c", id: "other")]) == [.nameTaken("c")])
        // An older version of the same combo is no other one.
        #expect(Self.issues(Self.combo("c"), [Self.combo("c")]) == [])
    }

    @Test(arguments: [(0.0, true), (100, true), (-1, false), (100.5, false), (.nan, false)])
    func weights(weight: Double, isAllowed: Bool) {
        let combo = Combo(id: ComboID("c"), name: "c", steps: [ComboStep("p/m"), ComboStep("p/n", weight: weight)])
        #expect(Self.issues(combo) == (isAllowed ? [] : [.weight(step: 1)]))
    }

    @Test func circlesAreNamed() {
        #expect(Self.issues(Self.combo("a", "a")) == [.cycle(["a", "a"])])
        let others = [Self.combo("b", "p/m", "c"), Self.combo("c", "d"), Self.combo("d", "e"), Self.combo("e", "b")]
        let issues = Self.issues(Self.combo("a", "b"), others)
        #expect(issues == [.cycle(["b", "c", "d", "e", "b"])])
        #expect(issues[0].description.contains("b -> c -> d -> e -> b"))
    }

    @Test func threeCombosMayLieInEachOther() {
        let others = [Self.combo("b", "c"), Self.combo("c", "p/m")]
        #expect(Self.issues(Self.combo("a", "b"), others) == [])
        let deeper = [Self.combo("b", "c"), Self.combo("c", "d"), Self.combo("d", "p/m")]
        #expect(Self.issues(Self.combo("a", "b"), deeper) == [.tooDeep("d", maximum: 3)])
        // Also when it is another combo that becomes too deep by this one.
        #expect(
            Self.issues(Self.combo("c", "d"), [Self.combo("a", "b"), Self.combo("b", "c"), Self.combo("d", "p/m")])
                == [.tooDeep("d", maximum: 3)])
    }

    @Test func manyWaysToTheSameComboAreNoCircle() {
        let others = [Self.combo("b", "d"), Self.combo("c", "d"), Self.combo("d", "p/m")]
        #expect(Self.issues(Self.combo("a", "b", "c", "b"), others) == [])
    }

    @Test func unknownStepsAreWarnings() {
        let issues = ComboValidator().issues(with: Self.combo("a", "p/m", "x/y", "b"), among: [Self.combo("b")]) {
            name in
            name == "x/y" ? "there is no 'x'" : nil
        }
        #expect(issues == [.unknownStep(index: 1, model: "x/y", reason: "there is no 'x'")])
        #expect(issues.allSatisfy { $0.isWarning })
    }

    @Test func optionsHaveRanges() {
        var combo = Self.combo("a", "p/m")
        combo.options.retries = 11
        combo.options.retryDelay = .seconds(61)
        combo.options.timeout = .milliseconds(500)
        combo.options.concurrency = 0
        combo.options.maximumAttempts = 0
        let issues = Self.issues(combo)
        #expect(issues.count == 5)
        #expect(!issues.contains { $0.isWarning })
    }
}
