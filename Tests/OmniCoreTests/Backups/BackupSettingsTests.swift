import OmniCore
import OmniJSON
import Testing

@Suite struct BackupSettingsTests {
    private static let day: Int64 = 86_400_000

    private static func ids(_ days: [Int64]) -> [BackupID] {
        days.map { BackupID(createdAt: $0 * day, reason: .automatic) }
    }

    @Test func theOldestGoWhenThereAreTooMany() {
        var settings = BackupSettings()
        settings.keepCount = 2
        #expect(settings.expired(Self.ids([7, 9, 8, 6]), at: 10 * Self.day) == Self.ids([7, 6]))
    }

    @Test func theOldGoButForTheNewest() {
        var settings = BackupSettings()
        settings.keepDays = 5
        #expect(settings.expired(Self.ids([1, 2, 94, 96]), at: 100 * Self.day) == Self.ids([94, 2, 1]))
        #expect(settings.expired(Self.ids([1]), at: 100 * Self.day).isEmpty)
    }

    @Test(
        arguments: [
            (nil, 0, true), (0, 24, true), (0, 23, false), (48, 47, true),
        ] as [(Int64?, Int64, Bool)])
    func aBackupIsDueAfterItsTime(last: Int64?, now: Int64, isDue: Bool) {
        let hour: Int64 = 3_600_000
        #expect(BackupSettings().isDue(last: last.map { $0 * hour }, at: now * hour) == isDue)
    }

    @Test func nothingIsDueWhenItIsOff() {
        var settings = BackupSettings()
        settings.isAutomatic = false
        #expect(!settings.isDue(last: nil, at: 0))
    }

    @Test func settingsAreReadAsTheyWereWritten() throws {
        var settings = BackupSettings()
        (settings.isAutomatic, settings.intervalHours, settings.keepCount, settings.keepDays) = (false, 2, 3, 4)
        var writer = JSONWriter()
        writer.beginObject()
        settings.writeMembers(into: &writer)
        writer.endObject()
        var read = BackupSettings()
        #expect(try read.merge(JSONFields(JSONValue(parsing: writer.bytes))).isEmpty)
        #expect(read == settings)
    }

    @Test(arguments: [
        ("{\"keepCount\":1}", "keepCount"), ("{\"keepDays\":0}", "keepDays"),
        ("{\"intervalHours\":\"2\"}", "intervalHours"),
        ("{\"automatic\":1}", "automatic"),
    ])
    func whatIsOutOfRangeIsNamed(text: String, field: String) throws {
        var settings = BackupSettings()
        let fields = try JSONFields(JSONValue(parsing: Array(text.utf8)))
        let fault = #expect(throws: FieldFault.self) { try settings.merge(fields) }
        #expect(fault?.field == field)
    }
}
