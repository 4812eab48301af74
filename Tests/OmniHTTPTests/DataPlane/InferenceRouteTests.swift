import NIOHTTP1
import OmniCore
import OmniTranslate
import Testing

@testable import OmniHTTP

/// What a request line asks for.
@Suite struct InferenceRouteTests {
    private func common(_ target: String) -> (route: InferenceRoute, path: String)? {
        Array(target.utf8).withUnsafeBytes { InferenceRoute.common($0) }
    }

    @Test(
        "what nearly all requests ask for is found in the bytes",
        arguments: [
            "/v1/chat/completions", "/v1/messages", "/v1/responses", "/api/chat",
            "/v1beta/models/gemini-2.5-flash:generateContent", "/v1beta/models/openai/gpt-5:generateContent",
            "/v1beta/models/a:generateContent", "/v1beta/models/llama3:8b:streamGenerateContent?alt=sse",
            "/v1beta/models/x:generateContent:generateContent",
        ])
    func commonTargets(target: String) throws {
        let found = try #require(common(target))
        #expect(found.route == InferenceRoute(method: .POST, uri: target))
        #expect(found.path == target.withoutQuery)
    }

    @Test(
        "what is unusual is not",
        arguments: [
            "/v1beta/models/a%2Fb:generateContent", "/v1beta/models/a:generateContent?key=x",
            "/v1beta/models/a:streamGenerateContent", "/v1beta/models/a:streamGenerateContent?alt=json",
            "/v1beta/models/a:streamGenerateContent?key=x&alt=sse", "/v1beta/models/:generateContent",
            "/v1beta/models/a?x=:generateContent", "/v1beta/models/a b:generateContent",
            "/v1beta/models/a\u{7F}:generateContent", "/v1beta/models/\u{E9}:generateContent",
            "/v1beta/models/a:countTokens", "/v1/models/a:generateContent", "/v1beta/models/", "/v1beta/models", "/",
            "", ":generateContent", "/v1/messages?beta=true", "/api/chat/", "/v1/api/chat",
        ])
    func otherTargets(target: String) { #expect(common(target) == nil) }

    /// Both ways of reading a target understand the same.
    @Test func randomTargets() {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "/v1beta/models/", ":generateContent", ":streamGenerateContent", "?alt=sse", "gemini", "/", ":", "?", "%41",
            "-2.5", "/v1/", "/v1/messages", "/api/chat", "&", "models",
        ]
        var count = 0
        for _ in 0..<20_000 {
            let target = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }
            .joined()
            guard let found = common(target) else { continue }
            count += 1
            #expect(found.route == InferenceRoute(method: .POST, uri: target), "\(target)")
            #expect(found.path == target.withoutQuery, "\(target)")
        }
        #expect(count > 20)
    }
}
