import OmniJSON
import Testing

/// Writing: commas, nesting, escapes, continuation.
@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) throws -> Void) rethrows -> String {
        var writer = JSONWriter()
        try body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func everyKindOfValueIsSeparated() throws {
        let parsed = try JSONValue(parsing: Array("{ \"x\" : 1.0 }".utf8))
        let text = written { writer in
            writer.beginArray()
            writer.null()
            writer.value(true)
            writer.value(false)
            writer.value(7)
            writer.value(JSONNumber(text: Array("1e400".utf8)[...]))
            writer.value("literal")
            writer.value(JSONText("a\"b"))
            writer.string("c\n")
            writer.value(joining: [JSONText("d"), JSONText("\"")])
            writer.raw(Array("{}".utf8)[...])
            writer.value(parsed)
            writer.beginArray()
            writer.endArray()
            writer.beginObject()
            writer.endObject()
            writer.null()
            writer.endArray()
        }
        #expect(
            text == #"[null,true,false,7,1e400,"literal","a\"b","c\n","d\"",{},{ "x" : 1.0 },[],{},null]"#)
    }

    @Test func membersAreSeparatedAndNestedOnesAreNot() {
        let text = written { writer in
            writer.beginObject()
            writer.key("a")
            writer.beginObject()
            writer.key("b")
            writer.beginArray()
            writer.value(1)
            writer.value(2)
            writer.endArray()
            writer.key("c")
            writer.null()
            writer.endObject()
            writer.key(JSONText("d\"\n"))
            writer.string("")
            writer.key("e")
            writer.beginObject()
            writer.endObject()
            writer.endObject()
        }
        #expect(text == #"{"a":{"b":[1,2],"c":null},"d\"\n":"","e":{}}"#)
    }

    @Test(arguments: [0, 5, 9, 10, 99, 100, 123_456_789, -1, -10, Int.max, Int.min])
    func integersAreWrittenInFull(integer: Int) {
        #expect(written { $0.value(integer) } == "\(integer)")
        let list = written { writer in
            writer.beginArray()
            writer.value(integer)
            writer.value(integer)
            writer.endArray()
        }
        #expect(list == "[\(integer),\(integer)]")
    }

    @Test func framesStandOutsideTheValues() {
        let text = written { writer in
            for number in 1...2 {
                writer.frame("data: ")
                writer.beginObject()
                writer.key("n")
                writer.value(number)
                writer.endObject()
                writer.frame("\n\n")
            }
        }
        #expect(text == "data: {\"n\":1}\n\ndata: {\"n\":2}\n\n")
    }

    @Test func continuingKeepsWhatWasThere() {
        var writer = JSONWriter(continuing: Array("x: ".utf8))
        writer.beginArray()
        writer.value(1)
        writer.endArray()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "x: [1]")
    }

    @Test func rewritingAParsedTextGivesTheSameValues() throws {
        let value = try JSONValue(parsing: RichDocument.bytes)
        var writer = JSONWriter()
        writer.rewrite(value)
        var again = JSONWriter()
        again.rewrite(try JSONValue(parsing: writer.bytes))
        #expect(writer.bytes == again.bytes)
        #expect(JSONSameness.same(value, try JSONValue(parsing: writer.bytes)))
    }
}

extension JSONWriter {
    /// Writes a value member by member instead of copying its text.
    mutating func rewrite(_ value: JSONValue) {
        switch value.kind {
        case .null: null()
        case .bool: self.value(value.bool == true)
        case .number: if let number = value.number { self.value(number) }
        case .string: if let string = value.string { self.string(string) }
        case .array:
            beginArray()
            for element in value.elements { rewrite(element) }
            endArray()
        case .object:
            beginObject()
            for member in value.members {
                key(member.name)
                rewrite(member.value)
            }
            endObject()
        }
    }
}

/// Comparison of parsed texts by what they mean; number text, member order and duplicates count.
enum JSONSameness {
    static func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        guard left.kind == right.kind else { return false }
        switch left.kind {
        case .null: return true
        case .bool: return left.bool == right.bool
        case .number: return left.number == right.number
        case .string: return left.string == right.string
        case .array:
            let (first, second) = (Array(left.elements), Array(right.elements))
            return first.count == second.count && zip(first, second).allSatisfy(same)
        case .object:
            let (first, second) = (Array(left.members), Array(right.members))
            return first.count == second.count
                && zip(first, second).allSatisfy { $0.name.string == $1.name.string && same($0.value, $1.value) }
        }
    }
}
