import OmniCore
import OmniJSON
import Testing

@Suite struct AnswerSchemaTests {
    private static func schema(_ text: String) throws -> AnswerSchema {
        try AnswerSchema(JSONValue(parsing: Array(text.utf8)), path: "schema")
    }

    @Test(
        arguments: [
            (#"true"#, "1", nil), (#"false"#, "1", "$ must not be there"), (#"{"type":"string"}"#, #""a""#, nil),
            (#"{"type":"string"}"#, "1", "$ is number and not string"), (#"{"type":["string","null"]}"#, "null", nil),
            (#"{"type":"integer"}"#, "1.0", nil), (#"{"type":"integer"}"#, "1.5", "$ is number and not integer"),
            (#"{"enum":[1,"a",{"x":[1]}]}"#, #"{"x":[1.0]}"#, nil), (#"{"enum":[1]}"#, "2", "$ is none of [1]"),
            (#"{"const":{"a":1,"b":2}}"#, #"{"b":2,"a":1}"#, nil), (#"{"const":"x"}"#, #""y""#, "$ is not x"),
            (#"{"minimum":2}"#, "1", "$ is less than 2.0"), (#"{"maximum":2}"#, "2", nil),
            (#"{"exclusiveMaximum":2}"#, "2", "$ is not below 2.0"), (#"{"exclusiveMinimum":2}"#, "2.1", nil),
            (#"{"multipleOf":0.1}"#, "0.3", nil), (#"{"multipleOf":2}"#, "3", "$ is no multiple of 2.0"),
            (#"{"minLength":2}"#, #""😀""#, "$ is shorter than 2"), (#"{"maxLength":1}"#, #""😀""#, nil),
            (#"{"pattern":"^a+$"}"#, #""ab""#, "$ does not match ^a+$"), (#"{"pattern":"b"}"#, #""abc""#, nil),
            (#"{"minItems":1}"#, "[]", "$ has fewer than 1 items"),
            (#"{"maxItems":1}"#, "[1,2]", "$ has more than 1 items"),
            (#"{"items":{"type":"number"}}"#, #"[1,"a"]"#, "$[1] is string and not number"),
            (#"{"prefixItems":[{"const":1}],"items":false}"#, "[1]", nil),
            (#"{"prefixItems":[{"const":1}],"items":false}"#, "[1,2]", "$[1] must not be there"),
            (#"{"uniqueItems":true}"#, "[1,2,1.0]", "$[2] is there twice"),
            (#"{"required":["a"]}"#, "{}", "$.a is missing"),
            (
                #"{"properties":{"a":{"properties":{"b":{"type":"null"}}}}}"#, #"{"a":{"b":1}}"#,
                "$.a.b is number and not null"
            ),
            (#"{"properties":{"a":{}},"additionalProperties":false}"#, #"{"a":1}"#, nil),
            (#"{"properties":{"a":{}},"additionalProperties":false}"#, #"{"c":1}"#, "$.c must not be there"),
            (#"{"additionalProperties":{"type":"string"}}"#, #"{"c":1}"#, "$.c is number and not string"),
            (#"{"maxProperties":1}"#, #"{"a":1,"b":1}"#, "$ has more than 1 members"),
            (#"{"anyOf":[{"type":"string"},{"const":1}]}"#, "1", nil),
            (#"{"anyOf":[{"type":"string"},{"const":1}]}"#, "2", "$ fits none of the schemas of anyOf"),
            (#"{"oneOf":[{"minimum":1},{"maximum":3}]}"#, "2", "$ fits more than one of the schemas of oneOf"),
            (#"{"oneOf":[{"minimum":1},{"maximum":3}]}"#, "5", nil),
            (#"{"allOf":[{"minimum":1},{"maximum":3}]}"#, "5", "$ is more than 3.0"),
            (#"{"not":{"type":"string"}}"#, #""a""#, "$ fits a schema it must not fit"),
            (
                ##"{"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},"required":["v"]}},"$ref":"#/$defs/n"}"##,
                #"{"v":1,"next":{"v":2,"next":{}}}"#, "$.next.next.v is missing"
            ),
            (#"{"title":"T","description":"d","format":"email","default":1}"#, "1", nil),
        ] as [(String, String, String?)])
    func saysWhatDoesNotFit(schema: String, value: String, expected: String?) throws {
        let problem = try Self.schema(schema).problem(with: JSONValue(parsing: Array(value.utf8)))
        #expect(problem == expected)
    }

    @Test(
        arguments: [
            (#"1"#, "schema"), (#"{"type":"text"}"#, "schema.type"),
            (#"{"patternProperties":{}}"#, "schema.patternProperties"),
            (#"{"if":{}}"#, "schema.if"), (#"{"properties":{"a":{"minimum":"1"}}}"#, "schema.properties.a.minimum"),
            (#"{"items":[{}]}"#, "schema.items"), (#"{"anyOf":[]}"#, "schema.anyOf"),
            (#"{"anyOf":[1]}"#, "schema.anyOf[0]"),
            (##"{"pattern":"("}"##, "schema.pattern"), (##"{"$ref":"https://example.com/x"}"##, "schema.$ref"),
            (##"{"$ref":"#/$defs/none"}"##, "schema.$ref"), (##"{"multipleOf":0}"##, "schema.multipleOf"),
            (#"{"minLength":-1}"#, "schema.minLength"), (#"{"required":"a"}"#, "schema.required"),
        ] as [(String, String)])
    func refusesWhatItWouldNotCheck(schema: String, field: String) {
        let fault = #expect(throws: FieldFault.self) { try Self.schema(schema) }
        #expect(fault?.field == field)
    }

    @Test(arguments: [
        ##"{"$ref":"#"}"##, ##"{"allOf":[{"$ref":"#"},{"$ref":"#"}]}"##, ##"{"not":{"$ref":"#"}}"##,
        ##"{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}"##,
    ])
    func endsWithSchemasThatReferToThemselves(schema: String) throws {
        let problem = try Self.schema(schema).problem(with: JSONValue(parsing: Array("1".utf8)))
        #expect(problem != nil)
    }
}
