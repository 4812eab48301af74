import OmniCore
import OmniJSON
import Testing

@testable import OmniHTTP

/// What is being answered at this moment, as the history of usage tells it.
@Suite struct ActivityTests {
    private static let names = UsageNames(
        RouterConfiguration(connections: [
            Connection(id: ConnectionID("c1"), provider: ProviderID("openai"), name: "Main"),
            Connection(id: ConnectionID("c2"), provider: ProviderID("openai"), name: "Spare"),
        ]))

    private static func write(_ requests: [ActiveRequest]) throws -> JSONValue {
        var writer = JSONWriter()
        writer.beginObject()
        writer.activity(ActivityCount(requests), names: names)
        writer.endObject()
        return try JSONValue(parsing: writer.bytes)
    }

    private static func request(_ model: String, _ provider: String, _ id: String?) -> ActiveRequest {
        ActiveRequest(model: model, provider: provider, connectionID: id.map { ConnectionID($0) })
    }

    @Test func countsEqualRequestsTogether() throws {
        let json = try Self.write([
            Self.request("gpt-4o", "openai", "c2"), Self.request("gpt-4o", "openai", "c1"),
            Self.request("echo", "sim", nil), Self.request("gpt-4o", "openai", "c1"),
        ])
        let pending = try #require(json["pending"])
        #expect(pending["byModel"]?.names == ["gpt-4o (openai)", "echo (sim)"])
        #expect(pending["byModel"]?["gpt-4o (openai)"]?.int == 3)
        #expect(pending["byAccount"]?.names == ["c1", "c2"])
        #expect(pending["byAccount"]?["c1"]?["gpt-4o (openai)"]?.int == 2)
        let active = try #require(json["activeRequests"]).elements.map { request in
            [request["model"], request["provider"], request["account"]].map { $0?.string }
        }
        #expect(active == [["echo", "sim", "-"], ["gpt-4o", "openai", "Main"], ["gpt-4o", "openai", "Spare"]])
        #expect(json["activeRequests"]?.elements.map { $0["count"]?.int } == [1, 2, 1])
    }

    /// An account that was deleted while its request went on.
    @Test func namesAnUnknownAccountByItsIdentifier() throws {
        let json = try Self.write([Self.request("m", "p", "gone")])
        #expect(json["activeRequests"]?.element(0)?["account"]?.string == "gone")
    }

    @Test func isEmptyWhenNothingRuns() throws {
        let json = try Self.write([])
        #expect(json["pending"]?["byModel"]?.names == [])
        #expect(json["pending"]?["byAccount"]?.names == [])
        #expect(json["activeRequests"]?.element(0) == nil)
    }
}
