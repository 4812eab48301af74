/// An upstream's words made fit for a client: without keys and addresses, and of bounded length.
///
/// Upstreams quote the key they were given and gateways the host they could not reach; both are the router's secrets.
struct FaultWording {
    private let bytes: [UInt8]
    private var position = 0
    private var output: [UInt8] = []

    /// - Returns: the text with `[key]` and `[address]` where such were, at most 2,000 bytes and an ellipsis.
    static func clean(_ text: String) -> String {
        let limit = 2000
        var wording = FaultWording(bytes: Array(text.utf8.prefix(4 * limit)))
        wording.scan()
        var output = wording.output
        guard output.count > limit || text.utf8.count > 4 * limit else {
            return String(decoding: output, as: UTF8.self)
        }
        var end = min(limit, output.count)
        // Never amid a character, and between words where there are any.
        while end > 0, end < output.count, output[end] & 0xC0 == 0x80 { end -= 1 }
        output.removeSubrange(end...)
        if let space = output.lastIndex(of: 0x20) { output.removeSubrange((space + 1)...) }
        return String(decoding: output, as: UTF8.self) + "…"
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func scan() {
        while position < bytes.count {
            if isAtBoundary {
                if let end = endOfURL() ?? endOfIPv4() ?? endOfIPv6() ?? endOfHostWithPort() {
                    replace(to: end, by: "[address]")
                    continue
                }
                if let end = endOfKey() {
                    replace(to: end, by: "[key]")
                    continue
                }
            }
            output.append(bytes[position])
            position += 1
        }
    }

    private mutating func replace(to end: Int, by name: StaticString) {
        output.write(name)
        position = end
    }

    /// Whether a word may begin here: `risk-adjusted` holds no key.
    private var isAtBoundary: Bool {
        guard position > 0 else { return true }
        let before = bytes[position - 1]
        return !isAlphanumeric(before) && before != UInt8(ascii: "_") && before != UInt8(ascii: "-")
    }

    private func endOfURL() -> Int? {
        let schemes: [StaticString] = ["https://", "http://", "wss://", "ws://"]
        guard schemes.contains(where: { matches($0, ignoringCase: true) }) else { return nil }
        return end(from: position) { byte in byte > 0x20 && !"\"'`<>)]}\\".utf8.contains(byte) }
    }

    /// Four numbers with dots, and a port if there is one.
    private func endOfIPv4() -> Int? {
        var index = position
        for part in 0..<4 {
            if part > 0 {
                guard index < bytes.count, bytes[index] == UInt8(ascii: ".") else { return nil }
                index += 1
            }
            let end = end(from: index, while: isDigit)
            guard (1...3).contains(end - index) else { return nil }
            index = end
        }
        if index < bytes.count, isAlphanumeric(bytes[index]) { return nil }
        return endOfPort(from: index) ?? index
    }

    /// In brackets, as addresses with a port are written.
    private func endOfIPv6() -> Int? {
        guard bytes[position] == UInt8(ascii: "[") else { return nil }
        let end = end(from: position + 1) {
            hexadecimal.contains($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "]") else { return nil }
        guard bytes[position..<end].count(where: { $0 == UInt8(ascii: ":") }) >= 2 else { return nil }
        return endOfPort(from: end + 1) ?? end + 1
    }

    /// A host name with its port, `name.domain:8443`.
    ///
    /// Models have dots and colons too (`llama3.2:70b`), but no such last label and number.
    private func endOfHostWithPort() -> Int? {
        let end = end(from: position) { isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        guard let dot = bytes[position..<end].lastIndex(of: UInt8(ascii: ".")), dot > position, end - dot > 2,
            !bytes[dot..<end].contains(where: isDigit), let port = endOfPort(from: end), port - end > 3
        else { return nil }
        return port
    }

    private func endOfPort(from index: Int) -> Int? {
        guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { return nil }
        let end = end(from: index + 1, while: isDigit)
        guard (1...5).contains(end - index - 1), end == bytes.count || !isAlphanumeric(bytes[end]) else { return nil }
        return end
    }

    private func endOfKey() -> Int? {
        guard Self.prefixes.contains(where: { matches($0) }) else { return nil }
        let end = end(from: position) { isAlphanumeric($0) || "_-.*".utf8.contains($0) }
        guard end - position >= 12 else { return nil }
        // Ordinary words begin with `key-`; a key is no word.
        if matches("key-"), !bytes[position..<end].contains(where: isDigit) { return nil }
        return end
    }

    /// Of the vendors' own keys, of access tokens, and of clouds.
    private static let prefixes: [StaticString] = [
        "sk-", "sk_", "gsk_", "AIza", "xai-", "pplx-", "hf_", "nvapi-", "key-", "eyJ", "ya29.", "ghp_", "gho_", "ghu_",
        "github_pat_", "AKIA",
    ]

    private func matches(_ literal: StaticString, ignoringCase: Bool = false) -> Bool {
        guard position + literal.utf8CodeUnitCount <= bytes.count else { return false }
        for offset in 0..<literal.utf8CodeUnitCount {
            var byte = bytes[position + offset]
            if ignoringCase, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { byte |= 0x20 }
            guard byte == literal.utf8Start[offset] else { return false }
        }
        return true
    }

    private func end(from start: Int, while isPart: (UInt8) -> Bool) -> Int {
        var index = start
        while index < bytes.count, isPart(bytes[index]) { index += 1 }
        return index
    }

    private var hexadecimal: String.UTF8View { "0123456789abcdefABCDEF".utf8 }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || byte | 0x20 &- UInt8(ascii: "a") < 26 }
}
