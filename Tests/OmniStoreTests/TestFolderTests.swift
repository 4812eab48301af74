import Foundation
import TestSupport
import Testing

/// Tests leave nothing behind, those that were killed included.
@Suite struct TestFolderTests {
    @Test func foldersOfProcessesThatEndedAreRemoved() throws {
        let folder = try TemporaryFolder()
        // Above the largest number that a system gives to a process.
        let left = "omniroute-test-99999999-a"
        let used = "omniroute-test-\(ProcessInfo.processInfo.processIdentifier)-a"
        let names = [left, used, "omniroute-test-x-a", "99999999-a"]
        for name in names { try folder.write([1], to: name) }
        TestFolder.sweep(URL(fileURLWithPath: folder.path))
        let remaining = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(remaining) == Set(names).subtracting([left]))
    }
}
