import OmniJSON

/// A question cut in two: words that may be put otherwise, and all the rest, which must be the same.
///
/// Two questions with the same rest may be compared by what their words mean.
public struct ComparableQuestion: Sendable {
    /// Which words may be put otherwise.
    public enum Part: String, Sendable, CaseIterable {
        /// Those of the last turn.
        case lastTurn = "last-turn"
        /// Those of all turns but instructions.
        case conversation
    }

    /// The longest text that is compared, in bytes.
    ///
    /// Long texts that differ in one word lie close to each other, whatever the word.
    static let maximumBytes = 8192

    /// What may be put otherwise, in UTF-8; never empty.
    public let text: [UInt8]
    /// Bytes that are equal when all the rest is.
    ///
    /// The numbers of the text are among them: to what is compared by meaning, 2025 and 2026 are almost one.
    public let rest: [UInt8]

    /// - Returns: nil for what is not compared: a request whose model may call tools, a last turn that is not the user's,
    ///   words beside pictures, calls or thoughts, no words or very many.
    public init?(_ request: CanonicalRequest, part: Part) {
        guard !request.offersTools, let last = request.messages.last, last.role == .user else { return nil }
        var rest = request
        var words: [UInt8] = []
        let start = part == .lastTurn ? request.messages.count - 1 : 0
        for (index, message) in request.messages.enumerated().dropFirst(start) where !message.isInstruction {
            guard let text = message.words else { return nil }
            if part == .conversation { words += Array("\(message.role.rawValue): ".utf8) }
            words += text
            if index + 1 < request.messages.count { words.append(UInt8(ascii: "\n")) }
            // Something must stand there, or the turn would not count.
            rest.messages[index].parts = [.text(TextPart("?"))]
            guard words.count <= Self.maximumBytes else { return nil }
        }
        guard last.words?.contains(where: { $0 > 0x20 }) == true else { return nil }
        text = words
        self.rest = RequestFingerprint.bytes(of: rest) + Self.numbers(in: words)
    }

    /// The runs of digits in a text, each behind a comma.
    private static func numbers(in text: [UInt8]) -> [UInt8] {
        var numbers: [UInt8] = []
        var isAmidNumber = false
        for byte in text {
            let isDigit = (0x30...0x39).contains(byte)
            if isDigit {
                if !isAmidNumber { numbers.append(UInt8(ascii: ",")) }
                numbers.append(byte)
            }
            isAmidNumber = isDigit
        }
        return numbers
    }
}

extension CanonicalRequest {
    /// Whether the model may answer with a call.
    fileprivate var offersTools: Bool {
        if case .some(.none) = toolChoice { return false }
        return !tools.isEmpty
    }
}

extension Message {
    fileprivate var isInstruction: Bool { role == .system || role == .developer }

    /// The words of a turn that is nothing but words, in UTF-8; nil for any other.
    fileprivate var words: [UInt8]? {
        var words: [UInt8] = []
        for part in parts {
            guard case .text(let text) = part, text.citations == nil else { return nil }
            if !words.isEmpty { words.append(UInt8(ascii: "\n")) }
            words += text.text.decodedBytes
        }
        return words
    }
}
