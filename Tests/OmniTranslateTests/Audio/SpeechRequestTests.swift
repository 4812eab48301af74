import OmniJSON
import Testing

@testable import OmniTranslate

/// What is read of a request to speak.
@Suite struct SpeechRequestTests {
    private static func request(_ text: String) throws -> SpeechRequest {
        try SpeechRequest(JSONValue(parsing: Array(text.utf8)))
    }

    @Test func charactersAreCountedAsPeopleDo() throws {
        #expect(try Self.request(#"{"input":"Gr\u00fc\u00dfe \ud83e\udd8a","voice":"v"}"#).characters == 7)
    }

    @Test(
        arguments: [
            (#"{"voice":"v"}"#, "input"), (#"{"input":" ","voice":"v"}"#, "input"), (#"{"input":"a"}"#, "voice"),
            (#"{"input":"a","voice":["v"]}"#, "voice"), (#"{"input":"a","voice":"v","speed":0.2}"#, "speed"),
            (#"{"input":"a","voice":"v","response_format":"ogg"}"#, "response_format"),
            (#"{"input":"a","voice":"v","stream_format":"x"}"#, "stream_format"),
            (#"{"input":"a","voice":"v","instructions":1}"#, "instructions"),
        ])
    func mistakesAreNamed(text: String, field: String) {
        let error = #expect(throws: TranslationError.self) { try Self.request(text) }
        #expect(error?.path == field)
    }

    @Test(
        arguments: [
            ("", "audio/mpeg"), (#","response_format":"wav""#, "audio/wav"),
            (#","response_format":"pcm""#, "application/octet-stream"),
            (#","stream_format":"sse""#, "text/event-stream; charset=utf-8"),
        ])
    func theTypeIsThatOfTheFormat(further: String, type: String) throws {
        let request = try Self.request(#"{"input":"a","voice":{"id":"v"}\#(further)}"#)
        #expect(request.mediaType == type)
    }

    @Test func onlyTheModelIsChanged() throws {
        let body = try JSONValue(parsing: Array(#"{ "input" : "\u0061","voice":"v", "model":"p/m","x":1.50 }"#.utf8))
        let written = try SpeechRequest(body).patched(body, model: "m")
        #expect(
            String(decoding: written, as: UTF8.self) == #"{ "input" : "\u0061","voice":"v", "model":"m","x":1.50 }"#)
    }
}
