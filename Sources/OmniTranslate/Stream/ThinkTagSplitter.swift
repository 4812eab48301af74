import OmniJSON

/// Tells thoughts between `<think>` and `</think>` from the text of an answer, which may arrive in pieces.
///
/// Only a tag at the very start of the answer opens thoughts; what follows their end is text whatever is in it. White
/// space around the tags is dropped, and thoughts that were never closed are thoughts to the end. Works on escaped text:
/// both spellings of a character (`<` and `\u003c`, as Go writes it) count, and pieces of the text keep theirs. Nothing
/// is held back but white space at the start, up to a bound, and what may be the beginning of a tag.
struct ThinkTagSplitter: Sendable {
    /// What some of the text is; pieces of one kind that follow each other belong together.
    struct Piece: Sendable, Equatable {
        var isThought: Bool
        var text: JSONText
    }

    private enum Phase: Sendable { case opening, beforeThought, thought, beforeText, text }

    private static let openingTag = Array("<think>".utf8)
    private static let closingTag = Array("</think>".utf8)
    /// How much white space before the first tag is waited through, in escaped bytes.
    private static let blankLimit = 256

    private var phase: Phase
    /// Whether the prompt already opened the thoughts, so that the answer need not.
    private var startsOpen: Bool
    /// How many characters of the tag looked for have been read.
    private var matched = 0
    /// How many bytes of ``held`` are white space before the tag.
    private var blankCount = 0
    /// What was read of earlier pieces and is not decided yet.
    private var held: [UInt8] = []

    init(_ tags: ModelCapabilities.ThinkTags) {
        phase = tags == .ignored ? .text : .opening
        startsOpen = tags == .alreadyOpen
    }

    /// Whether all that may still come is text, so that nothing need be split any more.
    var isPassing: Bool { phase == .text }

    /// Whether a text that is the whole answer holds no thoughts, as its first character shows of nearly all.
    func isPlain(_ text: JSONText) -> Bool {
        guard let first = text.escaped.first else { return false }
        if isPassing { return true }
        guard phase == .opening, !startsOpen, held.isEmpty, matched == 0 else { return false }
        return first != Self.openingTag[0] && first != UInt8(ascii: "\\") && !Self.isBlank(first)
    }

    /// The upstream tells thoughts apart itself: text that begins without a tag is none.
    mutating func expectSeparateThoughts() {
        if phase == .opening { startsOpen = false }
    }

    /// Takes the next piece of the text and appends what is known of it and of what was held.
    mutating func split(_ text: JSONText, into pieces: inout [Piece]) {
        let bytes = text.escaped
        var index = bytes.startIndex
        // In the thoughts: what was not appended yet, and where in it the tag begins that may have begun.
        var run = index
        var tag = index
        while index < bytes.endIndex {
            let (character, next) = Self.character(of: bytes, at: index)
            switch phase {
            case .opening:
                if matched == 0, Self.isBlank(character), held.count < Self.blankLimit {
                    held += bytes[index..<next]
                    blankCount = held.count
                    index = next
                } else if character == Self.openingTag[matched] {
                    held += bytes[index..<next]
                    matched += 1
                    index = next
                    if matched == Self.openingTag.count { enter(.beforeThought) }
                } else {
                    beginWithoutTag(into: &pieces)
                    run = index
                    tag = index
                }
            case .beforeThought:
                if Self.isBlank(character) {
                    index = next
                } else {
                    enter(.thought)
                    run = index
                }
            case .thought:
                if character == Self.closingTag[matched] {
                    if matched == 0 { tag = index }
                    matched += 1
                    index = next
                    guard matched == Self.closingTag.count else { continue }
                    Self.append(bytes[run..<tag], isThought: true, to: &pieces)
                    enter(.beforeText)
                } else if matched > 0 {
                    // It was no tag; this character is looked at again, for it may begin one.
                    Self.append(held[...], isThought: true, to: &pieces)
                    enter(.thought)
                } else {
                    index = next
                }
            case .beforeText: if Self.isBlank(character) { index = next } else { enter(.text) }
            case .text:
                Self.append(bytes[index...], isThought: false, to: &pieces)
                return
            }
        }
        guard phase == .thought else { return }
        if matched == 0 { tag = bytes.endIndex }
        Self.append(bytes[run..<tag], isThought: true, to: &pieces)
        held += bytes[tag...]
    }

