import Testing

@testable import OmniCore

/// What is remembered of the lengths of embeddings.
@Suite struct VectorLengthsTests {
    @Test func theFirstLengthStays() {
        let lengths = VectorLengths()
        #expect(lengths["m"] == nil)
        lengths.note(3, of: "m")
        lengths.note(4, of: "m")
        #expect(lengths["m"] == 3)
    }

    @Test func isBounded() {
        let lengths = VectorLengths()
        for number in 0..<5000 { lengths.note(1, of: "\(number)") }
        #expect(lengths["0"] == 1)
        #expect(lengths["4999"] == nil)
    }
}
