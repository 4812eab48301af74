import OmniJSON
import Testing

/// Changing few places of a text and nothing else.
@Suite struct JSONPatchTests {
    private func patched(_ text: String, _ edit: (inout JSONPatch, JSONValue) throws -> Void) throws -> String {
        let value = try JSONValue(parsing: Array(text.utf8))
        var patch = JSONPatch(value)
        try edit(&patch, value)
        return String(decoding: patch.applied(), as: UTF8.self)
    }

    private func setting(_ names: [StaticString], in text: String) throws -> String {
        try patched(text) { patch, value in
            for (position, name) in names.enumerated() { patch.set(name, to: Array("\(position)".utf8), in: value) }
        }
    }

    @Test func nothingToDoChangesNothing() throws {
        let text = " {\"a\" :1.0}\n"
        #expect(try patched(text) { _, _ in } == text)
        #expect(JSONPatch(try JSONValue(parsing: Array(text.utf8))).isEmpty)
    }

    @Test("C181 only the top-level member is replaced")
    func c181() throws {
        let text =
            #"{ "messages":[{"model":"m","content":"\"model\":\"m\" m"}],"model" : "m", "x":{"model":"m"},"n":1.0 }"#
        let result = try patched(text) { patch, value in patch.set("model", to: Array("\"z\"".utf8), in: value) }
        let expected =
            #"{ "messages":[{"model":"m","content":"\"model\":\"m\" m"}],"model" : "z", "x":{"model":"m"},"n":1.0 }"#
        #expect(result == expected)
    }

    @Test func everyDuplicateIsReplaced() throws {
        #expect(
            try setting(["a"], in: #"{"a":1,"b":2,"\u0061":[3],"a":{"a":4}}"#) == #"{"a":0,"b":2,"\u0061":0,"a":0}"#)
    }

    @Test func aMissingMemberIsAddedAsTheLast() throws {
        #expect(try setting(["z"], in: #"{"a":1 , "b":[2] }"#) == #"{"a":1 , "b":[2],"z":0 }"#)
    }

    @Test(arguments: ["{}", "{ }", "{\n\t}"])
    func aMissingMemberIsAddedToAnEmptyObject(text: String) throws {
        let result = try setting(["z"], in: text)
        #expect(try JSONValue(parsing: Array(result.utf8))["z"]?.int == 0)
        #expect(result.filter { $0 != "\"" && $0 != "z" && $0 != ":" && $0 != "0" } == text)
    }

    @Test(arguments: ["{}", "{ }", "{\"a\":9}", "{\"y\":9}", "{\"a\":9,\"b\":{}}"])
    func severalMembersAreAddedInOrder(text: String) throws {
        let result = try setting(["x", "y", "z"], in: text)
        let value = try JSONValue(parsing: Array(result.utf8))
        #expect([value["x"]?.int, value["y"]?.int, value["z"]?.int] == [0, 1, 2])
        #expect(value.members.map(\.name.string).filter { $0 == "x" || $0 == "z" } == ["x", "z"])
    }

    @Test func settingTwiceKeepsTheLastValue() throws {
        #expect(try setting(["a", "a"], in: #"{"a":9}"#) == #"{"a":1}"#)
        #expect(try JSONValue(parsing: Array(setting(["a", "a"], in: "{}").utf8))["a"]?.int == 1)
        #expect(try JSONValue(parsing: Array(setting(["a", "a"], in: #"{"b":9}"#).utf8))["a"]?.int == 1)
    }

    @Test func editsMayComeInAnyOrder() throws {
        let result = try patched(#"{"a":1,"b":2,"c":3}"#) { patch, value in
            patch.set("d", to: Array("9".utf8), in: value)
            patch.set("c", to: Array("\"long replacement\"".utf8), in: value)
            patch.set("a", to: [], in: value)
            patch.set("a", to: Array("[]".utf8), in: value)
        }
        #expect(result == #"{"a":[],"b":2,"c":"long replacement","d":9}"#)
    }

    @Test func nestedObjectsArePatchedInPlace() throws {
        let result = try patched(#"{"a":{"b":{}},"c":[{"d":1}]}"#) { patch, value in
            if let inner = value["a"]?["b"] { patch.set("x", to: Array("1".utf8), in: inner) }
            if let element = value["c"]?.elements.first(where: { _ in true }) {
                patch.set("d", to: Array("2".utf8), in: element)
            }
        }
        #expect(result == #"{"a":{"b":{"x":1}},"c":[{"d":2}]}"#)
    }

    @Test func replacingAValueOutdoesEditsInsideIt() throws {
        for outerFirst in [true, false] {
            let result = try patched(#"{"a":{"b":1},"c":2}"#) { patch, value in
                let outer = try #require(value["a"])
                if outerFirst { patch.replace(outer, with: Array("7".utf8)) }
                patch.set("b", to: Array("8".utf8), in: outer)
                patch.set("z", to: Array("9".utf8), in: outer)
                if !outerFirst { patch.replace(outer, with: Array("7".utf8)) }
            }
            #expect(result == #"{"a":7,"c":2}"#)
        }
    }

    @Test func anElementIsReplaced() throws {
        let result = try patched("[ 1 , 2,3 ]") { patch, value in
            if let second = value.elements.dropFirst().first(where: { _ in true }) {
                patch.replace(second, with: Array("{}".utf8))
            }
        }
        #expect(result == "[ 1 , {},3 ]")
    }

    @Test(arguments: [
        (#"{"a":1, "b":2 ,"c":3}"#, #"{"b":2 ,"c":3}"#), (#"{"b":2,"a":1 ,"c":3}"#, #"{"b":2 ,"c":3}"#),
        (#"{"b":2,"c":3, "a":1 }"#, #"{"b":2,"c":3 }"#), (#"{"a":1,"b":2,"a":3,"a":4,"c":5}"#, #"{"b":2,"c":5}"#),
        (#"{"a":1,"a":3,"c":5}"#, #"{"c":5}"#), (#"{ "a":1 }"#, #"{  }"#), (#"{"c":5}"#, #"{"c":5}"#),
    ])
    func removesMembers(text: String, expected: String) throws {
        let object = try JSONValue(parsing: Array(text.utf8))
        var patch = JSONPatch(object)
        patch.remove("a", from: object)
        #expect(String(decoding: patch.applied(), as: UTF8.self) == expected)
    }

    @Test func insertsBesideOtherChanges() throws {
        let object = try JSONValue(parsing: Array(#"{"a":"x","b":[1],"c":2}"#.utf8))
        var patch = JSONPatch(object)
        let text = try #require(object["a"])
        let list = try #require(object["b"])
        patch.insert(Array("y".utf8), at: text.range.lowerBound + 1)
        patch.insert(Array("0,".utf8), at: list.range.lowerBound + 1)
        patch.remove("c", from: object)
        patch.set("d", to: Array("3".utf8), in: object)
        #expect(String(decoding: patch.applied(), as: UTF8.self) == #"{"a":"yx","b":[0,1],"d":3}"#)
    }
}
