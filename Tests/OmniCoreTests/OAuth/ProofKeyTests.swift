import Testing

@testable import OmniCore

@Suite struct ProofKeyTests {
    /// RFC 7636, appendix B.
    @Test func makesTheChallengeOfTheStandard() {
        let proof = ProofKey(verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(proof.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    /// RFC 7636, appendix A.
    @Test func encodesBytesForURLs() {
        #expect(Base64URL.text([3, 236, 255, 224, 193]) == "A-z_4ME")
        #expect(Base64URL.bytes("A-z_4ME") == [3, 236, 255, 224, 193])
    }

    /// RFC 4648, chapter 10.
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func encodesBytesForHeaders(text: String, encoded: String) {
        #expect(Base64URL.paddedText(Array(text.utf8)) == encoded)
    }

    @Test func refusesLettersOfAnotherAlphabet() {
        #expect(Base64URL.bytes("A+z/4ME") == nil)
    }

    @Test func verifiersAreLongAndNeverTheSame() {
        var random = SystemRandomNumberGenerator()
        let proofs = (0..<100).map { _ in ProofKey(using: &random) }
        #expect(Set(proofs).count == 100)
        #expect(proofs.allSatisfy { $0.verifier.utf8.count == 43 })
        #expect("\(proofs[0])" == "<redacted>")
    }
}
