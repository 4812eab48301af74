import OmniCore
import OmniTranslate
import Testing

@testable import OmniProviders

/// The catalogue that is part of the binary, and what is said of one that cannot be used.
@Suite struct ProviderCatalogTests {
    private let catalog = ProviderCatalog.builtIn

    /// A name that two providers claim would lead to whichever stands first.
    @Test func namesAreUnique() {
        var owners: [String: [String]] = [:]
        for provider in catalog.providers {
            for name in [provider.id.rawValue] + provider.aliases {
                owners[name, default: []].append(provider.id.rawValue)
            }
        }
        let shared = owners.filter { $0.value.count > 1 }
        #expect(shared.isEmpty)
    }

    @Test func namesFitThePrefixOfAModel() {
        for provider in catalog.providers {
            for name in [provider.id.rawValue] + provider.aliases {
                #expect(
                    !name.isEmpty
                        && name.utf8.allSatisfy {
                            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
                        })
            }
            #expect(!provider.name.isEmpty)
            #expect(Set(provider.models.map(\.id)).count == provider.models.count, "models of \(provider.id) repeat")
        }
    }

    @Test(arguments: [
        ("cc", "claude"), ("cx", "codex"), ("gc", "gemini-cli"), ("gh", "github"), ("qw", "qwen"), ("if", "iflow"),
        ("ds", "deepseek"), ("pplx", "perplexity"), ("kmc", "kimi-coding"), ("CC", "claude"), ("sim", "sim"),
        ("openai", "openai"), ("Anthropic", "anthropic"), ("gemini", "gemini"), ("groq", "groq"), ("xai", "xai"),
        ("mistral", "mistral"), ("openrouter", "openrouter"), ("together", "together"), ("fireworks", "fireworks"),
        ("cerebras", "cerebras"), ("cohere", "cohere"), ("nvidia", "nvidia"), ("nebius", "nebius"), ("glm", "glm"),
        ("kimi", "kimi"), ("minimax", "minimax"), ("minimax-cn", "minimax-cn"), ("siliconflow", "siliconflow"),
        ("hyperbolic", "hyperbolic"), ("deepgram", "deepgram"), ("assemblyai", "assemblyai"),
        ("nanobanana", "nanobanana"),
    ])
    func knowsTheNamesOfTheContract(name: String, id: String) {
        #expect(catalog[name]?.id.rawValue == id)
    }

    @Test func addressesAreCompleteAndPublic() {
        for provider in catalog.providers where !provider.isSimulator {
            for url in [provider.chatURL, provider.modelsURL].compactMap(\.self) where !url.contains("{") {
                let endpoint = UpstreamEndpoint(url: url)
                #expect(endpoint?.scheme == .https, "\(provider.id): \(url)")
                #expect(UpstreamAddressPolicy.objection(to: url) == nil, "\(provider.id): \(url)")
            }
            if let url = provider.chatURL, url.contains("{") {
                #expect(!provider.requiredConfiguration.isEmpty, "\(provider.id) needs a value for \(url)")
            }
            // Who chats must be reachable, or say why not.
            if provider.chatFormat != nil {
                #expect(provider.chatURL != nil || provider.restriction != nil, "\(provider.id) leads nowhere")
            }
        }
    }

    @Test func chatModelsBelongToProvidersThatChat() {
        for provider in catalog.providers where provider.models.contains(where: { $0.kind == "chat" }) {
            #expect(provider.chatFormat != nil, "\(provider.id)")
        }
    }

    @Test func holdsNoSecret() {
        let marks = ["sk-", "AIza", "ghp_", "gho_", "xoxb-", "eyJ", "GOCSPX", "client_secret", "-----BEGIN", "AKIA"]
        for provider in catalog.providers {
            let texts =
                [provider.chatURL ?? "", provider.modelsURL ?? ""]
                + provider.staticHeaders.flatMap { [$0.name, $0.value] }
            for text in texts {
                for mark in marks { #expect(!text.contains(mark), "\(provider.id)") }
                // Long runs of letters and digits are how secrets look.
                let longest = text.split { !$0.isLetter && !$0.isNumber }.map(\.count).max() ?? 0
                #expect(longest < 32, "\(provider.id): \(text)")
            }
            let names = provider.staticHeaders.map { $0.name.lowercased() }
            #expect(Set(names).isDisjoint(with: ["authorization", "x-api-key", "cookie", "host", "content-length"]))
        }
    }

    @Test(arguments: ["antigravity", "ag", "kiro", "kr", "cursor", "cu", "grok-web", "edge-tts"])
    func saysWhyAPrefixIsExcluded(prefix: String) {
        #expect(catalog[prefix] == nil)
        #expect(catalog.excluded[prefix]?.isEmpty == false)
    }

    @Test func excludesNothingItOffers() {
        for prefix in catalog.excluded.keys { #expect(catalog[prefix] == nil, "\(prefix)") }
    }

    /// What is wrong is named, so that whoever edits the file finds the place.
    @Test(arguments: [
        ("", "JSON"), ("[", "JSON"), ("[]", "providers"), ("{}", "providers"), (#"{"providers":{}}"#, "providers"),
        (#"{"providers":[{"name":"X"}]}"#, "id"), (#"{"providers":[{"id":"x"}]}"#, "name"),
        (#"{"providers":[{"id":"x","name":"X","format":"smoke-signals"}]}"#, "'x'"),
        (#"{"providers":[{"id":"x","name":"X","models":[{"name":"M"}]}]}"#, "'x'"),
        (#"{"providers":[{"id":"x","name":"X","format":"openai-chat","chat":"not a url"}]}"#, "'x'"),
        (#"{"providers":[{"id":"x","name":"X"},{"id":"x","name":"Y"}]}"#, "'x'"),
        (#"{"providers":[{"id":"x","name":"X","aliases":["z"]},{"id":"y","name":"Y","aliases":["z"]}]}"#, "'z'"),
        (#"{"providers":[{"id":"sim","name":"X"}]}"#, "'sim'"),
    ])
    func namesWhatIsWrong(json: String, mention: String) {
        #expect {
            try ProviderCatalog(json: Array(json.utf8))
        } throws: { error in
            (error as? CatalogError)?.description.contains(mention) ?? false
        }
    }

    @Test func readsEveryField() throws {
        let json = """
            {"providers":[{"id":"x","name":"X","aliases":["y"],"format":"anthropic","chat":"https://x.example/v1/messages",
            "models_url":"https://x.example/v1/models","auth":{"header":"x-key","prefix":"Key ","query":"k","optional":true},
            "headers":{"x-version":"1"},"needs":["account_id"],"restricted":"because",
            "models":[{"id":"m","name":"M","kind":"embedding","context":10,"output":5},{"id":"n"}]}],
            "excluded":{"z":"why"}}
            """
        let catalog = try ProviderCatalog(json: Array(json.utf8))
        let provider = try #require(catalog["Y"])
        #expect(provider.chatFormat == .anthropicMessages)
        #expect(provider.chatURL == "https://x.example/v1/messages")
        #expect(provider.modelsURL == "https://x.example/v1/models")
        #expect(
            provider.authentication
                == .init(header: "x-key", prefix: "Key ", queryParameter: "k", isOptional: true))
        #expect(provider.staticHeaders.map(\.name) == ["x-version"])
        #expect(provider.requiredConfiguration == ["account_id"])
        #expect(provider.restriction == "because")
        #expect(
            provider.models == [
                ModelDescription(id: "m", name: "M", kind: "embedding", contextWindow: 10, maxOutputTokens: 5),
                ModelDescription(id: "n", name: "n", kind: "chat"),
            ])
        #expect(catalog.excluded == ["z": "why"])
        #expect(catalog["sim"]?.isSimulator == true)
    }
}
