import OmniCore
import Testing

/// What the operating system tells about this process.
@Suite struct ProcessStatusTests {
    @Test(
        arguments: [
            ("12345 678 90 1 0 234 0\n", 4096, 678 * 4096), ("1 2", 65536, 131_072), ("1 0 0", 4096, 0),
            ("", 4096, nil),
            ("12345", 4096, nil), ("a b c", 4096, nil), ("1 -2 3", 4096, nil), ("1 2 3", 0, nil), ("1 2 3", -1, nil),
            ("1 9223372036854775807 3", 4096, nil), ("1 9223372036854775808 3", 4096, nil),
        ] as [(String, Int, Int?)])
    func readsTheResidentSet(statm: String, pageSize: Int, expected: Int?) {
        #expect(ProcessStatus.residentBytes(statm: statm, pageSize: pageSize) == expected)
    }

    #if os(Linux)
    @Test func findsItsOwnMemory() throws {
        let bytes = try #require(ProcessStatus.residentBytes)
        #expect(bytes > 1 << 20)
    }
    #endif
}
