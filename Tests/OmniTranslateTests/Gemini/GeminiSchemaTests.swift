import OmniJSON
import Testing

@testable import OmniTranslate

/// Schemas in the two subsets Gemini takes.
@Suite struct GeminiSchemaTests {
    private func json(_ schema: String) throws -> String {
        var writer = JSONWriter()
        GeminiSchema.write(try JSONValue(parsing: Array(schema.utf8)), into: &writer)
        return try JSONValue(parsing: writer.bytes).rawText
    }

    private func openAPI(_ schema: String) throws -> (text: String, losses: [String]) {
        var writer = JSONWriter()
        var report = TranslationReport()
        GeminiOpenAPISchema.write(try JSONValue(parsing: Array(schema.utf8)), into: &writer, report: &report)
        return (try JSONValue(parsing: writer.bytes).rawText, report.losses.map { "\($0.field):\($0.reason)" })
    }

    @Test(
        "C147 keywords by allow-list; others are told in the description",
        arguments: [
            (#"{"$schema":"x","type":"string","minLength":2}"#, #"{"type":"string","description":"{minLength: 2}"}"#),
            (
                #"{"type":"object","properties":{"a":{"type":"integer","exclusiveMinimum":0}},"propertyNames":{"pattern":"x"},"additionalProperties":false}"#,
                #"{"type":"object","properties":{"a":{"type":"integer","minimum":1}},"additionalProperties":false,"description":"{propertyNames: {\"pattern\":\"x\"}}"}"#
            ),
            (#"{"const":"a"}"#, #"{"enum":["a"]}"#), (#"{"const":true}"#, #"{"description":"{const: true}"}"#),
            (#"{"enum":["a",1]}"#, #"{"enum":["a",1]}"#),
            (#"{"enum":["a",null]}"#, #"{"description":"{enum: [\"a\",null]}"}"#),
            (#"{"oneOf":[{"type":"string"},true]}"#, #"{"anyOf":[{"type":"string"},{}]}"#),
            (#"{"type":"string","nullable":true}"#, #"{"type":["string","null"]}"#),
            (
                #"{"allOf":[{"type":"object","properties":{"a":{}}},{"properties":{"b":{}},"required":["b"]}]}"#,
                #"{"type":"object","properties":{"a":{},"b":{}},"required":["b"]}"#
            ),
            (
                ##"{"definitions":{"n":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/n","title":"t"}}}"##,
                ##"{"$defs":{"n":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/n"}}}"##
            ),
        ])
    func keywords(schema: String, expected: String) throws {
        #expect(try json(schema) == expected)
    }

    @Test("C149 properties may be called what they like")
    func propertyNames() throws {
        let schema =
            #"{"type":"object","properties":{"$schema":{"type":"string"},"default":{"type":"string"},"type":{"type":"string"}}}"#
        #expect(try json(schema) == schema)
        #expect(try openAPI(schema).text == schema)
    }

    @Test("C150 recursion ends in the OpenAPI subset and stays in JSON Schema")
    func recursion() throws {
        let schema = ##"{"type":"object","properties":{"next":{"$ref":"#"}}}"##
        #expect(try json(schema) == schema)
        let result = try openAPI(schema)
        #expect(result.losses == ["tools.parameters:recursive"])
        #expect(!result.text.contains("$ref") && result.text.contains(#""next":{"type":"object""#))
    }

    @Test("C152 C153 only known properties are required; an empty map is a map")
    func required() throws {
        #expect(
            try json(#"{"type":"object","properties":{"a":{}},"required":["a","b"]}"#)
                == #"{"type":"object","properties":{"a":{}},"required":["a"]}"#)
        #expect(try json(#"{"type":"object","properties":[]}"#) == #"{"type":"object","properties":{}}"#)
        #expect(GeminiSchema.isEmpty(try JSONValue(parsing: Array(#"{"type":"object","properties":[]}"#.utf8))))
    }

    @Test(
        "C147 C148 C151 the OpenAPI subset",
        arguments: [
            (#"{"type":["integer","null"]}"#, #"{"type":"integer","nullable":true}"#),
            (#"{"type":["string","integer"]}"#, #"{"anyOf":[{"type":"string"},{"type":"integer"}]}"#),
            (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, #"{"type":"string","nullable":true}"#),
            (
                #"{"title":"t","description":"d","oneOf":[{"type":"string"},{"type":"integer"}]}"#,
                #"{"description":"d","anyOf":[{"type":"string"},{"type":"integer"}]}"#
            ),
            (#"{"enum":["a","b"]}"#, #"{"type":"string","format":"enum","enum":["a","b"]}"#),
            (#"{"enum":[1,2]}"#, #"{"type":"number","description":"{enum: [1,2]}"}"#),
            (#"{"type":"array"}"#, #"{"type":"array","items":{"type":"string"}}"#),
            (#"{"type":"string","format":"uri"}"#, #"{"type":"string","description":"{format: \"uri\"}"}"#),
            (#"{"type":"string","format":"date-time"}"#, #"{"type":"string","format":"date-time"}"#),
            (#"{"type":"integer","exclusiveMaximum":9}"#, #"{"type":"integer","maximum":8}"#),
            (
                ##"{"type":"object","additionalProperties":false,"properties":{"a":{"$ref":"#/$defs/x~1y"}},"$defs":{"x/y":{"type":"boolean"}}}"##,
                #"{"type":"object","properties":{"a":{"type":"boolean"}}}"#
            ),
        ])
    func subset(schema: String, expected: String) throws {
        #expect(try openAPI(schema).text == expected)
    }

    @Test("the subset becomes JSON Schema for everybody else")
    func towardsJSONSchema() throws {
        let schema =
            #"{"type":"OBJECT","properties":{"type":{"type":"STRING","nullable":true,"format":"enum","enum":["A"]},"b":{"type":"ARRAY","items":{"type":"INTEGER"},"minItems":"1"}},"propertyOrdering":["type","b"]}"#
        let result = OpenAPISchema.jsonSchema(try JSONValue(parsing: Array(schema.utf8)))
        #expect(
            result.rawText
                == #"{"type":"object","properties":{"type":{"type":["string","null"],"enum":["A",null]},"b":{"type":"array","items":{"type":"integer"},"minItems":1}}}"#
        )
    }

    @Test(
        "what may be null may be so in all that describes it",
        arguments: [
            (
                #"{"nullable":true,"anyOf":[{"type":"INTEGER"},{"type":"STRING"}]}"#,
                #"{"anyOf":[{"type":"integer"},{"type":"string"},{"type":"null"}]}"#
            ),
            (#"{"enum":["a",null],"nullable":true}"#, #"{"enum":["a",null]}"#),
            (#"{"enum":["a"],"nullable":false}"#, #"{"enum":["a"]}"#),
        ])
    func nullable(schema: String, expected: String) throws {
        #expect(OpenAPISchema.jsonSchema(try JSONValue(parsing: Array(schema.utf8))).rawText == expected)
    }

    @Test("references that multiply do not")
    func explosion() throws {
        let levels = (0..<30).map { (level: Int) in
            let next = ##"{"$ref":"#/$defs/l\##(level + 1)"}"##
            return #""l\#(level)":{"type":"object","properties":{"a":\#(next),"b":\#(next)}}"#
        }
        let schema =
            ##"{"$ref":"#/$defs/l0","$defs":{"## + levels.joined(separator: ",") + #","l30":{"type":"string"}}}"#
        #expect(try openAPI(schema).text.utf8.count < 1_000_000)
    }

    @Test(
        "the field by model and endpoint",
        arguments: [
            ("gemini-2.5-flash", "gemini", true), ("gemini-3-pro-preview", "gemini", true),
            ("gemini-2.0-flash", "gemini", false), ("gemini-2.5-flash", "vertex", false),
        ])
    func field(model: String, provider: String, isJSONSchema: Bool) throws {
        let tool =
            #"{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}"#
        let result = try chatToGemini(
            #""messages":[{"role":"user","content":"hi"}],"tools":[\#(tool)]"#, model: model, provider: provider)
        let declaration = result.body.value(at: "tools.0.functionDeclarations.0")
        #expect((declaration?["parametersJsonSchema"] != nil) == isJSONSchema)
        #expect((declaration?["parameters"] != nil) != isJSONSchema)
    }
}
