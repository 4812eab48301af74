import OmniJSON
import Testing

@testable import OmniCore

/// Profiles and default limits as JSON.
@Suite struct ResilienceSettingsJSONTests {
    private static func fields(_ json: String) throws -> JSONFields {
        try JSONFields(JSONValue(parsing: Array(json.utf8)))
    }

    private static func written(_ settings: ResilienceSettings, isSparse: Bool) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        settings.writeMembers(into: &writer, isSparse: isSparse)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        var settings = ResilienceSettings()
        let ignored = try settings.merge(
            Self.fields(
                """
                {"profiles":{"oauth":{"transientCooldown":7000,"maxBackoffLevel":0,"moon":1},
                 "local":{"circuitBreakerThreshold":3,"circuitBreakerPercentage":80,"circuitBreakerReset":400000}},
                 "defaults":{"requestsPerMinute":60,"concurrentRequests":4,"minTimeBetweenRequests":200,"sun":2}}
                """))
        #expect(ignored == ["profiles.oauth.moon", "defaults.sun"])
        #expect(settings.profiles.oauth.transientBase == 7_000_000_000 && settings.profiles.oauth.maximumLevel == 0)
        #expect(settings.profiles.apiKey == .apiKey)
        // The longest time follows the first one.
        #expect(settings.profiles.local.breakerMaximum == 400_000_000_000)
        #expect(settings.defaults.maximumConcurrency == 4 && settings.defaults.minimumInterval == .milliseconds(200))
        for isSparse in [true, false] {
            var again = ResilienceSettings()
            _ = try again.merge(Self.fields(Self.written(settings, isSparse: isSparse)))
            #expect(again == settings)
        }
        _ = try settings.merge(
            Self.fields(
                """
                {"profiles":{"oauth":null,"local":{"circuitBreakerThreshold":null,"circuitBreakerPercentage":null,
                 "circuitBreakerReset":null,"circuitBreakerMaximum":null}},
                 "defaults":{"requestsPerMinute":null,"concurrentRequests":null,"minTimeBetweenRequests":0}}
                """))
        #expect(settings == ResilienceSettings())
        #expect(Self.written(settings, isSparse: true) == #"{"profiles":{},"defaults":{}}"#)
    }

    @Test(arguments: [
        (#"{"profiles":{"moon":{}}}"#, "profiles.moon"), (#"{"profiles":[]}"#, "profiles"),
        (#"{"profiles":{"oauth":1}}"#, "profiles.oauth"),
        (#"{"profiles":{"apikey":{"maxBackoffLevel":16}}}"#, "profiles.apikey.maxBackoffLevel"),
        (#"{"profiles":{"apikey":{"transientCooldown":-1}}}"#, "profiles.apikey.transientCooldown"),
        (#"{"profiles":{"apikey":{"circuitBreakerThreshold":0}}}"#, "profiles.apikey.circuitBreakerThreshold"),
        (#"{"profiles":{"apikey":{"circuitBreakerPercentage":101}}}"#, "profiles.apikey.circuitBreakerPercentage"),
        (#"{"profiles":{"apikey":{"circuitBreakerMaximum":100}}}"#, "profiles.apikey.circuitBreakerMaximum"),
        (#"{"defaults":{"requestsPerMinute":0}}"#, "defaults.requestsPerMinute"),
        (#"{"defaults":{"minTimeBetweenRequests":60001}}"#, "defaults.minTimeBetweenRequests"),
    ])
    func refusals(json: String, field: String) throws {
        var settings = ResilienceSettings()
        let fields = try Self.fields(json)
        let fault = try #require(throws: FieldFault.self) { _ = try settings.merge(fields) }
        #expect(fault.field == field)
    }
}
