import OmniJSON
import Testing

/// What RFC 8259 allows, forbids and leaves open, and where an error is said to be.
@Suite struct JSONGrammarTests {
    struct Rejection: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let code: JSONError.Code
        let offset: Int

        init(_ text: String, _ code: JSONError.Code, at offset: Int) {
            self.init(bytes: Array(text.utf8), code, at: offset)
        }

        init(bytes: [UInt8], _ code: JSONError.Code, at offset: Int) {
            self.bytes = bytes
            self.code = code
            self.offset = offset
        }

        var testDescription: String { String(decoding: bytes, as: UTF8.self).debugDescription }
    }

    @Test(arguments: [
        "null", "true", "false", "0", "-0", "0.0", "-1.5e-7", "1E+2", "1e400", "123456789012345678901234567890",
        "\"\"", "\"\u{7f}\"", "\"é €\u{10FFFF}\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uD83D\\ude00\"", "[]", "{}",
        "[[],{}]", "[1,2]", "{\"\":0}", "{\"a\":1,\"a\":2}", " \t\r\n[ 1 , { \"a\" : null } ] \n",
    ])
    func acceptsWhatTheGrammarAllows(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        let start = try #require(text.utf8.firstIndex { $0 > 0x20 })
        let end = try #require(text.utf8.lastIndex { $0 > 0x20 })
        #expect(value.raw.elementsEqual(text.utf8[start...end]))
    }

    /// Open in the RFC: we accept unpaired surrogates written as escapes, and non-characters.
    @Test(arguments: [
        "\"\\uD800\"", "\"\\uDC00\"", "\"\\uDC00\\uD800\"", "\"\\uD800x\"", "\"\u{FFFE}\"", "\"\\uFFFF\"",
    ])
    func acceptsWhatTheGrammarLeavesOpen(text: String) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)).kind == .string)
    }

    static let numbers = [
        Rejection("01", .invalidNumber, at: 1), Rejection("-", .invalidNumber, at: 1),
        Rejection("-01", .invalidNumber, at: 2), Rejection("-a", .invalidNumber, at: 1),
        Rejection("1.", .invalidNumber, at: 2), Rejection("1.e3", .invalidNumber, at: 2),
        Rejection("1e", .invalidNumber, at: 2), Rejection("1e+", .invalidNumber, at: 3),
        Rejection("[-]", .invalidNumber, at: 2), Rejection("0x1", .trailingBytes, at: 1),
        Rejection("1.5.2", .trailingBytes, at: 3), Rejection("[1e2e3]", .unexpectedByte, at: 4),
        Rejection("+1", .unexpectedByte, at: 0), Rejection(".5", .unexpectedByte, at: 0),
        Rejection("[Infinity]", .unexpectedByte, at: 1), Rejection("[NaN]", .unexpectedByte, at: 1),
        Rejection("[-Infinity]", .invalidNumber, at: 2), Rejection("1_000", .trailingBytes, at: 1),
    ]

    static let strings = [
        Rejection("\"a", .unexpectedEnd, at: 2), Rejection("\"a\\", .unexpectedEnd, at: 3),
        Rejection("\"\\x41\"", .invalidEscape, at: 2), Rejection("\"\\'\"", .invalidEscape, at: 2),
        Rejection("\"\\U0041\"", .invalidEscape, at: 2), Rejection("\"\\u00g0\"", .invalidEscape, at: 5),
        Rejection("\"\\u12\"", .invalidEscape, at: 5), Rejection("\"\\u12", .unexpectedEnd, at: 5),
        Rejection("\"\\u 123\"", .invalidEscape, at: 3), Rejection("'a'", .unexpectedByte, at: 0),
        Rejection("\"a\nb\"", .controlCharacter, at: 2), Rejection("\"\t\"", .controlCharacter, at: 1),
        Rejection("\"\u{0}\"", .controlCharacter, at: 1), Rejection("\"abcdefgh\u{1F}\"", .controlCharacter, at: 9),
    ]

    static let structure = [
        Rejection("", .empty, at: 0), Rejection(" \n", .empty, at: 2), Rejection("[", .unexpectedEnd, at: 1),
        Rejection("[1", .unexpectedEnd, at: 2), Rejection("[1,", .unexpectedEnd, at: 3),
        Rejection("[1,]", .unexpectedByte, at: 3), Rejection("[,1]", .unexpectedByte, at: 1),
        Rejection("[,]", .unexpectedByte, at: 1), Rejection("[1,,2]", .unexpectedByte, at: 3),
        Rejection("[1 2]", .unexpectedByte, at: 3), Rejection("[1}", .unexpectedByte, at: 2),
        Rejection("]", .unexpectedByte, at: 0), Rejection("[]]", .trailingBytes, at: 2),
        Rejection("{", .unexpectedEnd, at: 1), Rejection("{\"a\"", .unexpectedEnd, at: 4),
        Rejection("{\"a\":", .unexpectedEnd, at: 5), Rejection("{\"a\":1,", .unexpectedEnd, at: 7),
        Rejection("{\"a\":1,}", .unexpectedByte, at: 7), Rejection("{,}", .unexpectedByte, at: 1),
        Rejection("{\"a\" 1}", .unexpectedByte, at: 5), Rejection("{\"a\":}", .unexpectedByte, at: 5),
        Rejection("{\"a\"}", .unexpectedByte, at: 4), Rejection("{a:1}", .unexpectedByte, at: 1),
        Rejection("{1:1}", .unexpectedByte, at: 1), Rejection("{\"a\":1]", .unexpectedByte, at: 6),
        Rejection("{\"a\":1 \"b\":2}", .unexpectedByte, at: 7), Rejection("1 2", .trailingBytes, at: 2),
        Rejection("null,", .trailingBytes, at: 4), Rejection("tru", .unexpectedEnd, at: 3),
        Rejection("trux", .unexpectedByte, at: 3), Rejection("True", .unexpectedByte, at: 0),
        Rejection("nul]", .unexpectedByte, at: 3), Rejection("[1/**/]", .unexpectedByte, at: 2),
        Rejection("// a\n1", .unexpectedByte, at: 0), Rejection("\u{FEFF}{}", .unexpectedByte, at: 0),
        Rejection("\u{A0}1", .unexpectedByte, at: 0), Rejection("[1]\u{0C}", .trailingBytes, at: 3),
        Rejection("1\u{0}", .trailingBytes, at: 1),
    ]

    /// Each is put between quotes; the offset counts the opening one.
    static let encodings: [Rejection] =
        [
            ([0x80], 1), ([0xBF], 1), ([0xC0, 0xAF], 1), ([0xC1, 0xBF], 1), ([0xC2, 0x41], 2),
            ([0xE0, 0x80, 0xAF], 2), ([0xE0, 0x9F, 0xBF], 2), ([0xED, 0xA0, 0x80], 2), ([0xED, 0xBF, 0xBF], 2),
            ([0xE2, 0x82], 3), ([0xE2, 0x28, 0xA1], 2), ([0xF0, 0x80, 0x80, 0xAF], 2), ([0xF0, 0x8F, 0xBF, 0xBF], 2),
            ([0xF0, 0x9F, 0x98], 4), ([0xF4, 0x90, 0x80, 0x80], 2), ([0xF5, 0x80, 0x80, 0x80], 1),
            ([0xF8, 0x88, 0x80, 0x80, 0x80], 1), ([0xFE], 1), ([0xFF], 1),
        ].map { bytes, offset in Rejection(bytes: [0x22] + bytes + [0x22], .invalidUTF8, at: offset) }

    @Test(arguments: numbers + strings + structure + encodings)
    func rejectsAndSaysWhere(rejection: Rejection) {
        #expect(throws: JSONError(rejection.code, at: rejection.offset)) {
            try JSONValue(parsing: rejection.bytes)
        }
    }

    @Test func rejectsTextInOtherEncodings() {
        for bytes: [UInt8] in [[0x5B, 0, 0x5D, 0], [0xFF, 0xFE, 0x5B, 0], [0, 0x5B, 0, 0x5D]] {
            #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        }
    }

    @Test func aDocumentCutAnywhereIsAnErrorAtOrBeforeTheCut() throws {
        let document = RichDocument.bytes
        let end = try JSONValue(parsing: document).range.upperBound
        for length in 0..<end {
            do throws(JSONError) {
                _ = try JSONValue(parsing: document[..<length])
                Issue.record("accepted when cut to \(length) bytes")
            } catch {
                #expect(error.offset <= length)
                #expect([.empty, .unexpectedEnd, .invalidNumber].contains(error.code), "cut to \(length): \(error)")
            }
        }
    }

    @Test func everyOffsetOfAWideStringIsLookedAt() {
        // The scanner reads eight bytes at a time; a bad byte must be found wherever it falls in the word.
        for length in 0..<40 {
            for bad: (byte: UInt8, code: JSONError.Code) in [(0x1F, .controlCharacter), (0x80, .invalidUTF8)] {
                for position in 0..<length {
                    var bytes = [UInt8](repeating: 0x61, count: length)
                    bytes[position] = bad.byte
                    #expect(throws: JSONError(bad.code, at: position + 1)) {
                        try JSONValue(parsing: [0x22] + bytes + [0x22])
                    }
                }
            }
        }
    }

    @Test(arguments: [0, 1, 2, 16])
    func depthIsBoundedExactly(limit: Int) throws {
        let limits = JSONLimits(maximumDepth: limit)
        let allowed = [UInt8](repeating: 0x5B, count: limit) + Array("1".utf8) + [UInt8](repeating: 0x5D, count: limit)
        #expect(throws: Never.self) { try JSONValue(parsing: allowed, limits: limits) }
        #expect(throws: JSONError(.tooDeep, at: limit)) {
            try JSONValue(parsing: [0x5B] + allowed + [0x5D], limits: limits)
        }
    }

    @Test func siblingsDoNotAddToTheDepth() throws {
        let text = "[" + Array(repeating: "[{\"a\":[]}]", count: 1000).joined(separator: ",") + "]"
        #expect(throws: Never.self) { try JSONValue(parsing: Array(text.utf8), limits: JSONLimits(maximumDepth: 4)) }
    }

    @Test func hostileNestingCostsNoStack() throws {
        let depth = 100_000
        let arrays = [UInt8](repeating: 0x5B, count: depth)
        #expect(throws: JSONError(.tooDeep, at: 256)) { try JSONValue(parsing: arrays) }
        let objects = Array(String(repeating: "{\"a\":", count: depth).utf8)
        #expect(throws: JSONError(.tooDeep, at: 256 * 5)) { try JSONValue(parsing: objects) }
        let balanced = arrays + [UInt8](repeating: 0x5D, count: depth)
        let value = try JSONValue(parsing: balanced, limits: JSONLimits(maximumDepth: depth))
        #expect(value.raw.count == balanced.count)
        #expect(value.elements.reduce(0) { count, _ in count + 1 } == 1)
    }

    @Test func sizeIsBoundedExactly() throws {
        let bytes = Array("[1,2]".utf8)
        #expect(throws: Never.self) { try JSONValue(parsing: bytes, limits: JSONLimits(maximumBytes: 5)) }
        #expect(throws: JSONError(.tooLarge, at: 4)) {
            try JSONValue(parsing: bytes, limits: JSONLimits(maximumBytes: 4))
        }
        #expect(JSONLimits(maximumBytes: .max).maximumBytes == Int(Int32.max))
    }

    @Test func theDescriptionNamesTheOffset() {
        #expect(JSONError(.unexpectedByte, at: 7).description.hasSuffix("at byte 7"))
    }
}

/// One document with every construct of the grammar.
enum RichDocument {
    static let bytes = Array(
        #"""
         { "text" : "plain é € 😀 \"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00" , "numbers":[0,-0,1.0,-1.5e-7,1E+2,1e400,
         12345678901234567890],"flags":[true,false,null],"empty":[{},[],""], "nested":{"a":{"b":[{"c":[[1],[2,[3]]]}]}},
         "":"empty name","\u0061":"escaped name","dup":1,"dup":2 }

        """#.utf8)
}
