import OmniJSON
import Testing

@testable import OmniCore

/// Settings of the cache as JSON.
@Suite struct CacheSettingsJSONTests {
    private static func fields(_ json: String) throws -> JSONFields {
        try JSONFields(JSONValue(parsing: Array(json.utf8)), path: "cache")
    }

    private static func written(_ settings: CacheSettings, isSparse: Bool) -> String {
        var writer = JSONWriter()
        settings.write(into: &writer, isSparse: isSparse)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static let full = """
        {"mode":"all","scope":"shared","ttlMs":5000,"maxEntries":6,"maxBytes":7000,"maxAnswerBytes":8000,\
        "maxDiskBytes":0,"toolCalls":false}
        """

    @Test func everyMemberSurvives() throws {
        var settings = CacheSettings()
        #expect(try settings.merge(Self.fields(Self.full)) == [])
        #expect(Self.written(settings, isSparse: true) == Self.full)
        #expect(settings.lifetime == .seconds(5) && settings.maximumDiskBytes == 0 && !settings.keepsToolCalls)
        let shown = try Self.fields(Self.written(CacheSettings(), isSparse: false)).members.map(\.name)
        #expect(Set(shown) == CacheSettings.names)
        let names = CacheSettings.names.map { #""\#($0)":null"# }.joined(separator: ",")
        _ = try settings.merge(Self.fields("{\(names)}"))
        #expect(settings == CacheSettings())
        #expect(Self.written(settings, isSparse: true) == "{}")
    }

    @Test(arguments: [
        (#"{"mode":"some"}"#, "cache.mode"), (#"{"scope":1}"#, "cache.scope"), (#"{"ttlMs":999}"#, "cache.ttlMs"),
        (#"{"maxEntries":0}"#, "cache.maxEntries"), (#"{"maxBytes":"1"}"#, "cache.maxBytes"),
        (#"{"maxAnswerBytes":1}"#, "cache.maxAnswerBytes"), (#"{"maxDiskBytes":-1}"#, "cache.maxDiskBytes"),
        (#"{"toolCalls":1}"#, "cache.toolCalls"),
    ])
    func refusals(json: String, field: String) throws {
        var settings = CacheSettings()
        let fault = try #require(throws: FieldFault.self) { try settings.merge(Self.fields(json)) }
        #expect(fault.field == field)
        #expect(settings == CacheSettings())
    }

    @Test func whatNobodyReadsIsNamed() throws {
        var settings = CacheSettings()
        #expect(try settings.merge(Self.fields(#"{"threshold":0.9}"#)) == ["cache.threshold"])
    }
}
