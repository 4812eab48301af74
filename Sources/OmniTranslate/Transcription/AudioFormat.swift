/// What a recording is kept in.
public enum AudioFormat: String, Sendable, Hashable, CaseIterable {
    case mp3, wav, m4a, flac, ogg, webm

    /// Told by the first bytes, else by the name's ending, else by the type the client gave; nil for anything else.
    /// - Parameter head: the first bytes; twelve are enough.
    public init?(head: [UInt8], fileName: String?, contentType: String?) {
        guard
            let format = Self.bySignature(head) ?? fileName.flatMap(Self.byName) ?? contentType.flatMap(Self.byType)
        else { return nil }
        self = format
    }

    private static func bySignature(_ head: [UInt8]) -> AudioFormat? {
        func has(_ text: StaticString, at offset: Int = 0) -> Bool {
            let text = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            return head.dropFirst(offset).starts(with: text)
        }
        if has("RIFF"), has("WAVE", at: 8) { return .wav }
        if has("fLaC") { return .flac }
        if has("OggS") { return .ogg }
        if has("ID3") { return .mp3 }
        if has("ftyp", at: 4) { return .m4a }
        if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return .webm }
        // Eleven set bits, then a version and a layer that exist; layer 0 is AAC's.
        guard head.count >= 2, head[0] == 0xFF, head[1] & 0xE0 == 0xE0, head[1] & 0x18 != 0x08, head[1] & 0x06 != 0
        else { return nil }
        return .mp3
    }

    private static func byName(_ name: String) -> AudioFormat? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return switch name[name.index(after: dot)...].lowercased() {
        case "mp3", "mpga", "mpeg": .mp3
        case "wav", "wave": .wav
        case "m4a", "mp4", "m4b": .m4a
        case "flac": .flac
        case "ogg", "oga", "opus": .ogg
        case "webm", "mka": .webm
        default: nil
        }
    }

    private static func byType(_ type: String) -> AudioFormat? {
        switch type {
        case "audio/mpeg", "audio/mp3", "audio/mpga", "video/mpeg": .mp3
        case "audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave": .wav
        case "audio/mp4", "audio/m4a", "audio/x-m4a", "video/mp4": .m4a
        case "audio/flac", "audio/x-flac": .flac
        case "audio/ogg", "application/ogg", "audio/opus", "video/ogg": .ogg
        case "audio/webm", "video/webm": .webm
        default: nil
        }
    }

    /// What an upstream is told the bytes are.
    public var contentType: String {
        switch self {
        case .mp3: "audio/mpeg"
        case .wav: "audio/wav"
        case .m4a: "audio/mp4"
        case .flac: "audio/flac"
        case .ogg: "audio/ogg"
        case .webm: "audio/webm"
        }
    }

    /// A name that upstreams know the format by: the client's where its ending is one of the format's.
    public func fileName(given name: String?) -> String {
        guard let name, !name.isEmpty else { return "audio.\(rawValue)" }
        return Self.byName(name) == nil ? "\(name).\(rawValue)" : name
    }
}
