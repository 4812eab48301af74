import Testing

@testable import OmniTranslate

/// Cutting bytes into events, however they arrive.
@Suite struct ServerSentEventParserTests {
    struct Stream: Sendable, CustomTestStringConvertible {
        let text: String
        /// `name|data` of every event.
        let events: [String]

        var testDescription: String { text.debugDescription }
    }

    /// - Parameter size: how many bytes each piece has.
    private func parse(_ text: String, pieces size: Int = .max, limit: Int = 1 << 20) throws -> [String] {
        var parser = ServerSentEventParser(maximumEventBytes: limit)
        var events: [ServerSentEvent] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(size, max(1, bytes.count))) {
            let piece = Array(bytes[start..<min(bytes.count, start + min(size, bytes.count))])
            try piece.withUnsafeBytes { buffer in
                var position = 0
                while let event = try parser.next(in: buffer, at: &position) { events.append(event) }
                #expect(position == buffer.count)
            }
        }
        if let event = parser.finish() { events.append(event) }
        return events.map { String(decoding: $0.name, as: UTF8.self) + "|" + String(decoding: $0.data, as: UTF8.self) }
    }

    static let streams = [
        Stream(text: "", events: []), Stream(text: "\n\n\n", events: []),
        Stream(text: "data: a\n\ndata: b\n\n", events: ["|a", "|b"]),
        Stream(text: "data: a\r\n\r\ndata: b\r\n\r\n", events: ["|a", "|b"]),
        Stream(text: "data: a\r\rdata: b\r\r", events: ["|a", "|b"]),
        Stream(text: "data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", events: ["|a", "|b", "|c"]),
        Stream(text: "data: a\rdata: b\n\r\n", events: ["|a\nb"]),
        Stream(text: "\u{FEFF}data: a\n\n", events: ["|a"]),
        Stream(text: "\u{FEFF}\ndata: a\n\n\u{FEFF}data: b\n\n", events: ["|a"]),
        Stream(text: ": comment\n\n:\n:data: x\n\ndata: a\n: inside\n\n", events: ["|a"]),
        Stream(text: "data: a\ndata:\ndata: b\n\n", events: ["|a\n\nb"]),
        Stream(text: "data:a\n\ndata:  b\n\ndata:\tc\n\n", events: ["|a", "| b", "|\tc"]),
        Stream(text: "data\n\ndata:\n\ndata: \n\n", events: ["|", "|", "|"]),
        Stream(text: "event: x\ndata: a\n\ndata: b\n\n", events: ["x|a", "|b"]),
        Stream(text: "data: a\nevent:x\n\n", events: ["x|a"]),
        Stream(text: "event: lonely\n\ndata: a\n\n", events: ["|a"]),
        Stream(text: "id: 1\nretry: 5\ndatax: no\n data: no\nDATA: no\ndata: a\n\n", events: ["|a"]),
        Stream(text: "data: a: b: c\n\n", events: ["|a: b: c"]),
        Stream(text: "data: é€😀\nevent: ñ\n\n", events: ["ñ|é€😀"]),
        Stream(text: "data: whole\n\ndata: no blank line\n", events: ["|whole", "|no blank line"]),
        Stream(text: "event: e\ndata: no line end", events: ["e|no line end"]),
        Stream(text: "data: cr\r", events: ["|cr"]), Stream(text: "event: e\n", events: []),
        Stream(
            text: "data: 12345678901234567890123456789012345678901234567\n\n",
            events: ["|12345678901234567890123456789012345678901234567"]),
    ]

    @Test(
        "C087 line ends, comments, byte order mark, spaces, multi-line data and missing blank lines", arguments: streams
    )
    func cutsEvents(stream: Stream) throws {
        #expect(try parse(stream.text) == stream.events)
    }

    @Test("C087 the bytes may be split anywhere", arguments: streams)
    func piecesOfAnySizeGiveTheSameEvents(stream: Stream) throws {
        for size in 1...max(1, stream.text.utf8.count) {
            #expect(try parse(stream.text, pieces: size) == stream.events, "pieces of \(size)")
        }
    }

    @Test func aLineEndIsFoundAtEveryOffsetOfAWord() throws {
        for length in 0..<40 {
            for end in ["\n\n", "\r\r", "\r\n\r\n"] {
                let data = String(repeating: "x", count: length)
                #expect(try parse("data: \(data)\(end)data: y\(end)") == ["|\(data)", "|y"])
            }
        }
    }

    @Test func bytesThatOnlyResembleLineEndsStay() throws {
        // 0x0B and 0x0E stand beside LF and CR; 0x8A and 0x8D differ from them in the high bit only.
        let bytes: [UInt8] =
            Array("data: ".utf8) + [0x0B, 0x0E, 0x8A, 0x8D, 0x0A ^ 1, 0x85, 0xE2, 0x80, 0xA8] + [0x0A, 0x0A]
        var parser = ServerSentEventParser()
        let event = try bytes.withUnsafeBytes { buffer in
            var position = 0
            return try parser.next(in: buffer, at: &position)
        }
        #expect(event?.data == Array(bytes[6..<15]))
    }

    @Test func anEventMayBeAsLongAsTheLimitAndNoLonger() throws {
        #expect(try parse("data: 56789\n\n", limit: 11) == ["|56789"])
        for size in [1, 4, .max] {
            #expect(throws: ServerSentEventOverflow(limit: 10)) {
                try parse("data: 56789\n\n", pieces: size, limit: 10)
            }
            #expect(throws: ServerSentEventOverflow(limit: 20)) {
                try parse("data: 12345678\ndata: 12345678\ndata: 12345678\n\n", pieces: size, limit: 20)
            }
            #expect(throws: ServerSentEventOverflow(limit: 10)) { try parse(": 01234567890", pieces: size, limit: 10) }
        }
    }

    @Test func manyEventsDoNotAddUp() throws {
        let text = String(repeating: "data: 1\n\n: keepalive\n\n", count: 100)
        #expect(try parse(text, limit: 16).count == 100)
    }

    @Test func knowsWhetherItIsInsideAnEvent() throws {
        let steps: [(String, Bool)] = [
            ("", false), ("d", true), ("ata: x", true), ("\n", true), ("\n", false), (": c\n", false),
            ("event: e\n", true),
            ("\n", false), (": half", true), ("\n", false),
        ]
        var parser = ServerSentEventParser()
        for (piece, isInside) in steps {
            try Array(piece.utf8).withUnsafeBytes { buffer in
                var position = 0
                while try parser.next(in: buffer, at: &position) != nil {}
            }
            #expect(parser.isInsideEvent == isInside, "after \(piece.debugDescription)")
        }
    }
}
