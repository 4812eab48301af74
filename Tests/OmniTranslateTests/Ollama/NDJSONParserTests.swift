import Testing

@testable import OmniTranslate

/// Cutting bytes into lines, however they arrive.
@Suite struct NDJSONParserTests {
    struct Stream: Sendable, CustomTestStringConvertible {
        let text: String
        let lines: [String]

        var testDescription: String { text.debugDescription }
    }

    /// - Parameter size: how many bytes each piece has.
    private func parse(_ text: String, pieces size: Int = .max, limit: Int = 1 << 20) throws -> [String] {
        var parser = NDJSONParser(maximumLineBytes: limit)
        var lines: [[UInt8]] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(size, max(1, bytes.count))) {
            let piece = Array(bytes[start..<min(bytes.count, start + min(size, bytes.count))])
            try piece.withUnsafeBytes { buffer in
                var position = 0
                while let line = try parser.next(in: buffer, at: &position) { lines.append(line) }
                #expect(position == buffer.count)
            }
        }
        if let line = parser.finish() { lines.append(line) }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    static let streams = [
        Stream(text: "", lines: []), Stream(text: "\n\r\n\n", lines: []), Stream(text: "a\nb\n", lines: ["a", "b"]),
        Stream(text: "a\r\nb\r\n", lines: ["a", "b"]), Stream(text: "a\nb", lines: ["a", "b"]),
        Stream(text: "a\n\n \n\t\r\nb", lines: ["a", "b"]), Stream(text: "a \t\r\nb", lines: ["a", "b"]),
        Stream(text: "\u{FEFF}a\n\u{FEFF}b\n", lines: ["a", "\u{FEFF}b"]), Stream(text: "a\rb\n", lines: ["a\rb"]),
        Stream(text: "é€😀\n😀", lines: ["é€😀", "😀"]), Stream(text: "a\r", lines: ["a"]),
    ]

    @Test("line feeds, carriage returns, blank lines, byte order mark, missing last line end", arguments: streams)
    func linesAreFoundHoweverTheyAreCut(stream: Stream) throws {
        for size in [Int.max, 1, 2, 3, 5] { #expect(try parse(stream.text, pieces: size) == stream.lines) }
    }

    @Test func aLineBeyondTheLimitIsAnError() throws {
        #expect(try parse("12345678\n12345678", limit: 8) == ["12345678", "12345678"])
        for size in [Int.max, 1, 4] {
            #expect(throws: ServerSentEventOverflow(limit: 8)) { try parse("123456789\n", pieces: size, limit: 8) }
        }
    }

    @Test func halfALineIsKnownToBeHeld() throws {
        var parser = NDJSONParser()
        var position = 0
        let bytes = Array("{}\n{".utf8)
        _ = try bytes.withUnsafeBytes { try parser.next(in: $0, at: &position) }
        #expect(!parser.isInsideLine)
        _ = try bytes.withUnsafeBytes { try parser.next(in: $0, at: &position) }
        #expect(parser.isInsideLine)
        #expect(parser.finish() == [UInt8(ascii: "{")] && !parser.isInsideLine)
    }
}
