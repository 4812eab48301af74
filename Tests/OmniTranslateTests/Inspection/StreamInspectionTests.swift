import OmniJSON
import Testing

@testable import OmniTranslate

@Suite struct StreamInspectionTests {
    private static let samples: [(file: String, format: WireFormat)] = [
        ("stream.rich.sse", .openAIChat), ("stream.rich.sse", .openAIResponses),
        ("stream.rich.sse", .anthropicMessages),
        ("stream.rich.sse", .gemini), ("stream.rich.ndjson", .ollama),
    ]

    /// What is shown is what clients get, and every byte of the recording is in some step.
    @Test(arguments: samples, WireFormat.allCases)
    func stepsAddUpToTheStream(sample: (file: String, format: WireFormat), client: WireFormat) throws {
        let bytes = try StreamSample.bytes(sample.file, of: sample.format)
        let inspection = StreamInspection(of: bytes, from: sample.format, to: client, context: .sample())
        #expect(inspection.failure == nil && !inspection.isCut)
        #expect(bytes.starts(with: inspection.steps.flatMap(\.input)))
        let output = inspection.steps.flatMap { $0.output.flatMap { $0 } }
        guard client != sample.format else {
            #expect(output == inspection.steps.flatMap(\.input))
            return
        }
        var translator = StreamTranslator(from: sample.format, to: client, context: .sample())
        var expected: [UInt8] = []
        _ = bytes.withUnsafeBytes { translator.push($0, into: &expected) }
        _ = translator.finish(into: &expected)
        #expect(output == expected)
        #expect(inspection.usage == translator.usage && inspection.report == translator.report)
        #expect(inspection.steps.count { $0.commits } == 1)
    }

    @Test func everyEventOfTheClientStandsAlone() throws {
        let bytes = try StreamSample.bytes("stream.rich.sse", of: .openAIChat)
        let inspection = StreamInspection(of: bytes, from: .openAIChat, to: .anthropicMessages, context: .sample())
        let frames = inspection.steps.flatMap(\.output)
        #expect(frames.allSatisfy { $0.starts(with: Array("event: ".utf8)) && $0.suffix(2) == [0x0A, 0x0A] })
        let lines = StreamInspection(of: bytes, from: .openAIChat, to: .ollama, context: .sample()).steps.flatMap(
            \.output)
        #expect(lines.allSatisfy { $0.first == UInt8(ascii: "{") && $0.count { $0 == 0x0A } == 1 })
    }

    @Test func aFailureBeforeAnythingCountsReachesNobody() throws {
        let opening = StreamSample.chat(StreamSample.delta(#"{"role":"assistant","content":""}"#))
        let fault = "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}\n\n"
        let early = StreamInspection(
            of: Array((opening + fault).utf8), from: .openAIChat, to: .anthropicMessages, context: .sample())
        #expect(early.failure?.message == "busy")
        #expect(early.steps.allSatisfy { !$0.commits } && early.steps.last?.output.isEmpty == true)
        let word = StreamSample.chat(StreamSample.delta(#"{"content":"Hi"}"#))
        let late = StreamInspection(
            of: Array((word + fault).utf8), from: .openAIChat, to: .anthropicMessages, context: .sample())
        let last = try #require(late.steps.last?.output.last)
        #expect(String(decoding: last, as: UTF8.self).contains("busy"))
    }

    @Test func whatIsCutOffIsAFailure() throws {
        let bytes = try StreamSample.bytes("stream.minimal.sse", of: .anthropicMessages)
        let half = Array(bytes.prefix(bytes.count / 2))
        let inspection = StreamInspection(of: half, from: .anthropicMessages, to: .gemini, context: .sample())
        #expect(inspection.failure != nil)
    }

    @Test func eventsAreToldWithoutOpaqueState() throws {
        let bytes = try StreamSample.bytes("stream.rich.sse", of: .anthropicMessages)
        let inspection = StreamInspection(of: bytes, from: .anthropicMessages, to: .openAIChat, context: .sample())
        var kinds: Set<String> = []
        for event in inspection.steps.flatMap(\.events) {
            var writer = JSONWriter()
            event.write(into: &writer)
            let value = try JSONValue(parsing: writer.bytes)
            kinds.insert(try #require(value["type"]?.string))
            #expect(!String(decoding: writer.bytes, as: UTF8.self).contains("Eq_sig"))
        }
        #expect(
            kinds.isSuperset(of: [
                "start", "blockStart", "reasoning", "state", "text", "arguments", "finish", "usage", "end",
            ]))
    }
}
