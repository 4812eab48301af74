import Testing

@testable import OmniHTTP

/// The number that tells installations apart.
@Suite struct MachineIDTests {
    @Test func isStableAndHidesItsSeed() {
        let seed = "machine 0123456789abcdef0123456789abcdef"
        let id = MachineID(seed: seed)
        #expect(id == MachineID(seed: seed))
        #expect(id != MachineID(seed: seed + "0"))
        #expect(id.rawValue.utf8.count == 16)
        #expect(id.rawValue.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(!seed.contains(id.rawValue))
    }
}
