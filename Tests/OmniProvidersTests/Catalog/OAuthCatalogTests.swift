import OmniCore
import Testing

@testable import OmniProviders

@Suite struct OAuthCatalogTests {
    /// Accounts of every OAuth provider must belong to a provider that takes connections, and nobody's client is built in.
    @Test func everyEntryLeadsToAProvider() throws {
        let catalog = ProviderCatalog.builtIn
        #expect(!catalog.oauth.isEmpty)
        for provider in RouterConfiguration().oauthProviders(in: catalog) {
            let home = try #require(catalog[provider.provider], "\(provider.id)")
            #expect(!home.isSimulator && home.chatFormat != nil)
            #expect(provider.clientID == nil)
            #expect(provider.tokenURL.hasPrefix("https://") && provider.authorizeURL?.hasPrefix("https://") == true)
        }
    }

    @Test(arguments: [
        "[]", #"{"a":{"tokenUrl":"https://auth.example.org/","clientId":"x"}}"#, #"{"a":{}}"#,
        #"{"a":{"tokenUrl":"https://auth.example.org/","tokenurl":""}}"#, #"{"a":{"tokenUrl":"nowhere"}}"#,
    ])
    func refusesEntriesThatCannotBeUsed(json: String) {
        #expect(throws: CatalogError.self) { try ProviderCatalog.oauthRegistrations(json: Array(json.utf8)) }
    }
}
