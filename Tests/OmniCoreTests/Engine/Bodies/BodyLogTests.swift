import OmniJSON
import Testing

@testable import OmniCore

@Suite struct BodyLogTests {
    private func entry(_ count: Int) -> BodyEntry {
        BodyEntry(
            requestID: "r", startedAt: 1, kind: .request, bytes: Array(repeating: 0, count: count), length: count,
            limit: 100)
    }

    @Test func whatHasNoRoomIsCounted() {
        let log = BodyLog(capacity: 100)
        log.offer(entry(60))
        log.offer(entry(60))
        #expect(log.dropped == 1 && log.take().count == 1 && log.take().isEmpty)
        log.offer(entry(100))
        #expect(log.dropped == 1 && log.take().count == 1)
    }

    @Test func gatheredBytesTakeRoom() {
        let log = BodyLog(capacity: 100)
        #expect(log.reserve(60) && !log.reserve(60))
        log.offer(entry(60), isReserved: true)
        #expect(log.take().count == 1 && log.reserve(100))
    }

    @Test func keysSayWhoIsMeant() throws {
        var settings = BodyLogSettings()
        #expect(!settings.covers(ClientKeyID("a")) && !settings.covers(nil))
        let json = try JSONValue(parsing: Array(#"{"mode":"keys","keys":["a"],"other":1}"#.utf8))
        #expect(try settings.merge(JSONFields(json, path: "bodyLog")) == ["bodyLog.other"])
        #expect(settings.covers(ClientKeyID("a")) && !settings.covers(ClientKeyID("b")) && !settings.covers(nil))
        settings.mode = .all
        #expect(settings.covers(nil))
    }

    @Test func settingsComeBack() throws {
        var routing = RoutingSettings()
        routing.bodyLog.mode = .keys
        routing.bodyLog.keys = [ClientKeyID("a")]
        routing.bodyLog.maximumBodyBytes = 4096
        var writer = JSONWriter()
        writer.beginObject()
        routing.writeMembers(into: &writer, isSparse: true)
        writer.endObject()
        var read = RoutingSettings()
        try read.merge(JSONFields(JSONValue(parsing: writer.bytes), path: ""))
        #expect(read == routing)
    }

    @Test(arguments: [
        #"{"mode":"some"}"#, #"{"keys":"a"}"#, #"{"keys":[1]}"#, #"{"maxBodyBytes":10}"#, #"{"maxDiskBytes":-1}"#,
    ])
    func whatMakesNoSenseIsRefused(json: String) throws {
        var settings = BodyLogSettings()
        let fields = try JSONFields(try JSONValue(parsing: Array(json.utf8)), path: "bodyLog")
        #expect(throws: FieldFault.self) { _ = try settings.merge(fields) }
    }
}
