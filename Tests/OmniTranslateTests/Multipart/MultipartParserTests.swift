import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// Forms, cut wherever the network cuts them.
@Suite struct MultipartParserTests {
    private static let form =
        "preamble\r\n--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b \t\r\n"
        + "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/WAV; x=y\r\n\r\n"
        + "\r\n--\r\n--a\r\n\r\n--\r\r\n--b\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--b--\r\nepilogue"

    private static func boundary(_ text: String = "b") throws -> MultipartBoundary {
        try MultipartBoundary(contentType: "multipart/form-data; boundary=\"\(text)\"")
    }

    /// Parts with their contents joined.
    private static func parts(_ pieces: [[UInt8]]) throws -> [(part: MultipartPart, contents: String)] {
        var parser = MultipartParser(boundary: try boundary())
        var parts: [(part: MultipartPart, contents: String)] = []
        var contents: [UInt8] = []
        for piece in pieces {
            for event in try parser.push(piece) {
                switch event {
                case .part(let part):
                    parts.append((part, ""))
                    contents = []
                case .bytes(let bytes): contents += bytes
                case .endOfPart: parts[parts.count - 1].contents = String(decoding: contents, as: UTF8.self)
                }
            }
        }
        #expect(parser.isComplete)
        return parts
    }

    private static func check(_ parts: [(part: MultipartPart, contents: String)], _ cut: String) {
        #expect(parts.map(\.part.name) == ["model", "file", "empty"], "\(cut)")
        #expect(parts.map(\.part.fileName) == [nil, "a.wav", nil], "\(cut)")
        #expect(parts.map(\.part.contentType) == [nil, "audio/wav", nil], "\(cut)")
        #expect(parts.map(\.contents) == ["whisper-1", "\r\n--\r\n--a\r\n\r\n--\r", ""], "\(cut)")
    }

    @Test func readsAFormCutAtEveryByte() throws {
        let bytes = Array(Self.form.utf8)
        for cut in 0...bytes.count {
            Self.check(try Self.parts([Array(bytes[..<cut]), Array(bytes[cut...])]), "cut at \(cut)")
        }
        Self.check(try Self.parts(bytes.map { [$0] }), "byte by byte")
    }

    /// Whatever comes, the parser ends with parts or an error, and never holds much back.
    @Test func survivesAnything() throws {
        var random = SeededNumbers(seed: 7)
        let original = Array(Self.form.utf8)
        var outcomes: Set<String> = []
        for _ in 0..<3000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    bytes[index] = [0x0D, 0x0A, 0x2D, 0x62, 0x22, 0x00, 0xFF][Int.random(in: 0..<7, using: &random)]
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[index...].prefix(7), at: index)
                }
            }
            var whole = MultipartParser(boundary: try Self.boundary())
            var cut = MultipartParser(boundary: try Self.boundary())
            let middle = Int.random(in: 0...bytes.count, using: &random)
            let expected = Self.outcome { try whole.push(bytes) }
            let found = Self.outcome {
                let first = try cut.push(bytes[..<middle])
                return first + (try cut.push(bytes[middle...]))
            }
            #expect(found == expected)
            outcomes.insert(expected.hasPrefix("error") ? expected : "\(whole.isComplete)")
        }
        #expect(outcomes.count > 4)
    }

    private static func outcome(_ work: () throws -> [MultipartParser.Event]) -> String {
        do {
            var text = ""
            for event in try work() {
                switch event {
                case .part(let part): text += "[\(part)]"
                case .bytes(let bytes): text += bytes.map { "\($0) " }.joined()
                case .endOfPart: text += "."
                }
            }
            return text
        } catch {
            return "error \(error)"
        }
    }

    /// Contents go on as they come; only what may be a delimiter waits.
    @Test func holdsBackNoMoreThanADelimiter() throws {
        var parser = MultipartParser(boundary: try Self.boundary())
        _ = try parser.push("--b\r\ncontent-disposition: form-data; name=x\r\n\r\n".utf8)
        let events = try parser.push([UInt8](repeating: 7, count: 1000))
        #expect(events == [.bytes([UInt8](repeating: 7, count: 996))])
    }

    @Test(arguments: [
        ("--b\r\n\r\nx\r\n--b--", "no name"),
        ("--b\r\ncontent-disposition: form-data; filename=x\r\n\r\n", "no name"),
        ("--b\r\nnonsense\r\n\r\n", "malformed header"),
        ("--bc\r\n", "boundary"),
        ("--b\r\ncontent-disposition: form-data; name=\"x\"\r\ncontent-transfer-encoding: base64\r\n\r\n", "encoded"),
        ("--b\r\n" + String(repeating: "a: b\r\n", count: 2000), "larger than"),
        ("--b\r\n" + String(repeating: "a", count: 9000), "larger than"),
        (String(repeating: "--b\r\ncontent-disposition: form-data; name=x\r\n\r\n\r\n", count: 200), "more than 128"),
    ])
    func saysWhatIsWrong(form: String, words: String) throws {
        var parser = MultipartParser(boundary: try Self.boundary())
        let error = #expect(throws: MultipartError.self) { _ = try parser.push(form.utf8) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        (#"filename="a b.mp3""#, "a b.mp3"),
        (#"filename=plain.mp3"#, "plain.mp3"),
        (#"filename="na\"me.mp3""#, #"na"me.mp3"#),
        (#"filename="na%22me.mp3""#, #"na"me.mp3"#),
        (#"filename="C:\folder\a.mp3""#, "a.mp3"),
        (#"filename="../../etc/a.mp3""#, "a.mp3"),
        (#"filename="naïve;.mp3"; x="y""#, "naïve;.mp3"),
        (#"filename="x.mp3"; filename*=UTF-8''na%C3%AFve.mp3"#, "naïve.mp3"),
        (#"filename="""#, ""),
    ])
    func readsFileNames(parameters: String, expected: String) throws {
        let part = try MultipartPart(
            lines: [Array("Content-Disposition: form-data; name=\"file\"; \(parameters)".utf8)])
        #expect(part.fileName == expected)
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=b",
        "multipart/mixed; boundary=b",
        "multipart/form-data; boundary=\"a\nb\"", "multipart/form-data; boundary=" + String(repeating: "b", count: 71),
    ])
    func refusesOtherTypes(contentType: String) {
        #expect(throws: MultipartError.self) { _ = try MultipartBoundary(contentType: contentType) }
    }

    /// What is written is what was read, with another model.
    @Test func writesWhatItReads() throws {
        var fields = MultipartFields()
        for (name, value) in [("model", "m"), ("timestamp_granularities[]", "word"), ("prompt", "a \"b\"\r\nc")] {
            fields.begin(name)
            try fields.append(Array(value.utf8))
            try fields.end()
        }
        #expect(
            String(decoding: fields.json, as: UTF8.self)
                == #"{"model":"m","timestamp_granularities[]":["word"],"prompt":"a \"b\"\r\nc"}"#)
        let file = MultipartPart(name: "file", fileName: "a\"b.wav", contentType: "audio/wav")
        let frame = MultipartWriter.frame(
            fields: MultipartFields.list(try JSONValue(parsing: fields.json)), file: file, boundary: try Self.boundary()
        )
        let parts = try Self.parts([frame.head, Array("sound".utf8), frame.tail])
        #expect(parts.map(\.part.name) == ["model", "timestamp_granularities[]", "prompt", "file"])
        #expect(parts.map(\.contents) == ["m", "word", "a \"b\"\r\nc", "sound"])
        #expect(parts.last?.part == file)
    }
}
