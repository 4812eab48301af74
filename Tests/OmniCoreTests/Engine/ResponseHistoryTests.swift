import Testing

@testable import OmniCore

@Suite struct ResponseHistoryTests {
    private let key = ClientKeyID("key-1")

    private func entry(
        _ items: String, input: Int = 0, previous: String? = nil, output: [String] = []
    ) -> ResponseHistory.Entry {
        ResponseHistory.Entry(
            clientKey: key, previous: previous, items: Array(items.utf8), inputLength: input, answer: [],
            outputIDs: output)
    }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test func aConversationIsItsTurnsInOrder() {
        var history = ResponseHistory(maximumBytes: 10_000, maximumAge: 1000)
        history.keep(entry("1,2"), as: "a", now: 0)
        history.keep(entry("3", previous: "a"), as: "b", now: 0)
        history.keep(entry("4", previous: "b"), as: "c", now: 0)
        #expect(text(history.conversation(upTo: "c", for: key, now: 0)) == "1,2,3,4")
        #expect(text(history.conversation(upTo: "a", for: key, now: 0)) == "1,2")
        #expect(history.conversation(upTo: "x", for: key, now: 0) == nil)
    }

    @Test func nobodyElseFindsIt() {
        var history = ResponseHistory(maximumBytes: 10_000, maximumAge: 1000)
        history.keep(entry("1", output: ["m"]), as: "a", now: 0)
        for other in [nil, ClientKeyID("key-2")] {
            #expect(history.entry("a", for: other, now: 0) == nil)
            #expect(history.item("m", for: other, now: 0) == nil)
            #expect(history.conversation(upTo: "a", for: other, now: 0) == nil)
        }
    }

    @Test func aConversationThatLostATurnIsGone() {
        var history = ResponseHistory(maximumBytes: 10_000, maximumAge: 1000)
        history.keep(entry("1"), as: "a", now: 0)
        history.keep(entry("2", previous: "a"), as: "b", now: 900)
        #expect(history.entry("b", for: key, now: 1500) != nil)
        #expect(history.conversation(upTo: "b", for: key, now: 1500) == nil)
    }

    @Test func itemsAreFoundByTheirIDs() {
        var history = ResponseHistory(maximumBytes: 10_000, maximumAge: 1000)
        history.keep(entry(#"{"in":1},{"out":[1]},{"out":2}"#, input: 8, output: ["m", "n"]), as: "a", now: 0)
        #expect(text(history.item("m", for: key, now: 0)) == #"{"out":[1]}"#)
        #expect(text(history.item("n", for: key, now: 0)) == #"{"out":2}"#)
        history.remove("a")
        #expect(history.item("n", for: key, now: 0) == nil)
        #expect(history.byteCount == 0)
    }

    @Test func whatIsUsedStaysAndNoTurnOutlivesWhatItBuildsOn() {
        let size = 400
        var history = ResponseHistory(maximumBytes: 10 * (size + 256), maximumAge: 1000)
        let items = String(repeating: "1", count: size)
        history.keep(entry(items), as: "a", now: 0)
        history.keep(entry(items, previous: "a"), as: "b", now: 0)
        for index in 0..<100 {
            history.keep(entry(items), as: "x\(index)", now: 0)
            #expect(history.byteCount <= 10 * (size + 256))
            if index < 50 { #expect(history.conversation(upTo: "b", for: key, now: 0) != nil) }
            let hasChild = history.entry("b", for: key, now: 0) != nil
            if hasChild { #expect(history.entry("a", for: key, now: 0) != nil) }
        }
        #expect(history.entry("a", for: key, now: 0) == nil)
        #expect(history.entry("x99", for: key, now: 0) != nil)
    }

    @Test func aResponseThatContinuesItselfIsNotKept() {
        var history = ResponseHistory(maximumBytes: 10_000, maximumAge: 1000)
        history.keep(entry("1", previous: "a"), as: "a", now: 0)
        #expect(history.entry("a", for: key, now: 0) == nil)
        history.keep(entry("1"), as: "a", now: 0)
        history.keep(entry("2", previous: "a"), as: "b", now: 0)
        history.keep(entry("3", previous: "b"), as: "a", now: 0)
        #expect(history.conversation(upTo: "b", for: key, now: 0) == nil)
    }

    @Test func whatIsLargerThanEverythingIsNotKept() {
        var history = ResponseHistory(maximumBytes: 1000, maximumAge: 1000)
        history.keep(entry(String(repeating: "1", count: 1000)), as: "a", now: 0)
        #expect(history.byteCount == 0)
    }
}
