import OmniCore
import Testing

/// Bytes of HTTP/1.1, against the words of RFC 9110 and 9112.
@Suite struct HTTPCharactersTests {
    private func with<Result>(_ text: String, _ use: (UnsafeRawBufferPointer) -> Result) -> Result {
        Array(text.utf8).withUnsafeBytes(use)
    }

    @Test(arguments: UInt8.min...UInt8.max) func knowsWhatFieldsMayHold(byte: UInt8) {
        let character = Character(UnicodeScalar(byte))
        let isToken = byte < 0x80 && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
        #expect(HTTPCharacters.isToken(byte) == isToken)
        let isText = byte == 0x09 || byte >= 0x20 && byte != 0x7F
        // Alone, and at each place of the eight that are looked at together.
        for place in 0..<9 {
            var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 9)
            bytes[place] = byte
            let end = bytes.withUnsafeBytes { HTTPCharacters.endOfText(in: $0, from: 0) }
            #expect(end == (isText ? 9 : place))
        }
    }

    @Test(arguments: [
        ("0", 0, 1), ("1a\r", 26, 2), ("FfF;x=y", 4095, 3), ("7 ", 7, 1), ("fffffffffffffff", 0xFFF_FFFF_FFFF_FFFF, 15),
    ]) func sizesOfChunks(line: String, size: Int, end: Int) throws {
        let found = try #require(with(line) { HTTPCharacters.chunkSize($0) })
        #expect(found.size == size && found.end == end)
    }

    @Test(arguments: ["", " 1", "x", "-1", "0000000000000000", "ffffffffffffffff", ";a"])
    func noSizesOfChunks(line: String) { #expect(with(line) { HTTPCharacters.chunkSize($0) } == nil) }

    @Test(
        arguments: [
            ("0", 0), ("0012", 12), ("9223372036854775807", Int.max), ("9223372036854775808", nil), ("", nil),
            ("1 2", nil),
            ("+1", nil), ("-1", nil), ("0x1", nil), ("99999999999999999999", nil),
        ] as [(String, Int?)])
    func numbers(text: String, number: Int?) { #expect(with(text) { HTTPCharacters.number($0) } == number) }

    @Test(arguments: [
        ("close", true), ("Close", true), ("keep-alive, close", true), ("a,\tCLOSE ,b", true), (",close", true),
        ("", false), ("closed", false), ("clo se", false), ("x-close", false), (",,", false),
    ]) func lists(value: String, holds: Bool) {
        #expect(with(value) { HTTPCharacters.list($0, holds: "close") } == holds)
    }
}
