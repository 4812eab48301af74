import OmniJSON

/// `inlineData` and `fileData` parts.
enum GeminiMedia {
    /// - Returns: nil when the part holds neither, or not what they need.
    static func decode(_ part: JSONValue) -> MediaPart? {
        var media: MediaPart?
        if let data = GeminiField.value("inlineData", in: part) {
            let type = GeminiField.value("mimeType", in: data)?.text
            guard let bytes = data["data"]?.text else { return nil }
            media = MediaPart(kind: kind(of: type), source: .base64(mediaType: type, data: standard(bytes)))
            media?.filename = GeminiField.value("displayName", in: data)?.text
        } else if let file = GeminiField.value("fileData", in: part) {
            let type = GeminiField.value("mimeType", in: file)?.text
            guard let uri = GeminiField.value("fileUri", in: file)?.text else { return nil }
            let isStored =
                uri.escaped.starts(with: "https://generativelanguage.googleapis.com/".utf8)
                || !uri.escaped.starts(with: "http".utf8)
            media = MediaPart(kind: kind(of: type), source: isStored ? .fileID(uri) : .url(uri))
            media?.mediaType = type
        }
        for member in part.members where !member.value.isNull {
            let isData = ["inlineData", "fileData", "thought", "thoughtSignature"].contains { (name: StaticString) in
                member.isGemini(name)
            }
            if !isData { media?.vendorFields.append(VendorField(name: member.name, value: member.value)) }
        }
        return media
    }

    /// Base64 in the alphabet the other dialects read: Google reads the one for URLs too, and its Python SDK writes it.
    private static func standard(_ data: JSONText) -> JSONText {
        let hyphen = UInt8(ascii: "-")
        let underscore = UInt8(ascii: "_")
        guard data.escaped.contains(where: { $0 == hyphen || $0 == underscore }) else { return data }
        var bytes = data.escaped.map { byte in
            byte == hyphen ? UInt8(ascii: "+") : byte == underscore ? UInt8(ascii: "/") : byte
        }
        bytes += Array(repeating: UInt8(ascii: "="), count: (4 - bytes.count % 4) % 4)
        return JSONText(escaped: bytes[...])
    }

    private static func kind(of type: JSONText?) -> MediaPart.Kind {
        guard let type else { return .document }
        if type.escaped.starts(with: "image/".utf8) { return .image }
        if type.escaped.starts(with: "audio/".utf8) { return .audio }
        return type.escaped.starts(with: "video/".utf8) ? .video : .document
    }
}
