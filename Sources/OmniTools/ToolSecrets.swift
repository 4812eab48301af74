/// Keeps secrets of people's files out of what is shown.
enum ToolSecrets {
    static let mask = "********"

    private static let words = [
        "apikey", "authkey", "accesskey", "privatekey", "secretkey", "signingkey", "token", "secret", "password",
        "passwd", "passphrase", "authorization", "credential", "cookie", "bearer",
    ]
    private static let beginnings = [
        "sk-", "xox", "glpat-", "xai-", "pplx-", "sk_", "rk_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_",
        "AKIA", "ASIA", "AIza", "ya29.", "hf_", "gsk_", "npm_", "r8_", "eyJ", "whsec_",
    ]

    static func isSecret(name: String) -> Bool {
        // Counts of tokens are no tokens.
        let plain = String(name.lowercased().filter { $0 != "_" && $0 != "-" }).replacing("tokens", with: "")
        return plain.hasSuffix("key") || words.contains { plain.contains($0) }
    }

    /// Every secret text of a file.
    static func texts(of value: DocumentValue, isSecret: Bool = false) -> Set<String> {
        switch value {
        case .text(let text), .other(let text):
            return isSecret || hasForm(text) ? Set(text.split(separator: "\n").map(String.init)) : []
        case .number(let number): return isSecret ? [String(number)] : []
        case .flag: return []
        case .list(let elements):
            return elements.reduce(into: []) { $0.formUnion(texts(of: $1, isSecret: isSecret)) }
        case .object(let members):
            return members.reduce(into: []) { found, member in
                found.formUnion(texts(of: member.value, isSecret: isSecret || Self.isSecret(name: member.name)))
            }
        }
    }

    private static func hasForm(_ word: some StringProtocol) -> Bool {
        word.utf8.count >= 20 && beginnings.contains { word.hasPrefix($0) }
    }

    /// A line of a file, secrets replaced: the known ones, words that look like one, and whatever stands behind a name
    /// that sounds like one, as in remarks.
    static func masked(_ line: String, hiding secrets: Set<String>) -> String {
        var line = line
        for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count }) where secret.utf8.count >= 4 {
            line = line.replacing(secret, with: mask)
        }
        line = maskedWords(line)
        let separators: [Character] = [":", "="]
        guard let separator = line.firstIndex(where: { separators.contains($0) }) else { return line }
        let rest = line[line.index(after: separator)...]
        let isLong = rest.contains { $0 != " " && $0 != "," } && !rest.contains(mask) && !rest.contains("{")
        guard isLong, isSecret(name: String(line[..<separator].filter { $0.isLetter || $0.isNumber || $0 == "_" })),
            !rest.trimmingBlanks.isEmpty, !["[", "true", "false", "null"].contains(rest.trimmingBlanks)
        else { return line }
        return line[...separator] + " " + mask + (rest.reversed().first { $0 != " " } == "," ? "," : "")
    }

    private static func maskedWords(_ line: String) -> String {
        var output = ""
        var word = ""
        for character in line {
            let isPart = character.isLetter || character.isNumber || "-_.".contains(character)
            if isPart {
                word.append(character)
            } else {
                output += hasForm(word) ? mask : word
                word = ""
                output.append(character)
            }
        }
        return output + (hasForm(word) ? mask : word)
    }
}

extension StringProtocol {
    fileprivate var trimmingBlanks: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " || $0 == "," }.reversed())
    }
}
