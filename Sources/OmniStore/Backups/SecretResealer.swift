import Foundation

/// Finds secrets that were sealed with one key wherever they stand in a text, and seals them with another.
///
/// It needs not know which columns hold secrets, alone or within JSON: a sealed secret says that it is one (``SecretBox``).
struct SecretResealer {
    let from: SecretBox
    let to: SecretBox

    /// - Throws: ``StoreError`` when a secret says that it is of the first key and is not.
    func resealed(_ text: String) throws -> String {
        var result = ""
        var rest = text[...]
        while let found = Self.next(in: rest) {
            result += rest[..<found.range.lowerBound]
            let value = String(rest[found.range])
            result += found.keyID == from.keyID ? try to.seal(from.open(value)) : value
            rest = rest[found.range.upperBound...]
        }
        return result + rest
    }

    /// The keys that the secrets in a text were sealed with.
    static func keyIDs(in text: String) -> Set<String> {
        var keys: Set<String> = []
        var rest = text[...]
        while let found = next(in: rest) {
            keys.insert(found.keyID)
            rest = rest[found.range.upperBound...]
        }
        return keys
    }

    /// The first sealed secret of a text: `v1.`, eight hexadecimal digits, and Base64 of at least nonce and tag.
    private static func next(in text: Substring) -> (range: Range<Substring.Index>, keyID: String)? {
        let bytes = text.utf8
        var start = bytes.startIndex
        while let mark = bytes[start...].firstIndex(of: UInt8(ascii: "v")) {
            start = bytes.index(after: mark)
            let head = bytes[mark...].prefix(12)
            guard head.count == 12, head.starts(with: "v1.".utf8), head.last == UInt8(ascii: "."),
                head.dropFirst(3).dropLast().allSatisfy(isHexadecimal)
            else { continue }
            let contents = bytes[head.endIndex...].prefix(while: isBase64)
            guard contents.count >= 40, Data(base64Encoded: String(Substring(contents))) != nil else { continue }
            return (mark..<contents.endIndex, String(Substring(head.dropFirst(3).dropLast())))
        }
        return nil
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
