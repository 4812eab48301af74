import TestSupport
import Testing

@testable import OmniTranslate

/// Reading floats from text: always the nearest, as the standard library finds it.
@Suite struct FloatTextTests {
    private static func floats(_ text: String) -> [Float]? {
        Array(text.utf8).withUnsafeBufferPointer(FloatText.littleEndianBytes).map { bytes in
            stride(from: 0, to: bytes.count, by: 4).map { start in
                Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
            }
        }
    }

    @Test(arguments: [
        "0", "-0", "-0.0", "1", "-1", "0.1", "-2.5e-3", "1E5", "1e+5", "-0.006929283495992422", "0.02306425509029999",
        "3.4028234663852886e38", "1.1754943508222875e-38", "1e-45", "1.401298464324817e-45", "12345678901234567890123",
        "16777217", "16777217.0000001", "16777216.9999999", "0.000000000000000000000000000001", "5e-324",
        "1.00000005960464477539062500", "1.00000005960464477539062501", "1.00000017881393432617187500",
    ])
    func isTheNearestFloat(text: String) throws {
        let expected = try #require(Float(text))
        #expect(Self.floats("[\(text)]")?.map(\.bitPattern) == [expected.bitPattern])
    }

    @Test func agreesWithTheStandardLibrary() throws {
        var numbers = SeededNumbers(seed: 42)
        var texts: [String] = []
        for _ in 0..<20_000 {
            let value = Double(Int64(bitPattern: numbers.next())) / Double(Int64.max)
            // As many digits as doubles have, as floats have, and the middle between two floats.
            let float = Float(value)
            let middle = (Double(float) + Double(float.nextUp)) / 2
            texts += ["\(value)", "\(float)", "\(middle)", "\(value * 1e-12)"]
        }
        let found = try #require(Self.floats("[" + texts.joined(separator: ", ") + "]"))
        let expected = try texts.map { try #require(Float($0)) }
        let wrong = zip(texts, zip(found, expected)).filter { $1.0.bitPattern != $1.1.bitPattern }
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
        #expect(found.count == expected.count)
    }

    @Test(arguments: ["[1e39]", "[null]", "[\"1\"]", "[[1]]", "[1,true]", "[{}]"])
    func refusesWhatIsNoFloat(text: String) { #expect(Self.floats(text) == nil) }

    @Test(arguments: [("[]", 0), ("[ ]", 0), ("[1]", 1), ("[1, 2,3]", 3)])
    func countsElements(text: String, count: Int) {
        #expect(Array(text.utf8).withUnsafeBufferPointer(FloatText.count) == count)
        #expect(Self.floats(text)?.count == count)
    }
}
