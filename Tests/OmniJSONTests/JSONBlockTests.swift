import OmniJSON
import Testing

/// Strings are scanned and escaped in blocks; what needs attention may stand anywhere in one, and many values in one text.
@Suite struct JSONBlockTests {
    /// Characters that end a plain run, and how they stand in a text.
    private static let special: [(decoded: String, written: String)] = [
        ("\"", #"\""#), ("\\", #"\\"#), ("\n", #"\n"#), ("\u{1}", #"\u0001"#), ("\u{1F}", #"\u001f"#), ("é", "é"),
        ("€", "€"), ("\u{10FFFF}", "\u{10FFFF}"), (" ", " "), ("\u{7F}", "\u{7F}"),
    ]

    @Test(arguments: 0...40)
    func theyAreFoundAtEveryPlace(place: Int) throws {
        for (decoded, written) in Self.special {
            for rest in [0, 1, 14, 15, 16, 17, 33] {
                let plain = String(repeating: "a", count: place)
                let tail = String(repeating: "z", count: rest)
                let text = Array(("\"" + plain + written + tail + "\"").utf8)
                let value = try JSONValue(parsing: text)
                #expect(value.string == plain + decoded + tail)
                var writer = JSONWriter()
                writer.string(plain + decoded + tail)
                #expect(writer.bytes == text)
            }
        }
    }

    @Test(arguments: 0...40)
    func controlCharactersAreRefusedAtEveryPlace(place: Int) {
        for byte in [0x00, 0x0A, 0x1F] as [UInt8] {
            let text = Array(("\"" + String(repeating: "a", count: place)).utf8) + [byte] + Array("zzzzz\"".utf8)
            #expect(throws: JSONError(.controlCharacter, at: place + 1)) { try JSONValue(parsing: text) }
        }
        for byte in [0x80, 0xC1, 0xFF] as [UInt8] {
            let text = Array(("\"" + String(repeating: "a", count: place)).utf8) + [byte] + Array("zzzzz\"".utf8)
            #expect(throws: JSONError(.invalidUTF8, at: place + 1)) { try JSONValue(parsing: text) }
        }
    }

    @Test func aTextMayHoldMoreValuesThanItsLengthPromises() throws {
        let list = try JSONValue(parsing: Array(("[" + String(repeating: "[],1,", count: 5000) + "{}]").utf8))
        #expect(list.elements.reduce(0) { count, _ in count + 1 } == 10_001)
        #expect(list.elements.map(\.kind).suffix(3) == [.array, .number, .object])
    }
}
