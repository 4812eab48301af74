import OmniJSON
import OmniTranslate
import Testing

@Suite struct InstructionInsertionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var format: WireFormat
        var body: String
        var expected: String?
        var isGenerate = false
        var testDescription: String { "\(format) \(body)" }
    }

    @Test(arguments: [
        Case(
            format: .openAIChat, body: #"{"messages":[ {"role":"user"}]}"#,
            expected: #"{"messages":[{"role":"system","content":"P\"\n"}, {"role":"user"}]}"#),
        Case(
            format: .openAIChat, body: #"{"messages":[{"content":"\u00e9","role":"developer"}]}"#,
            expected: #"{"messages":[{"content":"P\"\n\n\n\u00e9","role":"developer"}]}"#),
        Case(
            format: .openAIChat, body: #"{"messages":[{"role":"system","content":[ {"text":"a"}]}]}"#,
            expected: #"{"messages":[{"role":"system","content":[{"type":"text","text":"P\"\n"}, {"text":"a"}]}]}"#),
        Case(
            format: .openAIChat, body: #"{"messages":[{"role":"system","content":""}]}"#,
            expected: #"{"messages":[{"role":"system","content":"P\"\n"}]}"#),
        // Instructions amid a conversation are about that place.
        Case(
            format: .openAIChat, body: #"{"messages":[{"role":"user"},{"role":"system","content":"a"}]}"#,
            expected:
                #"{"messages":[{"role":"system","content":"P\"\n"},{"role":"user"},{"role":"system","content":"a"}]}"#),
        Case(
            format: .openAIChat, body: #"{"messages":[]}"#,
            expected: #"{"messages":[{"role":"system","content":"P\"\n"}]}"#),
        Case(format: .openAIChat, body: #"{"prompt":"a"}"#, expected: nil, isGenerate: true),
        Case(
            format: .ollama, body: #"{"prompt":"a","system":"b"}"#,
            expected: #"{"prompt":"a","system":"P\"\n\n\nb"}"#, isGenerate: true),
        Case(
            format: .openAIResponses, body: #"{"input":"a"}"#, expected: #"{"input":"a","instructions":"P\"\n"}"#),
        Case(
            format: .openAIResponses, body: #"{"instructions":null,"input":"a"}"#,
            expected: #"{"instructions":"P\"\n","input":"a"}"#),
        Case(
            format: .anthropicMessages, body: #"{"system":[{"text":"a","cache_control":{}}]}"#,
            expected: #"{"system":[{"type":"text","text":"P\"\n"},{"text":"a","cache_control":{}}]}"#),
        Case(format: .anthropicMessages, body: #"{"system":"a"}"#, expected: #"{"system":"P\"\n\n\na"}"#),
        Case(format: .anthropicMessages, body: #"{"system":7}"#, expected: #"{"system":7}"#),
        Case(
            format: .gemini, body: #"{"contents":[]}"#,
            expected: #"{"contents":[],"systemInstruction":{"parts":[{"text":"P\"\n"}]}}"#),
        Case(
            format: .gemini, body: #"{"system_instruction":{"parts":[]}}"#,
            expected: #"{"system_instruction":{"parts":[{"text":"P\"\n"}]}}"#),
        Case(
            format: .gemini, body: #"{"systemInstruction":{"parts":{"text":"a"}}}"#,
            expected: #"{"systemInstruction":{"parts":[{"text":"P\"\n"},{"text":"a"}]}}"#),
        Case(
            format: .gemini, body: #"{"systemInstruction":{"role":"user"}}"#,
            expected: #"{"systemInstruction":{"role":"user","parts":[{"text":"P\"\n"}]}}"#),
    ])
    func goesBeforeTheClientsOwn(_ expected: Case) throws {
        let body = try JSONValue(parsing: Array(expected.body.utf8))
        let inserted = InstructionInsertion.inserted(
            JSONText("P\"\n"), into: body, of: expected.format, isGenerate: expected.isGenerate)
        #expect(inserted.map { String(decoding: $0, as: UTF8.self) } == expected.expected)
        if let inserted { #expect(throws: Never.self) { try JSONValue(parsing: inserted) } }
    }
}
