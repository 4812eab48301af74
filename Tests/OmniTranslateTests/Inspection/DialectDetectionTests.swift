import OmniJSON
import Testing

@testable import OmniTranslate

@Suite struct DialectDetectionTests {
    @Test(arguments: WireFormat.allCases, ["minimal", "rich"])
    func requestsOfEveryDialect(format: WireFormat, name: String) throws {
        let found = try #require(DialectDetection(of: StreamSample.bytes("request.\(name).json", of: format)))
        #expect(found.kind == .request)
        // The smallest requests of two dialects say the same; then the model's name is all there is to go by.
        if name == "rich" || found.isCertain { #expect(found.format == format) }
        if name == "rich" { #expect(found.isCertain && !found.signs.isEmpty) }
    }

    @Test(arguments: WireFormat.allCases)
    func answersAndStreamsOfEveryDialect(format: WireFormat) throws {
        let answer = try #require(DialectDetection(of: StreamSample.bytes("response.rich.json", of: format)))
        #expect(answer.format == format && answer.kind == .answer)
        let file = format == .ollama ? "stream.rich.ndjson" : "stream.rich.sse"
        let stream = try #require(DialectDetection(of: StreamSample.bytes(file, of: format)))
        #expect(stream.format == format && stream.kind == .stream)
    }

    @Test func geminisOtherFraming() throws {
        let found = try #require(DialectDetection(of: StreamSample.bytes("stream.rich.array.json", of: .gemini)))
        #expect(found.format == .gemini && found.kind == .stream)
    }

    @Test(
        arguments: [
            (#"{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[]}"#, .anthropicMessages),
            (#"{"model":"m","messages":[]}"#, .openAIChat), (#"{"prompt":"x","options":{}}"#, .ollama),
            (#"{"model":"m","prompt":"x"}"#, .openAIChat), (#"{"model":"m","input":"x"}"#, .openAIResponses),
        ] as [(String, WireFormat)])
    func whatIsNotCertainIsGuessed(text: String, format: WireFormat) {
        #expect(DialectDetection(of: Array(text.utf8))?.format == format)
    }

    @Test(arguments: ["", "   ", "hello", "[]", "{}", "42", "data: x\n\n", "{\n", #"{"a":1}"#])
    func whatIsNoneOfThemIsNone(text: String) {
        #expect(DialectDetection(of: Array(text.utf8)) == nil)
    }
}
