import OmniJSON

/// Makes tool names fit a target and remembers what they were called, so that answers carry the client's names.
struct ToolNames {
    private var sent: [JSONText: JSONText] = [:]
    /// Sent name to the client's name, of those that differ.
    private(set) var renamed: [JSONText: JSONText] = [:]
    private let maximum: Int
    private let beginsWithLetter: Bool

    /// - Parameters:
    ///   - maximum: the longest name the target takes; letters, digits, `_` and `-` are always taken.
    ///   - beginsWithLetter: whether the first character must be a letter or `_`.
    init(_ names: [JSONText], maximum: Int, beginsWithLetter: Bool = false) {
        self.maximum = maximum
        self.beginsWithLetter = beginsWithLetter
        for name in names { _ = sentName(name) }
    }

    mutating func sentName(_ name: JSONText) -> JSONText {
        if let known = sent[name] { return known }
        let begins = !beginsWithLetter || name.escaped.first.map { $0 > UInt8(ascii: "9") } ?? true
        let fits = begins && !name.isEmpty && name.escaped.count <= maximum && name.escaped.allSatisfy(Self.isPlain)
        let result: JSONText
        if fits {
            result = name
        } else {
            let plain = name.escaped.map { Self.isPlain($0) ? $0 : UInt8(ascii: "_") }
            let readable = ((begins ? [] : [UInt8(ascii: "_")]) + plain).prefix(maximum - 9)
            let hash = StableHash.hex24(name.escaped).prefix(8)
            result = JSONText(escaped: (Array(readable) + [UInt8(ascii: "_")] + hash)[...])
            renamed[result] = name
        }
        sent[name] = result
        return result
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
