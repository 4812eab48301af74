/// What the head of a part says about it (RFC 7578 4.2).
public struct MultipartPart: Sendable, Hashable {
    public var name: String
    /// The last component of the name the client gave; nil for plain fields.
    public var fileName: String?
    /// As sent, without parameters, in lower case.
    public var contentType: String?

    public init(name: String, fileName: String? = nil, contentType: String? = nil) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
    }

    /// - Parameter lines: the head's lines without their ends.
    init(lines: [[UInt8]]) throws(MultipartError) {
        var name: String?
        for line in lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw MultipartError("a part of the form has a malformed header")
            }
            let value = line[(colon + 1)...]
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition":
                var parameters = HeaderParameters(value)
                while let (key, value) = parameters.next() {
                    switch key {
                    case "name": name = try Self.text(value)
                    case "filename" where fileName == nil: fileName = Self.lastComponent(try Self.text(value))
                    case "filename*": fileName = Self.extended(value).map(Self.lastComponent) ?? fileName
                    default: break
                    }
                }
            case "content-type":
                let type = value.prefix { $0 != UInt8(ascii: ";") }.filter { $0 > 0x20 && $0 < 0x7F }
                contentType = String(decoding: type, as: UTF8.self).lowercased()
            case "content-transfer-encoding":
                // Deprecated by RFC 7578 4.7; these leave the bytes as they are.
                let encoding = String(decoding: value.filter { $0 != 0x20 }, as: UTF8.self).lowercased()
                guard ["binary", "8bit", "7bit"].contains(encoding) else {
                    throw MultipartError("a part of the form is encoded in a way that forms do not have")
                }
            default: break
            }
        }
        guard let name, !name.isEmpty else { throw MultipartError("a part of the form has no name") }
        self.name = name
    }

    /// Browsers and current libraries write quotes and line ends this way (WHATWG HTML, multipart/form-data encoding).
    private static func text(_ bytes: [UInt8]) throws(MultipartError) -> String {
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw MultipartError("a name in the form is not UTF-8")
        }
        for (code, character) in [("%22", "\""), ("%0D", "\r"), ("%0A", "\n")] where text.contains(code) {
            text = text.split(separator: code, omittingEmptySubsequences: false).joined(separator: character)
        }
        return text
    }

    /// `UTF-8''na%C3%AFve.mp3` (RFC 8187), which RFC 7578 forbids and some clients send; nil in other character sets.
    private static func extended(_ bytes: [UInt8]) -> String? {
        let parts = bytes.split(
            separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, String(decoding: parts[0], as: UTF8.self).lowercased() == "utf-8" else { return nil }
        var decoded: [UInt8] = []
        var rest = parts[2]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                decoded.append(value)
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func lastComponent(_ name: String) -> String {
        String(name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? "")
    }
}
