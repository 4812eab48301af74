import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// Settings of the level that compares questions, as JSON.
@Suite struct SemanticCacheSettingsJSONTests {
    private static func fields(_ json: String) throws -> JSONFields {
        try JSONFields(JSONValue(parsing: Array(json.utf8)), path: "cache.semantic")
    }

    private static func written(_ settings: SemanticCacheSettings, isSparse: Bool) -> String {
        var writer = JSONWriter()
        settings.write(into: &writer, isSparse: isSparse)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static let full = """
        {"enabled":true,"model":"up/embed","threshold":0.9,"scope":"shared","part":"conversation",\
        "maxTemperature":0.5,"maxEntries":7,"timeoutMs":80}
        """

    @Test func everyMemberSurvives() throws {
        var settings = SemanticCacheSettings()
        #expect(!settings.isEnabled)
        #expect(try settings.merge(Self.fields(Self.full)) == [])
        #expect(Self.written(settings, isSparse: true) == Self.full)
        #expect(settings.part == .conversation && settings.deadline == .milliseconds(80) && settings.threshold == 0.9)
        let shown = try Self.fields(Self.written(SemanticCacheSettings(), isSparse: false)).members.map(\.name)
        #expect(Set(shown) == SemanticCacheSettings.names)
        let names = SemanticCacheSettings.names.map { #""\#($0)":null"# }.joined(separator: ",")
        _ = try settings.merge(Self.fields("{\(names)}"))
        #expect(settings == SemanticCacheSettings())
        #expect(Self.written(settings, isSparse: true) == "{}")
    }

    @Test(arguments: [
        (#"{"enabled":1}"#, "enabled"), (#"{"enabled":true}"#, "model"), (#"{"model":5}"#, "model"),
        (#"{"threshold":0.4}"#, "threshold"), (#"{"threshold":1.1}"#, "threshold"), (#"{"scope":"all"}"#, "scope"),
        (#"{"part":"words"}"#, "part"), (#"{"maxTemperature":1.5}"#, "maxTemperature"),
        (#"{"maxEntries":50001}"#, "maxEntries"), (#"{"timeoutMs":9}"#, "timeoutMs"),
    ])
    func refusals(json: String, field: String) throws {
        var settings = SemanticCacheSettings()
        let fault = try #require(throws: FieldFault.self) { try settings.merge(Self.fields(json)) }
        #expect(fault.field == "cache.semantic.\(field)")
        #expect(settings == SemanticCacheSettings())
    }

    @Test func theModelStaysWhileItIsNeeded() throws {
        var settings = SemanticCacheSettings()
        _ = try settings.merge(Self.fields(Self.full))
        let fault = try #require(throws: FieldFault.self) { try settings.merge(Self.fields(#"{"model":null}"#)) }
        #expect(fault.field == "cache.semantic.model")
        #expect(settings.model == "up/embed")
    }

    @Test func itIsPartOfTheCacheSettings() throws {
        var settings = CacheSettings()
        let json = #"{"semantic":{"enabled":true,"model":"up/embed","odd":1}}"#
        let fields = try JSONFields(JSONValue(parsing: Array(json.utf8)), path: "cache")
        #expect(try settings.merge(fields) == ["cache.semantic.odd"])
        #expect(settings.semantic.isEnabled)
        var writer = JSONWriter()
        settings.write(into: &writer, isSparse: true)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"semantic":{"enabled":true,"model":"up/embed"}}"#)
        let none = try JSONFields(JSONValue(parsing: Array(#"{"semantic":null}"#.utf8)), path: "cache")
        _ = try settings.merge(none)
        #expect(settings == CacheSettings())
    }
}
