import Testing

@testable import OmniStore

@Suite struct SecretResealerTests {
    private let old = SecretBox(material: [UInt8](repeating: 1, count: 32))
    private let new = SecretBox(material: [UInt8](repeating: 2, count: 32))

    @Test func secretsAloneAndWithinTextsAreSealedAnew() throws {
        let secret = try old.seal("a secret")
        let resealer = SecretResealer(from: old, to: new)
        #expect(try new.open(resealer.resealed(secret)) == "a secret")
        let text = "{\"a\":\"\(secret)\",\"b\":\"v1.\",\"c\":\"\(try old.seal("other"))\"}"
        let changed = try resealer.resealed(text)
        #expect(SecretResealer.keyIDs(in: changed) == [new.keyID])
        let parts = changed.split(separator: "\"").map(String.init).filter { $0.count > 30 }
        #expect(try parts.map { try new.open($0) } == ["a secret", "other"])
    }

    @Test(arguments: [
        "", "v1", "v1.", "vv1.v1.0123456.", "v1.01234567.", "v1.01234567.short", "v2.01234567.AAAA", "ü v1.ü",
    ])
    func otherTextsStayAsTheyAre(text: String) throws {
        #expect(try SecretResealer(from: old, to: new).resealed(text) == text)
        #expect(SecretResealer.keyIDs(in: text).isEmpty)
    }

    @Test func secretsOfAThirdKeyStayAsTheyAre() throws {
        let third = try SecretBox(material: [UInt8](repeating: 3, count: 32)).seal("x")
        #expect(try SecretResealer(from: old, to: new).resealed(third) == third)
        #expect(SecretResealer.keyIDs(in: third).count == 1)
    }
}
