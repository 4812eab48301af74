import OmniJSON
import Testing

@testable import OmniTranslate

/// Requests for moderation, and Mistral's way of them.
@Suite struct ModerationTests {
    private static func read(_ text: String) throws -> ModerationRequest {
        try ModerationRequest(JSONValue(parsing: Array(text.utf8)))
    }

    @Test(
        arguments: [
            (#"{"input":"a"}"#, 1), (#"{"input":["a","b"]}"#, 2),
            (#"{"input":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:,"}}]}"#, 1),
        ]
    )
    func countsWhatIsJudged(body: String, count: Int) throws { #expect(try Self.read(body).count == count) }

    @Test(
        arguments: [
            (#"{}"#, "input"), (#"{"input":[]}"#, "input"), (#"{"input":5}"#, "input"),
            (#"{"input":["a",{"type":"text","text":"b"}]}"#, "input[1]"),
            (#"{"input":[{"type":"text","text":"a"},"b"]}"#, "input[1]"),
            (#"{"input":[{"type":"video"}]}"#, "input[0].type"),
            (#"{"input":[{"type":"text"}]}"#, "input[0].text"),
            (#"{"input":[{"type":"image_url","image_url":{}}]}"#, "input[0].image_url.url"),
        ]
    )
    func mistakesAreNamed(body: String, path: String) throws {
        let error = #expect(throws: TranslationError.self) { try Self.read(body) }
        #expect(error?.code == .invalid)
        #expect(error?.path == path)
    }

    @Test(
        arguments: [
            (#"{"input":["a","b\n"]}"#, #"{"model":"m","input":["a","b\n"]}"#),
            (
                #"{"input":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#,
                #"{"model":"m","input":"a\nb"}"#
            ),
        ]
    )
    func mistralIsAskedInItsWords(body: String, expected: String) throws {
        var report = TranslationReport()
        let written = try Self.read(body).encodedForMistral(model: "m", isStrict: true, report: &report)
        #expect(String(decoding: written, as: UTF8.self) == expected)
        #expect(report.isEmpty)
    }

    @Test func mistralSeesNoPictures() throws {
        let request = try Self.read(
            #"{"input":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:,"}}]}"#)
        var report = TranslationReport()
        let error = #expect(throws: TranslationError.self) {
            try request.encodedForMistral(model: "m", isStrict: false, report: &report)
        }
        #expect(error?.code == .unsupported)
        #expect(error?.path == "input[1]")
    }

    @Test func mistralsJudgementIsGivenInOpenAIsWords() throws {
        let body = #"""
            {"id":"mod-1","model":"mistral-moderation-2411","results":[{"categories":{"sexual":false,
            "hate_and_discrimination":false,"violence_and_threats":true,"dangerous_and_criminal_content":false,
            "selfharm":false,"health":false,"financial":false,"law":false,"pii":false},"category_scores":{"sexual":1e-5,
            "hate_and_discrimination":0.00010,"violence_and_threats":0.98,"dangerous_and_criminal_content":0.02,
            "selfharm":0.001,"health":0.0,"financial":0.0,"law":0.0,"pii":0.0}}]}
            """#
        var report = TranslationReport()
        let answer = try ModerationAnswer(JSONValue(parsing: Array(body.utf8)), count: 1)
        let written = answer.encodedFromMistral(model: "m", report: &report)
        try GoldenFile.expect(
            JSONValue(parsing: written).indented() + "\n", in: "golden-services/moderation.mistral.answer.txt")
        #expect(report.losses.map(\.field) == ["categories"])
    }

    @Test func everyInputHasItsJudgement() throws {
        let body = try JSONValue(parsing: Array(#"{"results":[{"categories":{}}]}"#.utf8))
        #expect(throws: TranslationError.self) { try ModerationAnswer(body, count: 2) }
    }
}
