import OmniJSON
import Testing

@testable import OmniTranslate

/// Streams of images, cut anywhere.
@Suite struct ImageStreamReaderTests {
    private static let partial =
        #"event: image_generation.partial_image"# + "\n"
        + #"data: {"type":"image_generation.partial_image","partial_image_index":0,"b64_json":"QQ=="}"# + "\n\n"
    private static let completed =
        #"event: image_generation.completed"# + "\n"
        + #"data: {"type":"image_generation.completed","b64_json":"QUI=","quality":"low","size":"1024x1024","usage":{"input_tokens":3,"output_tokens":272}}"#
        + "\n\n"

    /// What is sent, with the events that wait for their record at their place.
    private static func read(_ text: String, splitAt split: Int) -> (sent: String, reader: ImageStreamReader) {
        var reader = ImageStreamReader()
        var sent: [UInt8] = []
        var held: [UInt8] = []
        func take(_ progress: ImageStreamReader.Progress) {
            guard !progress.events.isEmpty || !progress.completed.isEmpty else { return }
            sent += held + progress.events
            held = progress.completed
        }
        let bytes = Array(text.utf8)
        for part in [bytes[..<split], bytes[split...]] {
            part.withUnsafeBytes { take(reader.push($0)) }
        }
        take(reader.finish())
        return (String(decoding: sent + held, as: UTF8.self), reader)
    }

    @Test func everySplitPointGivesTheSame() {
        let text = Self.partial + Self.completed + Self.partial + Self.completed
        for split in 0...text.utf8.count {
            let (sent, reader) = Self.read(text, splitAt: split)
            #expect(sent == text, "split at \(split)")
            #expect(reader.images == 2 && reader.usage?.output == 544 && reader.variant == "low/1024x1024")
        }
    }

    @Test func theEndOfChatAndCommentsAreLeftOut() {
        let (sent, reader) = Self.read(": hello\n\n\(Self.completed)data: [DONE]\n\n", splitAt: 3)
        #expect(sent == Self.completed && reader.images == 1)
    }

    @Test(
        arguments: [
            #"data: {"type":"error","error":{"message":"too busy","type":"server_error"}}"#,
            #"data: {"error":{"message":"no"}}"#,
            "data: no JSON",
        ])
    func failuresAreSeen(line: String) {
        var reader = ImageStreamReader()
        let progress = Array("\(line)\n\n".utf8).withUnsafeBytes { reader.push($0) }
        #expect(progress.failure != nil && progress.events.isEmpty)
    }

    @Test func wholeImagesAreToldAsEvents() throws {
        let body = try JSONValue(
            parsing: Array(
                #"{"predictions":[{"bytesBase64Encoded":"iVBORw0KGgo"},{"bytesBase64Encoded":"/9j/4AA"}]}"#.utf8))
        let answer = try ImageAnswer(body, of: .imagen)
        let request = try ImageRequest(
            JSONValue(parsing: Array(#"{"prompt":"a","stream":true,"size":"1024x1024"}"#.utf8)), for: .generation)
        var reader = ImageStreamReader()
        let events = answer.events(for: request, created: 5)
        let progress = events.withUnsafeBytes { reader.push($0) }
        #expect(progress.failure == nil && reader.images == 2 && progress.events + progress.completed == events)
        let text = String(decoding: events, as: UTF8.self)
        #expect(text.contains(#""output_format":"png""#) && text.contains(#""output_format":"jpeg""#))
    }
}
