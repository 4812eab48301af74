import OmniJSON
import Testing

@testable import OmniTranslate

/// What is read of a request for images, what is refused, and how it is divided into calls.
@Suite struct ImageRequestTests {
    private static func request(
        _ text: String, for operation: ImageRequest.Operation = .generation
    ) throws -> (ImageRequest, JSONValue) {
        let body = try JSONValue(parsing: Array(text.utf8))
        return (try ImageRequest(body, for: operation), body)
    }

    private static func path(of text: String, _ operation: ImageRequest.Operation = .generation) -> String? {
        do {
            _ = try request(text, for: operation)
            return nil
        } catch {
            return (error as? TranslationError)?.path ?? "\(error)"
        }
    }

    @Test(
        arguments: [
            (#"{}"#, "prompt"), (#"{"prompt":""}"#, "prompt"), (#"{"prompt":["a"]}"#, "prompt"),
            (#"{"prompt":"a","n":1.5}"#, "n"), (#"{"prompt":"a","n":11}"#, "n"),
            (#"{"prompt":"a","size":"1024"}"#, "size"), (#"{"prompt":"a","size":"1x2x3"}"#, "size"),
            (#"{"prompt":"a","size":"-1x5"}"#, "size"), (#"{"prompt":"a","size":1024}"#, "size"),
            (#"{"prompt":"a","quality":1}"#, "quality"), (#"{"prompt":"a","output_format":"tiff"}"#, "output_format"),
            (#"{"prompt":"a","stream":1}"#, "stream"), (#"{"prompt":"a","partial_images":4}"#, "partial_images"),
        ])
    func mistakesAreNamed(text: String, field: String) {
        #expect(Self.path(of: text) == field)
    }

    @Test(
        arguments: [
            (#"{"prompt":"a"}"#, "image"), (#"{"prompt":"a","images":[]}"#, "image"),
            (#"{"prompt":"a","images":[5]}"#, "images[0]"), (#"{"prompt":"a","images":[{"x":1}]}"#, "images[0]"),
            (#"{"prompt":"a","image":"ftp://h/a.png"}"#, "image"),
            (#"{"prompt":"a","image":"data:image/png;base64,"}"#, "image"),
            (#"{"prompt":"a","image":"data:image/png;base64,dGV4dA=="}"#, "image"),
            (#"{"prompt":"a","image":"https://h/a.png","mask":{"image_url":"nothing"}}"#, "mask"),
        ])
    func mistakesOfEditsAreNamed(text: String, field: String) {
        #expect(Self.path(of: text, .edit) == field)
    }

    @Test func imagesAreReadInEveryForm() throws {
        let (request, _) = try Self.request(
            #"{"prompt":"a","images":["https://h/a.png",{"file_id":"file-1"}],"image":{"url":"data:image/jpg;base64,\/9j\/4AA"}}"#,
            for: .edit)
        #expect(
            request.inputs == [
                .address("https://h/a.png"), .file("file-1"),
                .base64(mediaType: "image/jpeg", data: JSONText(escaped: Array(#"\/9j\/4AA"#.utf8)[...])),
            ])
    }

    @Test(
        arguments: [
            (.gemini, 3, [1, 1, 1]), (.imagen, 6, [4, 2]), (.imagen, 4, [4]), (.openAI, 10, [10]), (.xAI, 10, [10]),
            (.together, 5, [4, 1]),
        ] as [(ImageDialect, Int, [Int])])
    func callsMakeAsManyAsTheyMay(dialect: ImageDialect, count: Int, calls: [Int]) {
        #expect(dialect.calls(for: count, model: "m") == calls)
    }

    @Test func oneModelOfOpenAIMakesOneImageACall() throws {
        #expect(ImageDialect.openAI.calls(for: 2, model: "dall-e-3") == [1, 1])
        let (request, body) = try Self.request(#"{"model":"x","prompt":"a","n":2}"#)
        var report = TranslationReport()
        let written = try request.encoded(
            to: .openAI, body: body, model: "dall-e-3", count: 1, isStrict: false, report: &report)
        #expect(String(decoding: written, as: UTF8.self) == #"{"model":"dall-e-3","prompt":"a","n":1}"#)
    }

    @Test(
        arguments: [
            ("dall-e-2", "512x512", true), ("dall-e-3", "512x512", false), ("gpt-image-1", "1792x1024", false),
            ("gpt-image-2", "2048x1152", true), ("other", "64x64", true),
        ])
    func sizesThatAModelDoesNotMakeAreRefused(model: String, size: String, isMade: Bool) throws {
        let (request, body) = try Self.request(#"{"model":"x","prompt":"a","size":"\#(size)"}"#)
        var report = TranslationReport()
        do throws(TranslationError) {
            _ = try request.encoded(
                to: .openAI, body: body, model: model, count: 1, isStrict: false, report: &report)
            #expect(isMade)
        } catch {
            #expect(!isMade && error.path == "size")
        }
    }

    @Test(
        arguments: [
            ("1024x1024", "1:1", true), ("1536x1024", "3:2", true), ("1792x1024", "16:9", false),
            ("1024x1792", "9:16", false), ("2560x1080", "21:9", false), ("100x10000", "9:16", false),
        ])
    func theNearestShapeIsFound(size: String, shape: String, isExact: Bool) throws {
        let found = try #require(ImageSize(size))
            .shape(among: ["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9"])
        #expect("\(found.name)" == shape && found.isExact == isExact)
    }

    @Test(
        arguments: [(.xAI, "output_compression"), (.gemini, "quality"), (.imagen, "style")] as [(ImageDialect, String)])
    func strictRequestsAreNotChanged(dialect: ImageDialect, field: String) throws {
        let (request, body) = try Self.request(
            #"{"model":"x","prompt":"a","\#(field)":\#(field == "output_compression" ? "5" : "\"hd\"")}"#)
        var report = TranslationReport()
        #expect(throws: TranslationError.self) {
            try request.encoded(to: dialect, body: body, model: "m", count: 1, isStrict: true, report: &report)
        }
        _ = try request.encoded(to: dialect, body: body, model: "m", count: 1, isStrict: false, report: &report)
        #expect(report.losses.map(\.field) == [field])
    }

    @Test func answersWithoutAnImageAreNone() throws {
        for (dialect, text) in [(ImageDialect.openAI, #"{"data":[]}"#), (.gemini, #"{"candidates":[]}"#)] {
            let body = try JSONValue(parsing: Array(text.utf8))
            #expect(throws: TranslationError.self) { try ImageAnswer(body, of: dialect) }
        }
        let refused = try JSONValue(parsing: Array(#"{"candidates":[{"finishReason":"IMAGE_SAFETY"}]}"#.utf8))
        #expect(try ImageAnswer(refused, of: .gemini).objection?.contains("IMAGE_SAFETY") == true)
    }
}
