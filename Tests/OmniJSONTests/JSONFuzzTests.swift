import Foundation
import OmniJSON
import Testing

/// Seeded mutations of real documents: a text is refused, or read the same as it is written again.
@Suite struct JSONFuzzTests {
    /// xorshift64*, so that every run sees the same texts.
    struct Randomness {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % max(1, bound)
        }
    }

    static let documents: [[UInt8]] = {
        let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("OmniTranslateTests/Samples")
        let names = (FileManager.default.enumerator(atPath: samples.path)?.compactMap { $0 as? String } ?? []).sorted()
        let files = names.filter { $0.hasSuffix(".json") && !$0.hasPrefix("golden") }
        return [RichDocument.bytes]
            + files.compactMap {
                FileManager.default.contents(atPath: samples.appendingPathComponent($0).path).map(Array.init)
            }
    }()

    private static let interesting =
        Array(#"{}[],:"\0123456789eE+-.truefalsn "#.utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF]

    private func mutate(_ document: [UInt8], with randomness: inout Randomness) -> [UInt8] {
        var bytes = document
        for _ in 0...randomness.next(below: 3) {
            guard !bytes.isEmpty else { return bytes }
            let position = randomness.next(below: bytes.count)
            switch randomness.next(below: 6) {
            case 0: bytes[position] ^= 1 << UInt8(randomness.next(below: 8))
            case 1: bytes[position] = Self.interesting[randomness.next(below: Self.interesting.count)]
            case 2: bytes.insert(Self.interesting[randomness.next(below: Self.interesting.count)], at: position)
            case 3: bytes.remove(at: position)
            case 4: bytes.removeSubrange(position..<min(bytes.count, position + 1 + randomness.next(below: 8)))
            default:
                let end = min(bytes.count, position + 1 + randomness.next(below: 16))
                bytes.insert(contentsOf: bytes[position..<end], at: randomness.next(below: bytes.count))
            }
        }
        return bytes
    }

    @Test func theSamplesAreThere() {
        #expect(Self.documents.count > 20)
    }

    @Test func everySampleIsReadTheSameAsItIsWrittenAgain() throws {
        for document in Self.documents { try expectStable(document) }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func mutatedDocumentsAreRefusedOrStable(seed: UInt64) throws {
        var randomness = Randomness(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var accepted = 0
        for _ in 0..<400 {
            let document = Self.documents[randomness.next(below: Self.documents.count)]
            if try expectStable(mutate(document, with: &randomness)) { accepted += 1 }
        }
        #expect(accepted > 20 && accepted < 380)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aStrictReaderAgreesOnWhatIsJSON(seed: UInt64) {
        var randomness = Randomness(state: seed &* 0xD134_2543_DE82_EF95)
        for _ in 0..<300 {
            let document = Self.documents[randomness.next(below: Self.documents.count)]
            let bytes = mutate(document, with: &randomness)
            let ours = (try? JSONValue(parsing: bytes)) != nil
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            guard ours != theirs, !isKnownDifference(bytes, ours: ours) else { continue }
            Issue.record(
                "ours \(ours), Foundation's \(theirs): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }

    @Test func everyTextOfTheGrammarTableIsJudgedTheSameByAStrictReader() {
        let tables = [
            JSONGrammarTests.numbers, JSONGrammarTests.strings, JSONGrammarTests.structure, JSONGrammarTests.encodings,
        ]
        for rejection in tables.joined() where !isKnownDifference(rejection.bytes, ours: false) {
            #expect(throws: (any Error).self, "\(rejection.testDescription)") {
                try JSONSerialization.jsonObject(with: Data(rejection.bytes), options: .fragmentsAllowed)
            }
        }
    }

    /// Where Foundation departs from RFC 8259, or the RFC leaves the choice: it skips a byte order mark and guesses other
    /// encodings from zeros; it takes a comma after the last element; it refuses numbers a Double cannot hold and
    /// unpaired surrogates; it takes bytes in strings that are no UTF-8 at times.
    private func isKnownDifference(_ bytes: [UInt8], ours: Bool) -> Bool {
        if ours {
            let text = String(decoding: bytes, as: UTF8.self)
            return text.range(of: "[0-9][eE]", options: .regularExpression) != nil
                || text.range(of: #"\\u[dD][89a-fA-F]"#, options: .regularExpression) != nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { return true }
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.contains(0)
            || text.range(of: #",[ \t\r\n]*[\]}]"#, options: .regularExpression) != nil
    }

    @discardableResult
    private func expectStable(_ bytes: [UInt8]) throws -> Bool {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            #expect((0...bytes.count).contains(error.offset))
            return false
        }
        var writer = JSONWriter()
        writer.rewrite(value)
        let again = try JSONValue(parsing: writer.bytes)
        #expect(JSONSameness.same(value, again), "\(String(decoding: bytes, as: UTF8.self))")
        return true
    }
}
