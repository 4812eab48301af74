import OmniCore
import Testing

@Suite struct BackupIDTests {
    @Test(arguments: BackupReason.allCases)
    func aNameIsReadAsItWasWritten(reason: BackupReason) {
        let id = BackupID(createdAt: 1_772_013_600_123, reason: reason)
        #expect(id.text == "db_2026-02-25T10-00-00-123Z_\(reason.rawValue).sqlite")
        #expect(BackupID(id.text) == id)
    }

    @Test(arguments: [
        "", "db_", "db_x/../../y.sqlite", "../db_2026-02-25T10-00-00-000Z_manual.sqlite",
        "db_2026-02-25T10-00-00-000Z_manual.sqlite/", "db_2026-02-25T10-00-00-000Z_../x.sqlite",
        "db_2026-02-25T10-00-00-000Z_manual.sqlite\u{0}", "db_2026-02-25T10-00-00-000Z_unknown.sqlite",
        "db_2026-02-30T10-00-00-000Z_manual.sqlite", "db_2026-02-25T10:00:00.000Z_manual.sqlite",
        "DB_2026-02-25T10-00-00-000Z_manual.sqlite", "db_2026-02-25t10-00-00-000z_manual.sqlite",
        "db_2026-02-25T10-00-00-000Z__manual.sqlite", "db_２026-02-25T10-00-00-000Z_manual.sqlite",
        "db_2026-02-25T10-00-00-000Z_manual.sqlite.json", "db_2026-02-25T10-00-00-000Z_manual.sqlite-wal",
        "db_+026-02-25T10-00-00-000Z_manual.sqlite",
    ])
    func anythingElseIsNoName(text: String) {
        #expect(BackupID(text) == nil)
    }
}
