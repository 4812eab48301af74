import OmniJSON
import OmniTranslate
import Testing

@Suite struct RequestGraftTests {
    private static func grafted(
        _ body: String, _ plain: String, _ shaped: String, _ format: WireFormat
    ) throws -> String? {
        try RequestGraft.grafted(
            onto: JSONValue(parsing: Array(body.utf8)), from: JSONValue(parsing: Array(plain.utf8)),
            to: JSONValue(parsing: Array(shaped.utf8)), of: format
        ).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func whatBothSayAlikeStays() throws {
        let body = #"{ "thinking":{"type":"odd"}, "max_tokens":1e2}"#
        let written = #"{"max_tokens":100,"thinking":{"type":"enabled"}}"#
        #expect(try Self.grafted(body, written, written, .anthropicMessages) == nil)
    }

    @Test func membersComeChangeAndGo() throws {
        let result = try Self.grafted(
            #"{"temperature":0.2, "model":"m" ,"top_k":5,"max_tokens":64,"x":1.0}"#,
            #"{"temperature":0.2,"top_k":5,"max_tokens":64}"#,
            #"{"max_tokens":2064,"thinking":{"type":"enabled","budget_tokens":2000}}"#, .anthropicMessages)
        #expect(
            result
                == #"{"model":"m","max_tokens":2064,"x":1.0,"thinking":{"type":"enabled","budget_tokens":2000}}"#)
    }

    @Test func membersOfMembersComeChangeAndGo() throws {
        #expect(
            try Self.grafted(
                #"{"reasoning": {"summary":"auto","effort" : "low"},"x":1}"#, #"{"reasoning":{"effort":"low"}}"#,
                "{}", .openAIResponses) == #"{"reasoning": {"summary":"auto"},"x":1}"#)
        #expect(
            try Self.grafted(
                #"{"generation_config":{"thinking_config":{"a":1},"topP":1.0}}"#,
                #"{"generationConfig":{"thinkingConfig":{"thinkingBudget":1}}}"#,
                #"{"generationConfig":{"thinkingConfig":{"thinkingBudget":2}}}"#, .gemini)
                == #"{"generation_config":{"topP":1.0,"thinkingConfig":{"thinkingBudget":2}}}"#)
        #expect(
            try Self.grafted(#"{"m":1}"#, "{}", #"{"output_config":{"effort":"low"}}"#, .anthropicMessages)
                == #"{"m":1,"output_config":{"effort":"low"}}"#)
    }

    @Test func theConversationIsNeverTouched() throws {
        #expect(
            try Self.grafted(
                #"{"messages":[1]}"#, #"{"messages":[1]}"#, #"{"messages":[2],"system":"s"}"#, .anthropicMessages)
                == nil)
    }
}
