import OmniJSON

/// `data:` URLs (RFC 2397), as OpenAI carries images and files.
enum DataURL {
    /// - Returns: base64 contents of a data URL; any other URL as it is. `assuming`: text without any scheme is taken
    ///   for base64 of this type.
    static func source(_ url: JSONText, assuming mediaType: StaticString? = nil) -> MediaPart.Source {
        let bytes = url.escaped
        guard bytes.starts(with: "data:".utf8) else {
            let hasScheme = bytes.starts(with: "http".utf8) || bytes.starts(with: "file".utf8)
            guard let mediaType, !hasScheme else { return .url(url) }
            return .base64(mediaType: JSONText("\(mediaType)"), data: url)
        }
        guard let comma = bytes.firstIndex(of: UInt8(ascii: ",")) else { return .url(url) }
        let header = bytes[(bytes.startIndex + 5)..<comma]
        let type = header.prefix { $0 != UInt8(ascii: ";") }
        guard header.split(separator: UInt8(ascii: ";")).last?.elementsEqual("base64".utf8) ?? false else {
            return .url(url)
        }
        return .base64(
            mediaType: type.isEmpty ? nil : JSONText(escaped: unescapingSlashes(type)),
            data: JSONText(escaped: bytes[(comma + 1)...]))
    }

    /// `image\/png`, as some writers escape it, in the plain spelling.
    private static func unescapingSlashes(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.contains(UInt8(ascii: "\\")) ? bytes.filter { $0 != UInt8(ascii: "\\") }[...] : bytes
    }
}

/// Image types told by their first bytes: what clients declare is often wrong, and providers check.
enum ImageType {
    /// What every provider with eyes takes.
    static let common: [StaticString] = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    /// - Parameter base64: the encoded image. - Returns: the type its magic bytes show, else the declared one.
    static func mediaType(_ base64: JSONText, declared: JSONText?) -> JSONText? {
        let head = base64.escaped.prefix(16)
        if head.starts(with: "iVBORw0KGgo".utf8) { return "image/png" }
        if head.starts(with: "/9j/".utf8) || head.starts(with: #"\/9j\/"#.utf8) { return "image/jpeg" }
        if head.starts(with: "R0lGOD".utf8) { return "image/gif" }
        if head.starts(with: "UklGR".utf8) { return "image/webp" }
        if let declared, declared.equals("image/jpg") { return "image/jpeg" }
        return declared
    }
}

/// Files told by their first bytes and declared type: a PDF, text, or something no model reads.
enum DocumentType {
    static func isPDF(_ base64: JSONText, declared: JSONText?) -> Bool {
        if base64.escaped.starts(with: "JVBERi0".utf8) { return true }
        return declared?.equals("application/pdf") ?? true
    }

    /// - Returns: nil unless the file is declared as text (or JSON, XML, YAML) and is valid UTF-8.
    static func text(_ base64: JSONText, declared: JSONText?) -> JSONText? {
        guard let declared = declared?.string.lowercased() else { return nil }
        let isText =
            declared.hasPrefix("text/") || declared.hasSuffix("json") || declared.hasSuffix("xml")
            || declared.hasSuffix("yaml") || declared.hasSuffix("javascript")
        guard isText, let bytes = Base64.decode(base64.decodedBytes),
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        return JSONText(text)
    }
}

/// Base64 with `+` and `/`, padded or not (RFC 4648 section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        // Embeddings are megabytes of it: three bytes at a time, into room that is there.
        [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output, count in
            alphabet.withUnsafeBufferPointer { alphabet in
                var position = 0
                while position < bytes.count {
                    let left = bytes.count - position
                    let word =
                        UInt32(bytes[position]) << 16 | (left > 1 ? UInt32(bytes[position + 1]) << 8 : 0)
                        | (left > 2 ? UInt32(bytes[position + 2]) : 0)
                    output[count] = alphabet[Int(word >> 18)]
                    output[count + 1] = alphabet[Int(word >> 12 & 63)]
                    output[count + 2] = left > 1 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "=")
                    output[count + 3] = left > 2 ? alphabet[Int(word & 63)] : UInt8(ascii: "=")
                    position += 3
                    count += 4
                }
            }
        }
    }

    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        let plain = text.lazy.filter { $0 != UInt8(ascii: "=") }.map { byte in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        return Base64URL.decode(plain)
    }
}
