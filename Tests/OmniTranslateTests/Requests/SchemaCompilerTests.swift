import OmniJSON
import Testing

@testable import OmniTranslate

/// JSON Schemas in the form a target takes: rows C038, C039, C149, C153 and C154.
@Suite struct SchemaCompilerTests {
    private func written(_ schema: String, _ write: (JSONValue, inout JSONWriter) -> Void) throws -> String {
        var writer = JSONWriter()
        write(try JSONValue(parsing: Array(schema.utf8)), &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(
        "C039 the root of a tool's parameters is one object",
        arguments: [
            (
                #"{"properties":{"a":{}},"required":["a"]}"#,
                #"{"type":"object","properties":{"a":{}},"required":["a"]}"#
            ),
            (#"{"type":["object","null"],"properties":{}}"#, #"{"type":"object","properties":{}}"#),
            (
                #"{"anyOf":[{"properties":{"a":{},"b":{}},"required":["a","b"]},{"properties":{"c":{}},"required":["b"]}],"title":"T"}"#,
                #"{"type":"object","title":"T","properties":{"a":{},"b":{},"c":{}},"required":["b"]}"#
            ),
            (
                #"{"type":"object","properties":{"x":{}},"required":["x"],"oneOf":[{"required":["a"],"properties":{"a":{}}},{}]}"#,
                #"{"type":"object","properties":{"x":{},"a":{}},"required":["x"]}"#
            ),
            (
                #"{"allOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}},"required":["b"]}]}"#,
                #"{"type":"object","properties":{"a":{},"b":{}},"required":["a","b"]}"#
            ),
            (
                #"{"anyOf":[{"properties":{"k":{"const":1}}},{"properties":{"k":{"const":2}}},{"properties":{"k":{"const":1}}}]}"#,
                #"{"type":"object","properties":{"k":{"anyOf":[{"const":1},{"const":2}]}}}"#
            ),
            (
                ##"{"allOf":[{"$ref":"#/$defs/A"}],"$defs":{"A":{"properties":{"a":{}},"required":["a"]}}}"##,
                ##"{"type":"object","$defs":{"A":{"properties":{"a":{}},"required":["a"]}},"properties":{"a":{}},"required":["a"]}"##
            ),
            (
                #"{"type":"object","properties":{},"required":["ghost"],"anyOf":[]}"#,
                #"{"type":"object","properties":{}}"#
            ),
        ])
    func objectRoot(schema: String, expected: String) throws {
        #expect(try written(schema) { SchemaCompiler.writeToolParameters($0, into: &$1) } == expected)
    }

    @Test(
        "a plain object is copied byte for byte, names and order included",
        arguments: [
            #"{ "type":"object", "properties":{"type":{"type":"string"},"title":{},"$schema":{},"default":{},"a":{"minimum":1.0}}}"#,
            #"{"type":"object","properties":{}}"#,
        ])
    func plainObject(schema: String) throws {
        #expect(try written(schema) { SchemaCompiler.writeToolParameters($0, into: &$1) } == schema)
        #expect(
            try written(schema) { SchemaCompiler.writeAnyParameters($0, keepsEmpty: false, into: &$1) } == schema)
    }

    @Test(
        "an object for OpenAI says what its properties are",
        arguments: [
            (#"{"$schema":"x","type":"object"}"#, #"{"$schema":"x","type":"object","properties":{}}"#),
            ("{}", #"{"type":"object","properties":{}}"#),
            (#"{"type":"object","anyOf":[{"required":["a"]}]}"#, #"{"type":"object","anyOf":[{"required":["a"]}]}"#),
            ("true", "true"),
        ])
    func bareObject(schema: String, expected: String) throws {
        #expect(
            try written(schema) { SchemaCompiler.writeAnyParameters($0, keepsEmpty: false, into: &$1) } == expected)
    }

    @Test("C153 properties written as an empty list are an empty object")
    func listOfProperties() throws {
        let schema = #"{"type":"object","description":"d","properties":[]}"#
        let expected = #"{"type":"object","description":"d","properties":{}}"#
        #expect(try written(schema) { SchemaCompiler.writeToolParameters($0, into: &$1) } == expected)
        #expect(try written(schema) { SchemaCompiler.writeAnyParameters($0, keepsEmpty: false, into: &$1) } == expected)
    }

    @Test(
        "C154 Anthropic's subset for outputs",
        arguments: [
            (
                #"{"type":"string","minLength":1,"pattern":"^a$","description":"d"}"#,
                #"{"type":"string","description":"d\n\n{minLength: 1, pattern: \"^a$\"}"}"#
            ),
            (
                #"{"type":"object","properties":{"a":{"type":"object"}},"additionalProperties":true}"#,
                #"{"type":"object","properties":{"a":{"type":"object","additionalProperties":false}},"additionalProperties":false}"#
            ),
            (#"{"oneOf":[{"type":"null"},{"const":1}]}"#, #"{"anyOf":[{"type":"null"},{"const":1}]}"#),
            (#"{"type":"string","format":"date-time"}"#, #"{"type":"string","format":"date-time"}"#),
            (#"{"type":"string","format":"iban"}"#, #"{"type":"string","description":"{format: \"iban\"}"}"#),
            (
                #"{"type":"array","minItems":1,"maxItems":3,"items":{"type":"integer","maximum":9}}"#,
                #"{"type":"array","minItems":1,"items":{"type":"integer","description":"{maximum: 9}"},"description":"{maxItems: 3}"}"#
            ),
            (#"{"type":"array","minItems":2}"#, #"{"type":"array","description":"{minItems: 2}"}"#),
            (
                ##"{"$schema":"x","$ref":"#/$defs/A","$defs":{"A":{"type":"null"}}}"##,
                ##"{"$ref":"#/$defs/A","$defs":{"A":{"type":"null"}}}"##
            ),
            (
                #"{"type":["object","null"],"additionalProperties":{"type":"string"}}"#,
                #"{"type":["object","null"],"description":"{additionalProperties: {\"type\":\"string\"}}","additionalProperties":false}"#
            ),
        ])
    func outputSubset(schema: String, expected: String) throws {
        #expect(try written(schema) { SchemaCompiler.writeAnthropicOutput($0, into: &$1) } == expected)
    }

    @Test(
        "what Anthropic's structured outputs can say: closed objects, no recursion, no empty schema",
        arguments: [
            (#"{"type":"string"}"#, true), (#"{"enum":["a"]}"#, true), (#"{"const":1}"#, true),
            (#"{"type":"array"}"#, true),
            (#"{"type":"object","properties":{"a":{"type":"string"}}}"#, true),
            (#"{"properties":{"a":{"type":["string","null"]}},"additionalProperties":true}"#, true),
            (#"{"type":"object","properties":{},"additionalProperties":false}"#, true),
            (#"{"type":"object","additionalProperties":false}"#, true),
            (#"{"anyOf":[{"type":"string"},{"type":"null"}],"description":"d"}"#, true),
            (
                ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/A"},"b":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"array","items":{"$ref":"#/$defs/B"}},"B":{"type":"string"}}}"##,
                true
            ),
            (##"{"$ref":"#/definitions/a~1b","definitions":{"a/b":{"type":"integer"}}}"##, true),
            // Objects whose members have no names.
            (#"{"type":"object"}"#, false), (#"{"type":["object","null"]}"#, false),
            (#"{"type":"object","properties":{}}"#, false),
            (#"{"type":"object","additionalProperties":true}"#, false),
            (#"{"type":"object","additionalProperties":{"type":"integer"}}"#, false),
            (#"{"type":"object","patternProperties":{"^a":{"type":"string"}}}"#, false),
            (#"{"type":"object","properties":{"a":{"type":"object"}}}"#, false),
            (#"{"type":"array","items":{"type":"object"}}"#, false),
            (#"{"anyOf":[{"type":"string"},{"type":"object"}]}"#, false),
            (##"{"$ref":"#/$defs/A","$defs":{"A":{"type":"object"}}}"##, false),
            // Schemas that say nothing.
            ("{}", false), ("true", false), (#"{"title":"Any","description":"d"}"#, false),
            (#"{"type":"array","items":{}}"#, false), (#"{"type":"object","properties":{"a":{}}}"#, false),
            (#"{"type":"object","properties":{"a":true}}"#, false),
            // References that lead back, or nowhere.
            (##"{"type":"object","properties":{"a":{"type":"array","items":{"$ref":"#"}}}}"##, false),
            (
                ##"{"$ref":"#/$defs/A","$defs":{"A":{"type":"array","items":{"$ref":"#/$defs/B"}},"B":{"anyOf":[{"$ref":"#/$defs/A"},{"type":"null"}]}}}"##,
                false
            ),
            (##"{"type":"object","properties":{"a":{"type":"array","items":{"$ref":"#/properties/a"}}}}"##, false),
            (##"{"$ref":"#/$defs/A"}"##, false), (#"{"$ref":"https://e.com/a.json"}"#, false),
        ])
    func expressible(schema: String, isExpressible: Bool) throws {
        let schema = try JSONValue(parsing: Array(schema.utf8))
        #expect(AnthropicSchemaCheck.isExpressible(schema) == isExpressible)
    }

    @Test(
        "a tool whose empty list of arguments is said has none; one that says nothing may have any",
        arguments: [
            (#"{"type":"object","properties":{}}"#, true), (#"{"type":"object"}"#, false),
            (#"{"type":"object","properties":{},"additionalProperties":true}"#, false),
            (#"{"type":"object","properties":{"a":{"type":"object","properties":{}}}}"#, false),
        ])
    func expressibleParameters(schema: String, isExpressible: Bool) throws {
        let schema = try JSONValue(parsing: Array(schema.utf8))
        #expect(AnthropicSchemaCheck.isExpressible(schema, isParameters: true) == isExpressible)
    }

    @Test("references upon references cost no more than there are, and too many are not followed")
    func manyReferences() throws {
        func schema(_ count: Int) throws -> JSONValue {
            let definitions = (0..<count).map { index in
                let next = ##"{"$ref":"#/$defs/\##(index + 1)"}"##
                return #""\#(index)":{"anyOf":[\#(next),\#(next)]}"#
            }
            return try JSONValue(
                parsing: Array(
                    ##"{"$ref":"#/$defs/0","$defs":{\##(definitions.joined(separator: ",")),"\##(count)":{"type":"null"}}}"##
                        .utf8))
        }
        #expect(AnthropicSchemaCheck.isExpressible(try schema(60)))
        #expect(!AnthropicSchemaCheck.isExpressible(try schema(2000)))
    }

    @Test("C149 properties named like keywords are properties, in their order")
    func keywordNames() throws {
        let schema =
            #"{"type":"object","properties":{"type":{"type":"string"},"title":{"type":"string"},"$schema":{"type":"string"},"#
            + #""default":{"type":"string"},"minLength":{"type":"string"},"description":{"type":"string"}},"#
            + #""required":["type"],"additionalProperties":false}"#
        #expect(try written(schema) { SchemaCompiler.writeAnthropicOutput($0, into: &$1) } == schema)
    }

    @Test(
        "what OpenAI's strict mode takes",
        arguments: [
            (#"{"type":"object","properties":{},"additionalProperties":false}"#, true), (#"{"type":"object"}"#, false),
            (#"{"properties":{"a":{}}}"#, false), (#"{"anyOf":[{"type":"string"},{"type":"object"}]}"#, false),
            (#"{"allOf":[]}"#, false), (#"{"type":"string"}"#, true), ("[]", false),
            (#"{"type":"object","additionalProperties":false,"$defs":{"A":{"type":"object"}}}"#, false),
        ])
    func strictness(schema: String, isStrict: Bool) throws {
        #expect(SchemaCompiler.isStrictForOpenAI(try JSONValue(parsing: Array(schema.utf8))) == isStrict)
    }
}
