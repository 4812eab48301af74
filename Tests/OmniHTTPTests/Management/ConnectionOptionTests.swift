import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// What a person may set for one account at `/api/providers`, besides its key.
@Suite(.timeLimit(.minutes(5))) struct ConnectionOptionTests {
    @Test func capsLimitsAndWeightAreKept() async throws {
        try await TestAdmin.run { admin async throws in
            let created = try await admin.call(
                .post, "/api/providers",
                #"{"provider":"openai","apiKey":"k","name":"a","maxConcurrent":2,"requestsPerMinute":60,"weight":2.5}"#)
            #expect(created.status == 201)
            let connection = try #require(try created.json["connection"])
            #expect(connection["maxConcurrent"]?.int == 2 && connection["weight"]?.double == 2.5)
            #expect(connection["requestsPerMinute"]?.int == 60 && connection["tokensPerMinute"] == nil)
            let path = "/api/providers/\(try #require(connection["id"]?.string))"
            #expect(try await admin.call(.get, path).text == created.text)
            let changed = try await admin.call(
                .patch, path, #"{"maxConcurrent":null,"tokensPerMinute":1000000,"weight":null}"#)
            let after = try #require(try changed.json["connection"])
            #expect(after["maxConcurrent"] == nil && after["tokensPerMinute"]?.int == 1_000_000)
            #expect(after["requestsPerMinute"]?.int == 60 && after["weight"]?.int == 1)
            var expected = AccountOptions()
            expected.requestsPerMinute = 60
            expected.tokensPerMinute = 1_000_000
            #expect(try await admin.store.configuration.load().connections.map(\.options) == [expected])
        }
    }

    @Test(arguments: [
        ("maxConcurrent", "0"), ("maxConcurrent", #""2""#), ("requestsPerMinute", "0"), ("tokensPerMinute", "1.5"),
        ("weight", "0"), ("weight", "-1"), ("weight", "1001"), ("weight", #""1""#),
    ])
    func refusals(name: String, value: String) async throws {
        try await TestAdmin.run { admin async throws in
            let good = #"{"provider":"openai","apiKey":"k","name":"a"}"#
            let id = try #require(
                try await admin.call(.post, "/api/providers", good).json["connection"]?["id"]?.string)
            let before = try await admin.store.configuration.load()
            let bad = #"{"provider":"openai","apiKey":"k","name":"b","\#(name)":\#(value)}"#
            for answer in [
                try await admin.call(.post, "/api/providers", bad),
                try await admin.call(.patch, "/api/providers/\(id)", #"{"name":"c","\#(name)":\#(value)}"#),
            ] {
                #expect(answer.status == 400)
                #expect(try answer.errorField == name)
            }
            #expect(try await admin.store.configuration.load() == before)
        }
    }
}
