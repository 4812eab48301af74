import TestSupport
import Testing

@testable import OmniTranslate

/// The framing parsers read made-up bytes as a plain reading of their rules does, however the bytes are cut.
@Suite struct StreamParserFuzzTests {
    /// Bytes in which line ends, fields and what resembles them are far more frequent than in life.
    private func bytes(_ pieces: [String], using random: inout SeededNumbers) -> [UInt8] {
        (0..<Int.random(in: 0...24, using: &random)).flatMap { _ in
            Array((pieces.randomElement(using: &random) ?? "").utf8)
        }
    }

    private func pieces(of bytes: [UInt8], using random: inout SeededNumbers) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...9, using: &random))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }

    /// The lines of bytes that end in LF, CRLF or CR; what is behind the last end is a line too.
    private func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0D || byte == 0x0A && (index == 0 || bytes[index - 1] != 0x0D) {
                lines.append([])
            } else if byte != 0x0A {
                lines[lines.count - 1].append(byte)
            }
        }
        return lines
    }

    @Test("C087 events")
    func events() throws {
        let words = [
            "data", "event", ":", ": ", " ", "\n", "\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "x", "é", "data: a\n",
            "event: e\n", "data:\n",
            ": c\n", "\u{FEFF}", "id: 1\n", "\u{85}",
        ]
        var count = 0
        for seed in UInt64(0)..<3000 {
            var random = SeededNumbers(seed: seed)
            let input = bytes(words, using: &random)
            var parser = ServerSentEventParser()
            var found: [[[UInt8]]] = []
            for piece in pieces(of: input, using: &random) {
                try piece.withUnsafeBytes { buffer in
                    var position = 0
                    while let event = try parser.next(in: buffer, at: &position) {
                        found.append([Array(event.name), Array(event.data)])
                    }
                }
            }
            if let event = parser.finish() { found.append([Array(event.name), Array(event.data)]) }
            let expected = readEvents(input)
            count += expected.count
            #expect(found == expected, "seed \(seed)")
        }
        #expect(count > 2000)
    }

    /// Names and data by the letter of the standard, save that an event at the very end needs no blank line.
    private func readEvents(_ bytes: [UInt8]) -> [[[UInt8]]] {
        let mark = Array("\u{FEFF}".utf8)
        var events: [[[UInt8]]] = []
        var name: [UInt8] = []
        var data: [[UInt8]] = []
        for line in lines(bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes) + [[]] {
            guard !line.isEmpty else {
                if !data.isEmpty { events.append([name, Array(data.joined(separator: [0x0A]))]) }
                (name, data) = ([], [])
                continue
            }
            let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.count
            var value = Array(line.dropFirst(colon + 1))
            if value.first == 0x20 { value.removeFirst() }
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "data": data.append(value)
            case "event": name = value
            default: break
            }
        }
        return events
    }

    @Test("C087 lines")
    func ndjson() throws {
        let words = ["{}", "[1]", "\"a\"", " ", "\t", "\n", "\n", "\r\n", "\r", "é", "\u{FEFF}", "{\"a\": 1}\n"]
        var count = 0
        for seed in UInt64(0)..<3000 {
            var random = SeededNumbers(seed: seed)
            let input = bytes(words, using: &random)
            var parser = NDJSONParser()
            var found: [[UInt8]] = []
            for piece in pieces(of: input, using: &random) {
                try piece.withUnsafeBytes { buffer in
                    var position = 0
                    while let line = try parser.next(in: buffer, at: &position) { found.append(line) }
                }
            }
            if let line = parser.finish() { found.append(line) }
            let expected = readLines(input)
            count += expected.count
            #expect(found == expected, "seed \(seed)")
        }
        #expect(count > 3000)
    }

    /// What is between line feeds, without the white space at its end; of a mark the first of them is freed.
    private func readLines(_ bytes: [UInt8]) -> [[UInt8]] {
        func trimmed(_ line: [UInt8]) -> [UInt8] {
            Array(line.reversed().drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.reversed())
        }
        var lines = bytes.split(separator: 0x0A).map { Array($0) }
        if let first = lines.first, first.starts(with: "\u{FEFF}".utf8) { lines[0] = Array(first.dropFirst(3)) }
        return lines.map(trimmed).filter { !$0.isEmpty }
    }

    @Test("C085 C087 the elements of an array that arrives in pieces")
    func arrays() throws {
        let words = [
            "{}", "{\"a\":\"}]\\\"\"}", "{\"b\":[{\"c\":\"\\\\\"}]}", "{\"é\":\"\\u005d\"}",
        ]
        for seed in UInt64(0)..<1000 {
            var random = SeededNumbers(seed: seed)
            let elements = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                words.randomElement(using: &random) ?? ""
            }
            let separator = [",", ",\n", " ,\r\n "].randomElement(using: &random) ?? ","
            let input = Array((" \n[" + elements.joined(separator: separator) + "\n]\n").utf8)
            var parser = GeminiStreamParser()
            var found: [String] = []
            for piece in pieces(of: input, using: &random) {
                try piece.withUnsafeBytes { buffer in
                    var position = 0
                    while let event = try parser.next(in: buffer, at: &position) {
                        found.append(String(decoding: event.data, as: UTF8.self))
                    }
                }
            }
            #expect(found == elements && parser.finish() == nil && !parser.isOpenArray, "seed \(seed)")
        }
    }
}
