import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// What a broken upstream sends ends in a legal stream of the client's dialect, whichever two they are.
@Suite struct StreamFuzzTests {
    struct Source: Sendable, CustomTestStringConvertible {
        let format: WireFormat
        let name: String

        var testDescription: String { "\(format.rawValue)/\(name)" }
    }

    static let sources = [
        Source(format: .openAIChat, name: "stream.rich.sse"), Source(format: .openAIResponses, name: "stream.rich.sse"),
        Source(format: .anthropicMessages, name: "stream.rich.sse"), Source(format: .gemini, name: "stream.rich.sse"),
        Source(format: .gemini, name: "stream.rich.array.json"), Source(format: .ollama, name: "stream.rich.ndjson"),
    ]

    /// Lines or events left out, doubled, swapped, or with bytes changed: the first kinds leave JSON whole and only its
    /// order wrong.
    private func mutated(_ input: [UInt8], isLines: Bool, using random: inout SeededNumbers) -> [UInt8] {
        var pieces = input.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) + [0x0A] }
        if !isLines {
            // An event and its blank line stay together.
            pieces = pieces.reduce(into: [[]]) { events, line in
                events[events.count - 1] += line
                if line.count == 1 { events.append([]) }
            }
        }
        for _ in 0..<Int.random(in: 1...3, using: &random) where !pieces.isEmpty {
            let one = pieces.indices.randomElement(using: &random) ?? 0
            let other = pieces.indices.randomElement(using: &random) ?? 0
            switch Int.random(in: 0...4, using: &random) {
            case 0: pieces.remove(at: one)
            case 1: pieces.insert(pieces[one], at: other)
            case 2: pieces.swapAt(one, other)
            case 3: pieces.removeSubrange(max(1, one)...)
            default: change(&pieces[one], using: &random)
            }
        }
        return pieces.flatMap { $0 }
    }

    private func change(_ bytes: inout [UInt8], using random: inout SeededNumbers) {
        guard let position = bytes.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0...3, using: &random) {
        case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes[position] = Array("\"{}[],:0 \\\n".utf8).randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...40, using: &random)))
        default: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 20)], at: position)
        }
    }

    @Test("C070 C071 C073 C078 mutated streams end legally in every dialect", arguments: sources)
    func mutations(source: Source) throws {
        let input = try StreamSample.bytes(source.name, of: source.format)
        var outcomes = (complete: 0, failed: 0)
        for seed in UInt64(0)..<400 {
            var random = SeededNumbers(seed: seed)
            let isLines = source.format == .ollama || source.name.hasSuffix(".json")
            let bytes = mutated(input, isLines: isLines, using: &random)
            let targets = WriterTarget.all.filter { $0.client != source.format }
            let target = targets[Int(seed) % targets.count]
            var translator = StreamTranslator(from: source.format, to: target.client, context: target.context)
            var output: [UInt8] = []
            let cut = Int.random(in: 0...bytes.count, using: &random)
            for piece in [bytes[..<cut], bytes[cut...]] {
                _ = piece.withUnsafeBytes { translator.push($0, into: &output) }
            }
            let progress = translator.finish(into: &output)
            #expect(progress.isComplete != (progress.failure != nil), "seed \(seed)")
            if let failure = progress.failure {
                outcomes.failed += 1
                // The head may be out already, whatever the translator thinks of the opening.
                translator.fail(failure, into: &output)
            } else {
                outcomes.complete += 1
            }
            let read = target.grammar.init(output)
            let isRight =
                read.problems.isEmpty && read.isComplete == progress.isComplete
                && read.hasFailed == (progress.failure != nil)
            #expect(isRight, "seed \(seed) to \(target.testDescription): \(read.problems.prefix(2))")
        }
        // Both must happen, or the mutations are too wild or too tame to show anything; an array breaks more easily.
        #expect(outcomes.complete > (source.name.hasSuffix(".json") ? 3 : 20) && outcomes.failed > 20)
    }
}
