import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// Combos as JSON: what is read, what is written, what is refused.
@Suite struct ComboJSONTests {
    private static func combo(_ json: String) throws -> (combo: Combo, ignored: [String]) {
        var combo = Combo(id: ComboID("c"), name: "c", steps: [])
        let ignored = try combo.merge(JSONFields(JSONValue(parsing: Array(json.utf8))))
        return (combo, ignored)
    }

    private static func written(_ combo: Combo) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        combo.writeMembers(into: &writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static let full = """
        {"description":"a b","models":["p/m",{"model":"q/n","weight":2.5,"timeoutMs":5000,"maxRetries":0,\
        "concurrency":3,"conditions":{"minInputTokens":10,"maxInputTokens":20,"tools":true,"images":false,\
        "reasoning":true,"formats":["openai-chat","ollama"]}}],"strategy":"least-busy","config":{"maxRetries":2,\
        "retryDelayMs":0,"timeoutMs":60000,"attemptTimeoutMs":1500,"concurrencyPerModel":4,"queueTimeoutMs":700,\
        "sticky":9,"fallbackOnContentFilter":true,"fallbackOnContextOverflow":false,"maxAttempts":7}}
        """

    @Test func everyMemberSurvives() throws {
        let read = try Self.combo(Self.full)
        #expect(read.ignored == [])
        let written = Self.written(read.combo)
        #expect(written == Self.full)
        #expect(try Self.combo(written).combo == read.combo)
        #expect(read.combo.steps[1].conditions.clientFormats == [.openAIChat, .ollama])
        #expect(read.combo.options.timeout == .seconds(60))
        #expect(read.combo.summary == "a b")
    }

    /// A part changes just that part, and `null` goes back to what holds for all combos.
    @Test func membersAreTakenOverOneByOne() throws {
        var combo = try Self.combo(Self.full).combo
        let before = combo
        let change = #"{"config":{"maxRetries":null,"sticky":2},"description":null}"#
        #expect(try combo.merge(JSONFields(JSONValue(parsing: Array(change.utf8)))) == [])
        #expect(combo.options.retries == nil && combo.options.sticky == 2 && combo.summary == nil)
        #expect(combo.steps == before.steps && combo.strategy == before.strategy)
        #expect(combo.options.maximumAttempts == 7)
    }

    /// People compare weights: they are written for all steps where they count.
    @Test func weightsAreWrittenWhereTheyCount() throws {
        let combo = try Self.combo(#"{"models":["p/m",{"model":"q/n"}],"strategy":"weighted"}"#).combo
        #expect(
            Self.written(combo)
                == #"{"models":[{"model":"p/m","weight":1},{"model":"q/n","weight":1}],"strategy":"weighted","config":{}}"#
        )
    }

    @Test(arguments: [
        ("priority", ComboStrategy.priority), ("fill-first", .priority), ("fallback", .priority),
        ("lkgp", .lastKnownGood),
        ("weighted", .weighted), ("round-robin", .roundRobin), ("random", .random), ("strict-random", .random),
        ("shuffle", .random), ("least-used", .leastUsed), ("least-busy", .leastBusy), ("p2c", .lowestLatency),
        ("latency", .lowestLatency), ("lowest-latency", .lowestLatency), ("cost-optimized", .costOptimized),
        ("context-aware", .contextAware), ("context-optimized", .contextAware), ("Quota-Aware", .quotaAware),
    ])
    func strategiesByEveryName(name: String, strategy: ComboStrategy) throws {
        #expect(try Self.combo(#"{"strategy":"\#(name)"}"#).combo.strategy == strategy)
    }

    @Test func whatNobodyReadsIsNamed() throws {
        let read = try Self.combo(
            #"{"models":[{"model":"p/m","color":1,"conditions":{"moon":"full"}}],"config":{"healthCheckEnabled":true}}"#
        )
        #expect(read.ignored == ["models[0].color", "models[0].conditions.moon", "config.healthCheckEnabled"])
    }

    @Test(arguments: [
        (#"{"models":"p/m"}"#, "models"), (#"{"models":[7]}"#, "models[0]"), (#"{"models":["p/m",""]}"#, "models[1]"),
        (#"{"models":[{"weight":1}]}"#, "models[0].model"), (#"{"models":["a\nb"]}"#, "models[0]"),
        (#"{"models":[{"model":"m","weight":101}]}"#, "models[0].weight"),
        (#"{"models":[{"model":"m","weight":"1"}]}"#, "models[0].weight"),
        (#"{"models":[{"model":"m","conditions":[]}]}"#, "models[0].conditions"),
        (#"{"models":[{"model":"m","conditions":{"formats":["soap"]}}]}"#, "models[0].conditions.formats"),
        (#"{"models":[{"model":"m","conditions":{"tools":1}}]}"#, "models[0].conditions.tools"),
        (
            #"{"models":[{"model":"m","conditions":{"minInputTokens":2,"maxInputTokens":1}}]}"#,
            "models[0].conditions.maxInputTokens"
        ),
        (#"{"strategy":"best"}"#, "strategy"), (#"{"strategy":1}"#, "strategy"), (#"{"config":[]}"#, "config"),
        (#"{"config":{"maxRetries":11}}"#, "config.maxRetries"),
        (#"{"config":{"maxRetries":1.5}}"#, "config.maxRetries"),
        (#"{"config":{"retryDelayMs":60001}}"#, "config.retryDelayMs"),
        (#"{"config":{"timeoutMs":999}}"#, "config.timeoutMs"),
        (#"{"config":{"fallbackOnContentFilter":"yes"}}"#, "config.fallbackOnContentFilter"),
    ])
    func refusals(json: String, field: String) throws {
        let fault = try #require(throws: FieldFault.self) { try Self.combo(json) }
        #expect(fault.field == field)
    }

    @Test func stepsAreBounded() throws {
        func models(_ count: Int) -> String {
            #"{"models":[\#((0..<count).map { #""p/m\#($0)""# }.joined(separator: ","))]}"#
        }
        #expect(try Self.combo(models(100)).combo.steps.count == 100)
        #expect(throws: FieldFault.self) { try Self.combo(models(101)) }
    }
}
