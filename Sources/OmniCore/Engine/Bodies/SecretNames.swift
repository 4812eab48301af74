/// How secrets are called, and what those of well-known services look like.
enum SecretNames {
    /// In lower case and without `-` and `_`; a name is secret when it ends with one of these.
    private static let endings = [
        "apikey", "accesskey", "secretkey", "privatekey", "signingkey", "encryptionkey", "authorization", "password",
        "passwd", "passphrase", "secret", "accesstoken", "refreshtoken", "idtoken", "authtoken", "sessiontoken",
        "bearertoken", "clientsecret", "credential", "credentials", "cookie", "connectionstring",
    ].map { Array($0.utf8) }
    /// Names that are secret only as a whole, and where the text is long: the words of an answer are called `token` too.
    private static let whole = ["token", "auth", "pwd"].map { Array($0.utf8) }

    /// How long a text of this name must be to be taken for a secret; nil when the name is harmless.
    static func minimumLength(of name: ArraySlice<UInt8>) -> Int? {
        let plain = name.compactMap { $0 == 0x5F || $0 == 0x2D ? nil : (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if endings.contains(where: { plain.count >= $0.count && plain.suffix($0.count) == $0[...] }) { return 1 }
        return whole.contains(plain) ? 16 : nil
    }

    private struct Form {
        var prefix: [UInt8]
        /// Bytes behind the prefix.
        var minimum: Int
    }

    private static let forms: [Form] = [
        ("sk-", 16), ("omni_admin_", 16), ("xoxb-", 16), ("xoxp-", 16), ("xoxa-", 16), ("xoxs-", 16), ("glpat-", 16),
        ("xai-", 20),
        ("pplx-", 20), ("sk_live_", 16), ("sk_test_", 16), ("rk_live_", 16), ("ghp_", 20), ("gho_", 20), ("ghu_", 20),
        ("ghs_", 20),
        ("ghr_", 20), ("github_pat_", 20), ("AKIA", 16), ("ASIA", 16), ("AIza", 30), ("ya29.", 20), ("hf_", 20),
        ("gsk_", 20), ("npm_", 30), ("r8_", 30), ("eyJ", 40), ("whsec_", 16), ("dop_v1_", 32), ("AQ.", 30),
    ].map { Form(prefix: Array($0.0.utf8), minimum: $0.1) }

    /// How much of a word's beginning may stay when the rest is a secret of a known form; nil when it is none.
    static func keptPrefix(of word: ArraySlice<UInt8>) -> Int? {
        // Words of a language have no digits.
        let form = forms.first { word.count >= $0.prefix.count + $0.minimum && word.starts(with: $0.prefix) }
        guard let form, word.dropFirst(form.prefix.count).contains(where: { (0x30...0x39).contains($0) }) else {
            return nil
        }
        return form.prefix.count
    }
}
