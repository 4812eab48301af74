import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// How bytes were cut changes nothing, and a stream that was cut short is never taken for a whole one.
@Suite struct StreamSplitTests {
    struct Source: Sendable, CustomTestStringConvertible {
        let name: String
        let format: WireFormat

        var testDescription: String { "\(format.rawValue)/\(name)" }
        func bytes() throws -> [UInt8] { try StreamSample.bytes(name, of: format) }
    }

    static let sources = [
        Source(name: "stream.minimal.sse", format: .openAIChat), Source(name: "stream.rich.sse", format: .openAIChat),
        Source(name: "stream.minimal.sse", format: .anthropicMessages),
        Source(name: "stream.rich.sse", format: .anthropicMessages),
        Source(name: "stream.error.sse", format: .anthropicMessages),
    ]

    /// Cuts each event in every place and checks what comes out of it and of the event after it.
    ///
    /// What is before the event arrives whole: that it was cut too is the business of the events before.
    static func cuts<Machine>(
        of source: Source, in machine: Machine, push: (inout Machine, ArraySlice<UInt8>, inout [UInt8]) -> Void
    ) throws -> [Int] {
        let input = try source.bytes()
        var wrong: [Int] = []
        var checkpoint = machine
        let events = events(in: input)
        for (position, event) in events.enumerated() {
            let end = position + 1 < events.count ? events[position + 1].upperBound : event.upperBound
            var expected: [UInt8] = []
            var whole = checkpoint
            push(&whole, input[event.lowerBound..<end], &expected)
            for cut in event {
                var output: [UInt8] = []
                var machine = checkpoint
                push(&machine, input[event.lowerBound..<cut], &output)
                push(&machine, input[cut..<end], &output)
                if output != expected { wrong.append(cut) }
            }
            var ignored: [UInt8] = []
            push(&checkpoint, input[event], &ignored)
        }
        return wrong
    }

    /// Where the events of a stream with line feeds lie, blank lines included.
    private static func events(in input: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        for index in input.indices.dropFirst() where input[index] == 0x0A && input[index - 1] == 0x0A {
            ranges.append(start..<index + 1)
            start = index + 1
        }
        return start < input.count ? ranges + [start..<input.count] : ranges
    }

    @Test(arguments: sources)
    func everySplitPointGivesTheSameTranslation(source: Source) throws {
        let client: WireFormat = source.format == .openAIChat ? .anthropicMessages : .openAIChat
        let translator = StreamTranslator(from: source.format, to: client, context: .sample())
        let wrong = try Self.cuts(of: source, in: translator) { translator, bytes, output in
            _ = bytes.withUnsafeBytes { translator.push($0, into: &output) }
        }
        #expect(wrong == [])
    }

    @Test(arguments: sources, [false, true])
    func everySplitPointGivesTheSamePassthrough(source: Source, hidesUsageChunk: Bool) throws {
        let monitor = StreamMonitor(format: source.format, hidesUsageChunk: hidesUsageChunk)
        let wrong = try Self.cuts(of: source, in: monitor) { monitor, bytes, output in
            _ = bytes.withUnsafeBytes { monitor.push($0, into: &output) }
        }
        #expect(wrong == [])
    }

    @Test(arguments: sources)
    func singleBytesGiveTheSameAsOnePiece(source: Source) throws {
        let input = try source.bytes()
        let every = Array(1..<input.count)
        let whole = StreamRun.translating(input, from: source.format)
        let bytewise = StreamRun.translating(input, from: source.format, cuts: every)
        #expect(bytewise.output == whole.output && bytewise.usage == whole.usage && bytewise.report == whole.report)
        for hides in [false, true] {
            let whole = StreamRun.watching(input, of: source.format, hidesUsageChunk: hides)
            let bytewise = StreamRun.watching(input, of: source.format, hidesUsageChunk: hides, cuts: every)
            #expect(bytewise.output == whole.output && bytewise.usage == whole.usage)
        }
    }

    @Test("C087 any line end gives the same translation", arguments: sources, ["\r\n", "\r"])
    func lineEndsChangeNothing(source: Source, lineEnd: String) throws {
        let input = try source.bytes()
        func ended(_ bytes: [UInt8]) -> [UInt8] { bytes.flatMap { $0 == 0x0A ? Array(lineEnd.utf8) : [$0] } }
        let other = ended(input)
        let whole = StreamRun.translating(input, from: source.format)
        let hidden = StreamRun.watching(input, of: source.format, hidesUsageChunk: true)
        for cuts in [[], Array(1..<other.count)] {
            #expect(StreamRun.translating(other, from: source.format, cuts: cuts).output == whole.output)
            #expect(StreamRun.watching(other, of: source.format, cuts: cuts).output == other)
            let watched = StreamRun.watching(other, of: source.format, hidesUsageChunk: true, cuts: cuts)
            #expect(watched.output == ended(hidden.output))
        }
    }

