public import OmniJSON

/// Files a request gives by an address that the upstream's interface does not read: somebody must fetch them before.
///
/// Gemini reads Google's own stores and YouTube only, Ollama nothing, Chat no documents.
public enum RemoteMedia {
    /// A file that was fetched.
    public struct File: Sendable {
        /// Without parameters; nil when its server did not say.
        public var mediaType: String?
        public var bytes: [UInt8]

        public init(mediaType: String?, bytes: [UInt8]) {
            self.mediaType = mediaType
            self.bytes = bytes
        }
    }

    /// The addresses to fetch before a request is encoded, each once, in order.
    public static func addresses(in request: CanonicalRequest, for format: WireFormat) -> [JSONText] {
        var found: [JSONText] = []
        guard format != .openAIResponses, format != .anthropicMessages else { return found }
        for message in request.messages { find(in: message.parts, for: format, into: &found) }
        return found
    }

    /// Nearly all requests hold no files: nothing is put together for them.
    private static func find(in parts: [Part], for format: WireFormat, into found: inout [JSONText]) {
        for part in parts {
            switch part {
            case .media(let media):
                if let url = address(of: media, for: format), !found.contains(url) { found.append(url) }
            case .toolResult(let result): find(in: result.content, for: format, into: &found)
            default: continue
            }
        }
    }

    /// Puts fetched files in the place of their addresses.
    public static func embed(
        _ files: [JSONText: File], into request: inout CanonicalRequest, for format: WireFormat
    ) {
        for message in request.messages.indices {
            request.messages[message].parts = request.messages[message].parts.map { part in
                guard case .toolResult(var result) = part else { return embed(files, into: part, for: format) }
                result.content = result.content.map { embed(files, into: $0, for: format) }
                return .toolResult(result)
            }
        }
    }

    private static func embed(_ files: [JSONText: File], into part: Part, for format: WireFormat) -> Part {
        guard case .media(var media) = part, let url = address(of: media, for: format), let file = files[url] else {
            return part
        }
        // An address on the web mostly ends with the name of the file.
        let type = file.mediaType.map { JSONText($0) } ?? media.mediaType
        if media.kind == .document, let words = text(of: file) {
            media.source = .text(words)
        } else {
            media.source = .base64(mediaType: type, data: JSONText(escaped: Base64.encode(file.bytes)[...]))
        }
        return .media(media)
    }

    private static func text(of file: File) -> JSONText? {
        guard file.mediaType?.hasPrefix("text/") == true else { return nil }
        return String(validating: file.bytes, as: UTF8.self).map { JSONText($0) }
    }

    private static func address(of media: MediaPart, for format: WireFormat) -> JSONText? {
        guard case .url(let url) = media.source, isWeb(url) else { return nil }
        switch format {
        case .gemini: return GeminiRequestEncoder.isFetched(url) ? nil : url
        case .ollama: return url
        case .openAIChat: return media.kind == .document ? url : nil
        case .openAIResponses, .anthropicMessages: return nil
        }
    }

    private static func isWeb(_ url: JSONText) -> Bool {
        url.escaped.starts(with: "http://".utf8) || url.escaped.starts(with: "https://".utf8)
            || url.escaped.starts(with: #"https:\/\/"#.utf8) || url.escaped.starts(with: #"http:\/\/"#.utf8)
    }
}
