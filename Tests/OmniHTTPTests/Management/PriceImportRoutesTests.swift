import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// `/api/pricing/import`.
@Suite(.timeLimit(.minutes(5))) struct PriceImportRoutesTests {
    private static let path = "/api/pricing/import"

    @Test func importedPricesLieBetweenBothOthers() async throws {
        try await TestAdmin.run { admin async throws in
            #expect(try await admin.call(.get, Self.path).text == #"{"import":null}"#)
            #expect(try await admin.call(.delete, Self.path).status == 404)
            let known = try await admin.call(.get, "/api/pricing").text
            let file = """
                {"gpt-4o":{"litellm_provider":"openai","input_cost_per_token":2.8e-06,"output_cost_per_token":1e-05},
                "gemini/new":{"litellm_provider":"gemini","input_cost_per_token":1e-07},
                "bad":{"litellm_provider":"openai","input_cost_per_token":true}}
                """
            let made = try await admin.call(.post, Self.path, file)
            #expect(made.status == 200)
            let report = try #require(try made.json["import"])
            #expect(report["format"]?.string == "litellm" && report["imported"]?.int == 2)
            #expect(report["rejected"]?["count"]?.int == 1)
            #expect(report["rejected"]?["examples"]?.element(0)?["entry"]?.string == "bad")
            #expect(try await admin.call(.get, Self.path).json["import"]?["importedAt"]?.string != nil)
            let prices = try await admin.call(.get, "/api/pricing").json
            // Of a whole row: the cache price of the router's own table is gone with it.
            #expect(
                prices["openai"]?["gpt-4o"].map { String(decoding: $0.raw, as: UTF8.self) }
                    == #"{"input":2.8,"output":10}"#)
            #expect(prices["gemini"]?["new"]?["input"]?.double == 0.1)
            let own = try await admin.call(.patch, "/api/pricing", #"{"openai":{"gpt-4o":{"input":1}}}"#).json
            #expect(own["openai"]?["gpt-4o"]?["input"]?.double == 1)
            #expect(own["openai"]?["gpt-4o"]?["output"]?.double == 10)
            _ = try await admin.call(.delete, "/api/pricing")
            #expect(try await admin.call(.delete, Self.path).status == 200)
            #expect(try await admin.call(.get, "/api/pricing").text == known)
        }
    }

    @Test func aFileThatSaysNothingChangesNothing() async throws {
        try await TestAdmin.run { admin async throws in
            let good = #"{"openai":{"models":{"m":{"cost":{"input":1,"output":2}}}}}"#
            #expect(try await admin.call(.post, Self.path, good).status == 200)
            for text in ["{}", "[]", "{", #"{"a":{"b":1}}"#, #"{"openai":{"models":{"m":{"cost":{"input":-1}}}}}"#] {
                let answer = try await admin.call(.post, Self.path, text)
                #expect(try answer.status == 400 && answer.errorCode != nil)
            }
            #expect(try await admin.call(.get, Self.path).json["import"]?["format"]?.string == "models.dev")
            #expect(try await admin.store.configuration.load().importedPrices[ProviderID("openai"), "m"]?.output == 2)
            #expect(admin.publications.value == 1)
        }
    }

    /// Such files are larger than other bodies may be, and bounded all the same.
    @Test func largeFilesAreTaken() async throws {
        try await TestAdmin.run { admin async throws in
            let filler = (0..<30_000).map { #""other\#($0)":{"litellm_provider":"elsewhere","mode":"chat"}"# }
            let file =
                #"{"m":{"litellm_provider":"openai","input_cost_per_token":1e-6},"# + filler.joined(separator: ",")
                + "}"
            #expect(file.utf8.count > 1 << 20)
            let answer = try await admin.call(.post, Self.path, file)
            #expect(try answer.json["import"]?["otherProviders"]?["count"]?.int == 30_000)
            let tooLarge = try await admin.call(
                .post, Self.path, #"{"a":""# + String(repeating: "x", count: PriceFile.maximumBytes) + #""}"#)
            #expect(tooLarge.status == 413)
        }
    }
}
