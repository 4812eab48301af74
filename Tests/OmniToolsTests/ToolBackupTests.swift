import OmniCore
import OmniTools
import Testing

@Suite struct ToolBackupTests {
    @Test(arguments: [
        "../../etc", "claude", "claude-1-../../ab", "claude-1-abcdefgh", "claude-1-0123456", "claude-x-01234567",
        "nobody-1-01234567", "claude-1-01234567/..", "claude-1-01234567\0", ".", "", "claude--01234567",
        "claude-11111111111111111-01234567",
    ])
    func idsThatAreNoneLeadNowhere(_ id: String) {
        let backups = ToolBench(
            settings: ToolSettings(home: "/nonexistent", searchPath: "", backups: "/nonexistent/backups"),
            addresses: ToolAddresses(configured: nil, host: "127.0.0.1", port: 1), clock: StillClock()
        ).backups
        let fault = #expect(throws: ToolFault.self) { try backups.backup(id) }
        #expect(fault?.code == .notFound)
    }
}

private struct StillClock: RouterClock {
    func wallMilliseconds() -> Int64 { 0 }
    func monotonicNanoseconds() -> UInt64 { 0 }
}
