import OmniJSON
import Testing

@testable import OmniTranslate

/// Forms of edits made objects, and objects made forms.
@Suite struct ImageFormTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x0D, 0x0A, 0x2D, 0x2D]
    private static let type = "multipart/form-data; boundary=edge"

    private static func form(_ parts: [(head: String, contents: [UInt8])]) -> [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            body += "--edge\r\ncontent-disposition: form-data; \(part.head)\r\n\r\n".utf8
            body += part.contents
            body += "\r\n".utf8
        }
        return body + Array("--edge--\r\n".utf8)
    }

    private static func message(_ body: [UInt8], type: String? = type) -> String? {
        do throws(TranslationError) {
            _ = try ImageForm.json(body, contentType: type)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func aFormIsReadAndWrittenAgain() throws {
        let body = Self.form([
            (#"name="prompt""#, Array("Rot & \"grün\"".utf8)), (#"name="n""#, Array("2".utf8)),
            (#"name="stream""#, Array("true".utf8)), (#"name="size""#, Array("auto".utf8)),
            (#"name="image[]"; filename="a.png""#, Self.png), (#"name="mask"; filename="m.png""#, Self.png),
            (#"name="image[]"; filename="b.png""#, Self.png), (#"name="markup"; filename="c.png""#, Self.png),
        ])
        let object = try JSONValue(parsing: ImageForm.json(body, contentType: Self.type))
        let request = try ImageRequest(object, for: .edit)
        #expect(request.prompt.string == "Rot & \"grün\"" && request.count == 2 && request.isStreaming)
        #expect(request.inputs.count == 2 && request.mask != nil)
        let boundary = try MultipartBoundary(contentType: "multipart/form-data; boundary=other")
        let written = try ImageForm.body(object, request: request, boundary: boundary)
        let again = try JSONValue(parsing: ImageForm.json(written, contentType: boundary.contentType))
        #expect(try ImageRequest(again, for: .edit).inputs == request.inputs)
        let names = Set(object.members.map(\.name.string))
        #expect(Set(again.members.map(\.name.string)) == names && names.contains("markup"))
        #expect(again["n"]?.int == 2 && again["stream"]?.bool == true)
    }

    @Test func mistakesAreTold() {
        let file = (#"name="image"; filename="a.png""#, Self.png)
        #expect(Self.message(Self.form([file])) == nil)
        #expect(Self.message(Self.form([(#"name="image"; filename="a.png""#, [])])) == "the file is empty")
        #expect(Self.message(Array(Self.form([file]).dropLast(6)))?.contains("cut off") == true)
        #expect(Self.message(Self.form([(#"name="prompt""#, [0xFF])])) == "is not UTF-8")
        #expect(Self.message(Self.form([file]), type: "multipart/form-data") != nil)
        #expect(Self.message([]) != nil)
    }

    @Test func imagesElsewhereAreNoFiles() throws {
        let object = try JSONValue(parsing: Array(#"{"prompt":"a","image":{"file_id":"file-1"}}"#.utf8))
        let request = try ImageRequest(object, for: .edit)
        let boundary = try MultipartBoundary(contentType: Self.type)
        #expect(throws: TranslationError.self) {
            try ImageForm.body(object, request: request, boundary: boundary)
        }
    }
}
