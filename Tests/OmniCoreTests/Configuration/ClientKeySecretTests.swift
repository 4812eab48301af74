import OmniCore
import Testing

@Suite struct ClientKeySecretTests {
    private let made = ClientKeySecret(id: ClientKeyID("k1"), name: "laptop", now: 42)

    @Test func aSecretHasFortyRandomLettersAndDigits() {
        let random = made.secret.dropFirst("sk-omni-".count)
        #expect(made.secret.hasPrefix("sk-omni-"))
        #expect(random.utf8.count == 40)
        #expect(random.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        #expect(made.key.name == "laptop" && made.key.createdAt == 42 && made.key.isActive && made.key.revokedAt == nil)
    }

    @Test func theMaskRevealsSixOfTheRandomCharacters() {
        let hidden = made.secret.dropFirst(10).dropLast(4)
        #expect(made.key.mask == "\(made.secret.prefix(10))****\(made.secret.suffix(4))")
        #expect(!made.key.mask.contains(hidden.prefix(3)))
        #expect(hidden.count == 34)
    }

    @Test func onlyTheDigestIsKept() {
        #expect(made.key.digest == ClientKeySecret.digest(made.secret))
        #expect(!"\(made.key)".contains(made.secret))
    }

    /// FIPS 180-2, appendix B.1.
    @Test func theDigestIsSHA256() {
        let hex = ClientKeySecret.digest("abc").map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func secretsDoNotRepeat() {
        let secrets = (0..<1000).map { _ in ClientKeySecret(id: ClientKeyID("k"), name: "", now: 0).secret }
        #expect(Set(secrets).count == secrets.count)
        // Every character of the alphabet turns up in 40 000 draws.
        #expect(Set(secrets.flatMap { $0.dropFirst(8) }).count == 62)
    }

    @Test func credentialsDoNotShowThemselves() {
        let credential = Credential(apiKey: "very-secret")
        let connection = Connection(id: ConnectionID("c"), provider: ProviderID("p"), name: "n", credential: credential)
        for text in ["\(credential)", String(reflecting: credential), "\(connection)", String(reflecting: connection)] {
            #expect(!text.contains("very-secret"))
        }
    }
}
