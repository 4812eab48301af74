/// Which characters one place of a regular expression accepts.
struct CharacterRule: Sendable {
    /// A kind of character that has a letter of its own in patterns.
    enum Kind: Sendable { case digit, word, space, any, notLineBreak }

    /// One part of a class.
    enum Member: Sendable {
        case range(ClosedRange<UInt32>)
        case kind(Kind, isNegated: Bool)
    }

    var members: [Member]
    var isNegated = false
    var ignoresCase = false

    init(_ scalar: Unicode.Scalar, ignoresCase: Bool) {
        members = [.range(scalar.value...scalar.value)]
        self.ignoresCase = ignoresCase
    }

    init(_ kind: Kind, isNegated: Bool = false) {
        members = [.kind(kind, isNegated: isNegated)]
    }

    init(members: [Member], isNegated: Bool, ignoresCase: Bool) {
        self.members = members
        self.isNegated = isNegated
        self.ignoresCase = ignoresCase
    }

    func accepts(_ scalar: Unicode.Scalar) -> Bool {
        var isMember = contains(scalar)
        if !isMember, ignoresCase {
            isMember =
                contains(Self.single(scalar.properties.lowercaseMapping, or: scalar))
                || contains(Self.single(scalar.properties.uppercaseMapping, or: scalar))
        }
        return isMember != isNegated
    }

    private func contains(_ scalar: Unicode.Scalar) -> Bool {
        for member in members {
            switch member {
            case .range(let range): if range.contains(scalar.value) { return true }
            case .kind(let kind, let isNegated): if Self.belongs(scalar, to: kind) != isNegated { return true }
            }
        }
        return false
    }

    /// Mappings to several characters, such as that of `ß`, are left out: a place of a pattern is one character.
    private static func single(_ mapping: String, or scalar: Unicode.Scalar) -> Unicode.Scalar {
        let scalars = mapping.unicodeScalars
        return scalars.count == 1 ? scalars.first ?? scalar : scalar
    }

    private static func belongs(_ scalar: Unicode.Scalar, to kind: Kind) -> Bool {
        switch kind {
        case .digit: ("0"..."9").contains(scalar)
        case .word: isWord(scalar)
        case .space: scalar.properties.isWhitespace || scalar == "\u{FEFF}"
        case .any: true
        case .notLineBreak: !isLineBreak(scalar)
        }
    }

    /// Letters, marks and digits of every script, and the underscore.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || scalar == "_"
        }
        if scalar.properties.isAlphabetic { return true }
        switch scalar.properties.generalCategory {
        case .decimalNumber, .nonspacingMark, .spacingMark, .connectorPunctuation: return true
        default: return false
        }
    }

    static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
