import Testing

@testable import OmniTranslate

@Suite struct BoxedTests {
    @Test func aCopyKeepsItsValue() {
        var original = Boxed([1])
        let copy = original
        original.change { $0.append(2) }
        #expect(original.value == [1, 2])
        #expect(copy.value == [1])
    }

    @Test func whatIsAbsentStaysAbsent() {
        var absent = Boxed<[Int]>.absent
        absent.change { $0.append(1) }
        #expect(!absent.isPresent)
        #expect(absent.value == nil)
    }

    /// What it is for: codecs are large, and of many only one is there.
    @Test func takesOneWord() {
        #expect(MemoryLayout<Boxed<StreamMonitor>>.size == MemoryLayout<Int>.size)
    }
}
