import OmniTools
import Testing

@Suite struct ToolAddressesTests {
    static let addresses = ToolAddresses(
        configured: "https://llm.example.com/router/", host: "192.168.1.5", port: 20128)

    @Test(arguments: [
        ("http://localhost:20128", true), ("http://127.0.0.1:20128/v1/", true), ("http://LOCALHOST:20128/v1", true),
        ("http://[::1]:20128", true), ("http://192.168.1.5:20128", true), ("https://llm.example.com/router/v1", true),
        ("http://localhost:20129", false), ("https://localhost:20128", false), ("http://localhost:20128/other", false),
        ("https://llm.example.com", false), ("https://api.anthropic.com", false), ("omniroute", false), ("", false),
        ("http://localhost.example.com:20128", false),
    ])
    func onlyOurOwnIsOurs(_ address: String, _ isOwn: Bool) {
        #expect(Self.addresses.isOwn(address) == isOwn)
    }

    @Test func whatWasWrittenBeforeIsOurs() {
        #expect(Self.addresses.isOwn("https://elsewhere.example/v1", known: ["https://elsewhere.example"]))
    }

    @Test(arguments: [
        ("http://localhost:20128/v1/", "http://localhost:20128"), ("https://a.b/c/v1", "https://a.b/c"),
        ("http://[::1]:1", "http://[::1]:1"), ("ftp://a", nil), ("http://a?x=1", nil), ("http://u:p@a", nil),
        ("http://a\" b", nil), ("http://169.254.169.254", nil), ("", nil),
    ])
    func addressesAreWrittenPlainly(_ given: String, _ plain: String?) {
        #expect(ToolAddresses.plain(given) == plain)
    }

    @Test func aFreePortIsToldLater() {
        let addresses = ToolAddresses(configured: nil, host: "127.0.0.1", port: 0)
        addresses.listens(on: 4321)
        #expect(addresses.preferred == "http://localhost:4321")
        #expect(addresses.isOwn("http://127.0.0.1:4321/v1"))
    }
}
