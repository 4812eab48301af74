import OmniCore
import OmniTranslate
import Testing

@Suite struct UpstreamEndpointTests {
    struct Parsed: CustomTestStringConvertible {
        var url: String
        var scheme: UpstreamEndpoint.Scheme
        var host: String
        var port: Int
        var path: String
        var authority: String
        var testDescription: String { url }
    }

    @Test(arguments: [
        Parsed(
            url: "https://h.example", scheme: .https, host: "h.example", port: 443, path: "/", authority: "h.example"),
        Parsed(url: "HTTP://h/v1", scheme: .http, host: "h", port: 80, path: "/v1", authority: "h"),
        Parsed(url: "http://h:443/", scheme: .http, host: "h", port: 443, path: "/", authority: "h:443"),
        Parsed(url: "https://h:443/v1/", scheme: .https, host: "h", port: 443, path: "/v1/", authority: "h"),
        Parsed(url: "http://h:65535/x", scheme: .http, host: "h", port: 65535, path: "/x", authority: "h:65535"),
        Parsed(url: "https://h?a=b", scheme: .https, host: "h", port: 443, path: "/?a=b", authority: "h"),
        Parsed(
            url: "https://h/p?u=http://x/@y", scheme: .https, host: "h", port: 443, path: "/p?u=http://x/@y",
            authority: "h"),
        Parsed(
            url: "http://[::1]:8080/v1", scheme: .http, host: "::1", port: 8080, path: "/v1", authority: "[::1]:8080"),
        Parsed(
            url: "https://[2001:db8::2]", scheme: .https, host: "2001:db8::2", port: 443, path: "/",
            authority: "[2001:db8::2]"),
        Parsed(
            url: "http://127.0.0.1:11434", scheme: .http, host: "127.0.0.1", port: 11434, path: "/",
            authority: "127.0.0.1:11434"),
    ])
    func takesURLsApart(_ expected: Parsed) throws {
        let endpoint = try #require(UpstreamEndpoint(url: expected.url))
        #expect(endpoint.scheme == expected.scheme)
        #expect(endpoint.host == expected.host)
        #expect(endpoint.port == expected.port)
        #expect(endpoint.path == expected.path)
        #expect(endpoint.authority == expected.authority)
    }

    @Test(arguments: [
        "", "h.example", "//h/v1", "ftp://h/", "simulator://h/", "http:/h", "http://", "https:///v1", "http://:80/",
        "http://user@h/", "http://user:secret@h/", "http://h/#fragment", "http://h /", " http://h", "http://h\t/",
        "http://h/\r\nx: y", "http://h\u{7F}/", "http://h:0/", "http://h:65536/", "http://h:-1/", "http://h:+80/",
        "http://h:80x/",
        "http://h:/", "http://h:8 0/", "http://[::1/", "http://[]/", "http://[::1]x/", "http://::1/", "http://fe80::1/",
        "http://h\\@evil/", "http://h:99999999999999999999/",
    ])
    func refusesWhatIsNoPlainHTTPURL(_ url: String) {
        #expect(UpstreamEndpoint(url: url) == nil)
    }

    struct Operation: CustomTestStringConvertible {
        var base: String
        var format: WireFormat
        var path: String
        var testDescription: String { "\(base) as \(format.rawValue)" }
    }

    @Test(arguments: [
        Operation(base: "https://h", format: .openAIChat, path: "/v1/chat/completions"),
        Operation(base: "https://h/", format: .openAIChat, path: "/v1/chat/completions"),
        Operation(base: "https://h/v1", format: .openAIChat, path: "/v1/chat/completions"),
        Operation(base: "https://h/v1/", format: .openAIChat, path: "/v1/chat/completions"),
        Operation(base: "https://h/v1//", format: .openAIChat, path: "/v1/chat/completions"),
        Operation(base: "https://h/api/paas/v4", format: .openAIChat, path: "/api/paas/v4/chat/completions"),
        Operation(base: "https://h/v1beta/openai/", format: .openAIChat, path: "/v1beta/openai/chat/completions"),
        Operation(base: "https://h/v1/chat/completions", format: .openAIChat, path: "/v1/chat/completions"),
        Operation(base: "https://h/v1/chat/completions/", format: .openAIChat, path: "/v1/chat/completions"),
        Operation(base: "https://h/v1?api-version=2", format: .openAIChat, path: "/v1/chat/completions?api-version=2"),
        Operation(base: "https://h/d/chat/completions?v=2", format: .openAIChat, path: "/d/chat/completions?v=2"),
        Operation(base: "https://h", format: .anthropicMessages, path: "/v1/messages"),
        Operation(base: "https://h/v1", format: .anthropicMessages, path: "/v1/messages"),
        Operation(base: "https://h/v1/messages", format: .anthropicMessages, path: "/v1/messages"),
        Operation(base: "https://h/anthropic", format: .anthropicMessages, path: "/anthropic/v1/messages"),
        Operation(base: "https://h/anthropic/v1/", format: .anthropicMessages, path: "/anthropic/v1/messages"),
        Operation(base: "https://h/x?y=z", format: .anthropicMessages, path: "/x/v1/messages?y=z"),
    ])
    func findsTheChatOperation(_ expected: Operation) throws {
        let base = try #require(UpstreamEndpoint(url: expected.base))
        let operation = base.chatOperation(expected.format)
        #expect(operation.path == expected.path)
        #expect(operation.chatOperation(expected.format) == operation, "a whole operation URL stays as it is")
        #expect((operation.scheme, operation.host, operation.port) == (base.scheme, base.host, base.port))
    }

    @Test(arguments: [
        Operation(base: "https://h/v1/chat/completions", format: .openAIChat, path: "/v1/models"),
        Operation(base: "https://h/chat/completions?v=2", format: .openAIChat, path: "/models?v=2"),
        Operation(base: "https://h/v1/messages", format: .anthropicMessages, path: "/v1/models"),
        Operation(base: "https://h/anthropic/v1/messages", format: .anthropicMessages, path: "/anthropic/v1/models"),
    ])
    func findsTheListOfModelsBesideIt(_ expected: Operation) throws {
        let operation = try #require(UpstreamEndpoint(url: expected.base))
        #expect(operation.modelsOperation(expected.format).path == expected.path)
    }
}
