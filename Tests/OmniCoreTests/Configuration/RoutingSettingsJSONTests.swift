import OmniJSON
import Testing

@testable import OmniCore

/// Settings of routing as JSON.
@Suite struct RoutingSettingsJSONTests {
    private static func fields(_ json: String) throws -> JSONFields {
        try JSONFields(JSONValue(parsing: Array(json.utf8)))
    }

    private static func written(_ settings: RoutingSettings, isSparse: Bool) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        settings.writeMembers(into: &writer, isSparse: isSparse)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static let full = """
        {"fallbackStrategy":"p2c","stickyRoundRobinLimit":7,"maxAccountsPerModel":8,"maxAttempts":9,"maxRetries":1,\
        "retryDelayMs":2,"timeoutMs":5000,"queueTimeoutMs":3,"recoveryWaitMs":4,\
        "idempotencyWindowMs":60000,"cache":{"mode":"all"},\
        "sessionAffinity":false,"bodyLog":{"mode":"all"}}
        """

    @Test func everyMemberSurvives() throws {
        var settings = RoutingSettings()
        try settings.merge(Self.fields(Self.full))
        #expect(Self.written(settings, isSparse: true) == Self.full)
        #expect(settings.accountStrategy == .powerOfTwo && settings.sticky == 7)
        #expect(settings.timeout == .seconds(5) && settings.patience == .milliseconds(4))
        #expect(settings.idempotencyWindow == .seconds(60))
        let names = try Self.fields(Self.full).members.map(\.name)
        #expect(Set(names) == RoutingSettings.names)
    }

    /// What nobody changed follows later defaults, but is shown.
    @Test func onlyChangesAreKept() throws {
        #expect(Self.written(RoutingSettings(), isSparse: true) == "{}")
        let shown = try Self.fields(Self.written(RoutingSettings(), isSparse: false)).members.map(\.name)
        #expect(Set(shown) == RoutingSettings.names)
    }

    @Test func nullIsTheDefault() throws {
        var settings = RoutingSettings()
        try settings.merge(Self.fields(Self.full))
        let names = RoutingSettings.names.map { #""\#($0)":null"# }.joined(separator: ",")
        try settings.merge(Self.fields("{\(names)}"))
        #expect(settings == RoutingSettings())
        try settings.merge(Self.fields(#"{"stickyRoundRobinLimit":0}"#))
        #expect(settings.sticky == RoutingSettings().sticky)
    }

    @Test(arguments: [
        ("fallbackStrategy", #""best""#), ("fallbackStrategy", "1"), ("stickyRoundRobinLimit", "1001"),
        ("stickyRoundRobinLimit", "-1"), ("maxAttempts", "0"), ("maxRetries", "11"), ("timeoutMs", "999"),
        ("recoveryWaitMs", #""2""#), ("idempotencyWindowMs", "86400001"), ("idempotencyWindowMs", "-1"),
        ("sessionAffinity", "1"),
    ])
    func refusals(name: String, value: String) throws {
        var settings = RoutingSettings()
        let fields = try Self.fields(#"{"\#(name)":\#(value)}"#)
        let fault = try #require(throws: FieldFault.self) { try settings.merge(fields) }
        #expect(fault.field == name)
    }

    @Test func comboDefaultsAndProviders() throws {
        var settings = RoutingSettings()
        let defaults = try Self.fields(
            #"{"strategy":"p2c","maxComboDepth":2,"maxRetries":3,"trackMetrics":true}"#)
        #expect(try settings.mergeComboDefaults(defaults) == ["trackMetrics"])
        #expect(settings.comboStrategy == .lowestLatency && settings.maximumDepth == 2)
        #expect(settings.comboDefaults.retries == 3)
        let id = ProviderID("p")
        let override = try Self.fields(#"{"strategy":"round-robin","timeoutMs":900,"x":1}"#)
        #expect(try settings.mergeOverride(of: id, override) == ["x"])
        #expect(settings.accountStrategies[id] == .roundRobin)
        #expect(settings.providerOptions[id]?.attemptTimeout == .milliseconds(900))
        _ = try settings.mergeOverride(of: id, Self.fields(#"{"timeoutMs":null}"#))
        #expect(settings.providerOptions[id] == nil && settings.accountStrategies[id] == .roundRobin)
        settings.removeOverride(of: id)
        #expect(settings.accountStrategies.isEmpty)
        let reset = try Self.fields(#"{"strategy":null,"maxComboDepth":null,"maxRetries":null}"#)
        #expect(try settings.mergeComboDefaults(reset) == [])
        #expect(settings == RoutingSettings())
        for wrong in [#"{"strategy":"best"}"#, #"{"maxComboDepth":5}"#, #"{"maxComboDepth":0}"#] {
            #expect(throws: FieldFault.self) { try settings.mergeComboDefaults(Self.fields(wrong)) }
        }
    }
}
