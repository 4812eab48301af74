import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// Whatever clients and servers send ends with a legal text or an error, never with a trap.
@Suite struct OllamaRobustnessTests {
    private struct Mutator {
        var numbers: SeededNumbers

        /// A few members and elements replaced by values of other kinds, so that the text stays JSON.
        mutating func mutated(_ value: JSONValue) -> [UInt8] {
            var writer = JSONWriter()
            write(value, into: &writer)
            return writer.bytes
        }

        private mutating func write(_ value: JSONValue, into writer: inout JSONWriter) {
            if numbers.next(25) == 0 {
                let others = ["null", "7", "-1.5e3", #""""#, #""text""#, "[]", "{}", "true", #"[{"a":[null]}]"#]
                return writer.raw(Array(others[numbers.next(others.count)].utf8)[...])
            }
            switch value.kind {
            case .object:
                writer.beginObject()
                for member in value.members where numbers.next(40) > 0 {
                    writer.key(member.name)
                    write(member.value, into: &writer)
                }
                writer.endObject()
            case .array:
                writer.beginArray()
                for element in value.elements {
                    write(element, into: &writer)
                    if numbers.next(20) == 0 { write(element, into: &writer) }
                }
                writer.endArray()
            default: writer.value(value)
            }
        }
    }

    static let pairs: [OllamaGoldenTests.Golden] = OllamaGoldenTests.requests.filter { $0.sample == "rich" }

    @Test(arguments: pairs)
    func mutatedRequestsAreTranslatedOrRefused(pair: OllamaGoldenTests.Golden) throws {
        let sample = try StreamSample.json("request.rich.json", of: pair.from)
        var mutator = Mutator(numbers: SeededNumbers(seed: 7))
        var translated = 0
        for _ in 0..<300 {
            let body = try JSONValue(parsing: mutator.mutated(sample))
            do throws(TranslationError) {
                let request = try Translator.decodeRequest(body, from: pair.from)
                let context = TranslationContext(model: pair.model, provider: pair.provider)
                let encoded = try Translator.encodeRequest(request, to: pair.to, context: context)
                translated += 1
                #expect((try? JSONValue(parsing: encoded.body))?.kind == .object)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        // The rich samples of the other two hold what Ollama must refuse.
        #expect(translated > 0 || pair.from != .ollama)
    }

    @Test(arguments: OllamaGoldenTests.answers.filter { $0.sample == "rich" })
    func mutatedAnswersAreTranslatedOrRefused(pair: OllamaGoldenTests.Golden) throws {
        let sample = try StreamSample.json("response.rich.json", of: pair.from)
        var mutator = Mutator(numbers: SeededNumbers(seed: 11))
        var translated = 0
        for _ in 0..<300 {
            let body = try JSONValue(parsing: mutator.mutated(sample))
            do throws(TranslationError) {
                let encoded = try Translator.translateResponse(
                    body, from: pair.from, to: pair.to, context: .sample())
                translated += 1
                #expect((try? JSONValue(parsing: encoded.body))?.kind == .object)
            } catch {
                #expect(error.code == .malformedAnswer)
            }
        }
        #expect(translated > 50)
    }
}