    /// Appends what was held: the answer, or its text up to a part of another kind, is over.
    mutating func flush(into pieces: inout [Piece]) {
        guard !held.isEmpty else { return }
        switch phase {
        case .opening where startsOpen:
            Self.append(held[blankCount...], isThought: true, to: &pieces)
            enter(.beforeThought)
        case .opening:
            Self.append(held[...], isThought: false, to: &pieces)
            enter(.text)
        default:
            Self.append(held[...], isThought: true, to: &pieces)
            enter(.thought)
        }
    }

    /// The answer does not begin with a tag: it is text, or goes on with the thoughts the prompt began.
    private mutating func beginWithoutTag(into pieces: inout [Piece]) {
        guard startsOpen else {
            Self.append(held[...], isThought: false, to: &pieces)
            enter(.text)
            return
        }
        if matched == 1 {
            // Both tags begin alike.
            held.removeFirst(blankCount)
            blankCount = 0
            phase = .thought
            return
        }
        Self.append(held[blankCount...], isThought: true, to: &pieces)
        enter(matched == 0 ? .beforeThought : .thought)
    }

    private mutating func enter(_ phase: Phase) {
        self.phase = phase
        matched = 0
        blankCount = 0
        held = []
    }

    private static func append(_ bytes: ArraySlice<UInt8>, isThought: Bool, to pieces: inout [Piece]) {
        guard !bytes.isEmpty else { return }
        pieces.append(Piece(isThought: isThought, text: JSONText(escaped: bytes)))
    }

    private static func isBlank(_ character: UInt8) -> Bool {
        character == 0x20 || character == 0x0A || character == 0x0D || character == 0x09
    }

    /// The character at an index, and where the next one begins; 0 stands for all outside of ASCII.
    private static func character(of bytes: ArraySlice<UInt8>, at index: Int) -> (UInt8, next: Int) {
        let byte = bytes[index]
        guard byte == UInt8(ascii: "\\"), index + 1 < bytes.endIndex else { return (byte < 0x80 ? byte : 0, index + 1) }
        switch bytes[index + 1] {
        case UInt8(ascii: "n"): return (0x0A, index + 2)
        case UInt8(ascii: "r"): return (0x0D, index + 2)
        case UInt8(ascii: "t"): return (0x09, index + 2)
        case UInt8(ascii: "/"): return (UInt8(ascii: "/"), index + 2)
        case UInt8(ascii: "u"):
            let next = min(index + 6, bytes.endIndex)
            guard bytes[index + 2..<next].starts(with: Self.zeros) else { return (0, next) }
            return (JSONText(escaped: bytes[index..<next]).decodedBytes.first ?? 0, next)
        default: return (0, index + 2)
        }
    }

    /// What `\u` is followed by in the escape of every ASCII character.
    private static let zeros = Array("00".utf8)
}

extension ThinkTagSplitter {
    /// The parts of a text that is whole.
    mutating func parts(of text: JSONText) -> [Part] {
        var pieces: [Piece] = []
        split(text, into: &pieces)
        return Self.parts(of: pieces)
    }

    /// What was held, as parts of the answer.
    mutating func heldParts() -> [Part] {
        var pieces: [Piece] = []
        flush(into: &pieces)
        return Self.parts(of: pieces)
    }

    private static func parts(of pieces: [Piece]) -> [Part] {
        pieces.map { $0.isThought ? .reasoning(ReasoningPart(text: $0.text)) : .text(TextPart($0.text)) }
    }
}

extension [Part] {
    /// Appends parts of an answer that may go on with the last one, as the pieces of a split text do.
    mutating func appendJoining(_ parts: some Sequence<Part>) {
        for part in parts {
            switch (last, part) {
            case (.text(var text)?, .text(let more)) where text.citations == nil && more.citations == nil:
                text.text += more.text
                self[count - 1] = .text(text)
            case (.reasoning(var thought)?, .reasoning(let more)) where more.state == nil:
                thought.text += more.text
                self[count - 1] = .reasoning(thought)
            default: append(part)
            }
        }
    }
}
