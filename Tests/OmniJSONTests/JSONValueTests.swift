import OmniJSON
import Testing

/// Reading a parsed text: kinds, members, elements, numbers and verbatim slices.
@Suite struct JSONValueTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func knowsEveryKind() throws {
        let kinds = try parse("[null,true,false,1,\"a\",[],{}]").elements.map(\.kind)
        #expect(kinds == [.null, .bool, .bool, .number, .string, .array, .object])
    }

    @Test func readsOnlyItsOwnKind() throws {
        for element in try parse("[null,true,1,\"a\",[1],{\"a\":1}]").elements {
            #expect(element.isNull == (element.kind == .null))
            #expect((element.bool != nil) == (element.kind == .bool))
            #expect((element.int != nil) == (element.kind == .number))
            #expect((element.number != nil) == (element.kind == .number))
            #expect((element.string != nil) == (element.kind == .string))
            #expect((element.text != nil) == (element.kind == .string))
            #expect((element["a"] != nil) == (element.kind == .object))
            #expect(element.members.contains { _ in true } == (element.kind == .object))
            #expect(element.elements.contains { _ in true } == (element.kind == .array))
        }
    }

    @Test func membersComeInTextOrderWithDuplicates() throws {
        let value = try parse(#"{"b":1,"a":{"b":9},"b":[2],"c":"x"}"#)
        #expect(value.members.map(\.name.string) == ["b", "a", "b", "c"])
        #expect(
            value.members.map { String(decoding: $0.value.raw, as: UTF8.self) } == ["1", "{\"b\":9}", "[2]", "\"x\""])
    }

    @Test func theLastDuplicateWins() throws {
        #expect(try parse(#"{"a":1,"a":2,"b":3}"#)["a"]?.int == 2)
        #expect(try parse(#"{"a":1,"\u0061":2}"#)["a"]?.int == 2)
        #expect(try parse(#"{"a":1,"a":null}"#).present("a") == nil)
    }

    @Test func presentTakesNullForAbsent() throws {
        let value = try parse(#"{"a":null,"b":false}"#)
        #expect(value["a"]?.isNull == true)
        #expect(value.present("a") == nil)
        #expect(value.present("b")?.bool == false)
        #expect(value.present("c") == nil)
    }

    @Test func namesAreMatchedWholeAndDecoded() throws {
        let value = try parse(#"{"model_name":1,"mode":2,"m\u006fdel":3,"":4}"#)
        #expect(value["model"]?.int == 3)
        #expect(value["mode"]?.int == 2)
        #expect(value[""]?.int == 4)
        #expect(value["mod"] == nil)
    }

    @Test(arguments: [
        "", "a", "abc", "abcd", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnopq",
    ])
    func namesOfEveryLengthAreToldFromTheirNeighbours(name: String) throws {
        let names: [StaticString] = [
            "", "a", "abc", "abcd", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnopq",
        ]
        for index in name.indices {
            var other = name
            other.replaceSubrange(index...index, with: "X")
            let value = try parse("{\"\(other)\":1}")
            for known in names { #expect(value[known] == nil || "\(known)" == other) }
        }
        let value = try parse("{\"\(name)\":1}")
        for known in names { #expect((value[known] != nil) == ("\(known)" == name)) }
    }

    @Test func stringsAreComparedDecoded() throws {
        let value = try parse(#"["stop","st\u006fp","","\n",7,["stop"]]"#)
        #expect(value.elements.map { $0.isString("stop") } == [true, true, false, false, false, false])
        #expect(value.elements.map(\.isEmptyString) == [false, false, true, false, false, false])
        #expect(value.elements.map(\.hasElements) == [false, false, false, false, false, true])
        #expect(try parse("[]").hasElements == false)
        #expect(try parse(#"{"a":1}"#).hasElements == false)
        #expect(try parse(#"[1,[2,3],{"a":4}]"#).elementCount == 3)
        #expect(try parse(#"{"a":1}"#).elementCount == 0)
    }

    @Test func aValueKnowsTheWayToIt() throws {
        let value = try parse(#"{"a":[1,{"b\u0063":[[2,3]]}],"d":4}"#)
        let outer = try #require(value["a"])
        let inner = try #require(outer.elements.map { $0 }[1]["bc"]?.elements.first { _ in true })
        let last = try #require(inner.elements.map { $0 }.last)
        #expect(last.path(from: value.position) == ".a[1].bc[0][1]")
        #expect(last.path(from: outer.position) == "[1].bc[0][1]")
        #expect(last.path(from: last.position) == "")
        #expect(value["d"]?.path(from: value.position) == ".d")
    }

    @Test func slicesAreVerbatim() throws {
        let text = "  {\"a\" : [ 1.0 ,\t\"\\u00e9\\/\" ],\n\"b\":{ }}\r\n"
        let value = try parse(text)
        #expect(String(decoding: value.raw, as: UTF8.self) == "{\"a\" : [ 1.0 ,\t\"\\u00e9\\/\" ],\n\"b\":{ }}")
        #expect(value.range == 2..<2 + value.raw.count)
        let list = try #require(value["a"])
        #expect(String(decoding: list.raw, as: UTF8.self) == "[ 1.0 ,\t\"\\u00e9\\/\" ]")
        #expect(list.elements.map { String(decoding: $0.raw, as: UTF8.self) } == ["1.0", "\"\\u00e9\\/\""])
        #expect(value["b"].map { String(decoding: $0.raw, as: UTF8.self) } == "{ }")
        #expect(value.documentBytes == Array(text.utf8))
    }

    @Test func aPartOfALargerBufferHasItsOwnOffsets() throws {
        let buffer = Array("xx[1]yy".utf8)
        let value = try JSONValue(parsing: buffer[2..<5])
        #expect(value.range == 0..<3)
        #expect(value.documentBytes == Array("[1]".utf8))
        #expect(throws: JSONError(.trailingBytes, at: 3)) { try JSONValue(parsing: buffer[2..<6]) }
    }

    @Test func siblingsOfDeepValuesAreFound() throws {
        let value = try JSONValue(parsing: RichDocument.bytes)
        #expect(value.members.map(\.name.string).suffix(4) == ["", "a", "dup", "dup"])
        #expect(value["dup"]?.int == 2)
        #expect(value["a"]?.string == "escaped name")
        #expect(
            value["nested"]?["a"]?["b"]?.elements.first { _ in true }?["c"]?.elements.map(\.kind) == [.array, .array])
    }

    @Test(arguments: ["0", "-0", "1.0", "1e400", "-1.5E-7", "123456789012345678901", "0.10000000000000000000001"])
    func numbersKeepTheirText(text: String) throws {
        let number = try #require(parse(text).number)
        #expect(String(decoding: number.text, as: UTF8.self) == text)
        var writer = JSONWriter()
        writer.value(number)
        #expect(writer.bytes == Array(text.utf8))
    }

    struct Integer: Sendable {
        let text: String
        let int: Int?
    }

    @Test(arguments: [
        Integer(text: "0", int: 0), Integer(text: "-0", int: 0), Integer(text: "42", int: 42),
        Integer(text: "-7", int: -7), Integer(text: "1.0", int: 1), Integer(text: "1e3", int: 1000),
        Integer(text: "-2.50e1", int: -25), Integer(text: "1.5", int: nil), Integer(text: "1e-1", int: nil),
        Integer(text: "9223372036854775807", int: .max), Integer(text: "-9223372036854775808", int: .min),
        Integer(text: "9223372036854775808", int: nil), Integer(text: "-9223372036854775809", int: nil),
        Integer(text: "12345678901234567890", int: nil), Integer(text: "1e19", int: nil),
        Integer(text: "1e400", int: nil), Integer(text: "-1e400", int: nil),
    ])
    func integersAreReadHoweverTheyAreWritten(integer: Integer) throws {
        #expect(try parse(integer.text).int == integer.int)
    }

    @Test func doublesAreFinite() throws {
        #expect(try parse("1.5e3").double == 1500)
        #expect(try parse("-0.25").double == -0.25)
        #expect(try parse("1e400").double == nil)
        #expect(try parse("1e-400").double == 0)
    }

    @Test(arguments: [
        "0", "-0", "0.2", "1.0", "-0.7", "100", "0.1", "0.30000000000004", "123456.789", "99999999999999",
        "999999999999999", "9999999999999999", "0.00000000000001", "1234567890.12345", "12345678901234567890.5",
        "2.5e3",
    ])
    func doublesAreTheNearest(text: String) throws {
        let double = try #require(parse(text).double)
        let nearest = try #require(Double(text))
        #expect(double.bitPattern == nearest.bitPattern)
    }

    struct Written: Sendable {
        let number: JSONNumber
        let text: String
    }

    @Test(arguments: [
        Written(number: JSONNumber(0), text: "0"), Written(number: JSONNumber(Int.min), text: "-9223372036854775808"),
        Written(number: JSONNumber(2.0), text: "2"), Written(number: JSONNumber(0.7), text: "0.7"),
        Written(number: JSONNumber(-1.5), text: "-1.5"), Written(number: JSONNumber(1e300), text: "1e+300"),
    ])
    func numbersAreWrittenAsJSON(written: Written) throws {
        #expect(String(decoding: written.number.text, as: UTF8.self) == written.text)
        #expect(try parse(written.text).kind == .number)
    }
}
