import OmniJSON

/// `data:` URLs (RFC 2397), as OpenAI carries images and files.
enum DataURL {
    /// - Returns: base64 contents of a data URL; any other URL as it is. `assuming`: text without any scheme is taken for
    ///   base64 of this type.
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
    /// - Parameter base64: the encoded image. - Returns: the type its magic bytes show, else the declared one.
    static func mediaType(_ base64: JSONText, declared: JSONText?) -> JSONText? {
        let head = base64.escaped.prefix(16)
        if head.starts(with: "iVBORw0KGgo".utf8) { return "image/png" }
        if head.starts(with: "/9j/".utf8) { return "image/jpeg" }
        if head.starts(with: "R0lGOD".utf8) { return "image/gif" }
        if head.starts(with: "UklGR".utf8) { return "image/webp" }
        if let declared, declared.equals("image/jpg") { return "image/jpeg" }
        return declared
    }
}