    @Test("C070 C071 EOF at any byte before the terminator is an error, never a success", arguments: sources)
    func truncationIsAnError(source: Source) throws {
        let input = try source.bytes()
        let limit = try #require(Self.end(of: source, in: input))
        let client: WireFormat = source.format == .openAIChat ? .anthropicMessages : .openAIChat
        var translator = StreamTranslator(
            from: source.format, to: client, context: .sample(endsStreamsWithDone: true))
        var monitors = [false, true].map {
            StreamMonitor(format: source.format, hidesUsageChunk: $0, requiresTerminator: true)
        }
        for length in 0..<limit {
            var copy = translator
            var output: [UInt8] = []
            let progress = copy.finish(into: &output)
            #expect(!progress.isComplete && progress.failure != nil, "cut to \(length)")
            #expect(Self.errors(in: output) == (progress.isMeaningful ? 1 : 0), "cut to \(length)")
            for position in monitors.indices {
                var copy = monitors[position]
                var output: [UInt8] = []
                let watched = copy.finish(into: &output)
                #expect(!watched.isComplete && watched.failure != nil, "watched, cut to \(length)")
                #expect(watched.isMeaningful == progress.isMeaningful, "watched, cut to \(length)")
                #expect(Self.errors(in: output) == (watched.isMeaningful ? 1 : 0), "watched, cut to \(length)")
            }
            let byte = [input[length]]
            var ignored: [UInt8] = []
            byte.withUnsafeBytes { bytes in
                _ = translator.push(bytes, into: &ignored)
                for position in monitors.indices { _ = monitors[position].push(bytes, into: &ignored) }
            }
        }
        // The last blank line may be missing.
        let isError = source.name == "stream.error.sse"
        #expect(StreamRun.translating(input[..<limit], from: source.format).ending == (isError ? .silence : .complete))
    }

    @Test("C070 a chat stream whose server need not say so is whole between events after its finish only")
    func endWithoutTerminator() throws {
        let source = try #require(Self.sources.first { $0.format == .openAIChat && $0.name == "stream.minimal.sse" })
        let input = try source.bytes()
        let limit = try #require(Self.end(of: source, in: input))
        let finish = try #require(input.firstRange(of: Array(#""finish_reason": ""#.utf8))).lowerBound
        for length in 0..<limit {
            let cut = input[..<length]
            let line = cut.split(separator: 0x0A).last ?? []
            let data = line.starts(with: "data: ".utf8) ? Array(line.dropFirst(6)) : []
            // What is no data yet counts for nothing, and what is JSON is whole even without its line end.
            let isEnd = length > finish && (data.isEmpty || (try? JSONValue(parsing: data)) != nil)
            for run in [
                StreamRun.translating(cut, from: .openAIChat), StreamRun.watching(cut, of: .openAIChat),
                StreamRun.watching(cut, of: .openAIChat, hidesUsageChunk: true),
            ] {
                #expect(run.progress.isComplete == isEnd && (run.progress.failure == nil) == isEnd, "cut to \(length)")
                if run.progress.isMeaningful {
                    #expect(run.endCount == 1 && run.ending == (isEnd ? .complete : .error), "cut to \(length)")
                }
            }
        }
    }

    /// How many error events there are; none but the last may be one.
    private static func errors(in output: [UInt8]) -> Int {
        let events = StreamRun.events(in: output)
        let isError = events.map { $0.data.hasPrefix("{\"error\":") || $0.data.hasPrefix("{\"type\":\"error\"") }
        return isError.dropLast().contains(true) ? 99 : isError.count { $0 }
    }

    /// The offset just past the data of the event that ends the stream.
    private static func end(of source: Source, in input: [UInt8]) -> Int? {
        let marker =
            source.format == .openAIChat
            ? "[DONE]" : source.name == "stream.error.sse" ? "\"req_1\"}" : "message_stop\"}"
        let text = String(decoding: input, as: UTF8.self)
        return text.firstRange(of: marker).map { text.utf8.distance(from: text.startIndex, to: $0.upperBound) }
    }

    @Test func bytesAfterTheTerminatorAreNotTranslated() throws {
        for source in Self.sources.prefix(4) {
            let input = try source.bytes()
            let run = StreamRun.translating(input + input, from: source.format)
            #expect(run.output == StreamRun.translating(input, from: source.format).output)
        }
    }

    @Test func garbageNeverTraps() throws {
        var numbers = SeededNumbers(seed: 0x9E37_79B9_7F4A_7C15)
        for source in Self.sources {
            let input = try source.bytes()
            for _ in 0..<150 {
                let bytes = numbers.damaged(input)
                let run = StreamRun.translating(bytes, from: source.format)
                #expect(run.progress.isComplete != (run.progress.failure != nil))
                #expect(run.endCount == (run.progress.isComplete || run.progress.isMeaningful ? 1 : 0))
                let watched = StreamRun.watching(bytes, of: source.format, hidesUsageChunk: true)
                #expect(watched.progress.isComplete != (watched.progress.failure != nil))
            }
        }
    }
}
