import OmniJSON

/// Makes tool names fit a target and remembers what they were called, so that answers carry the client's names.
struct ToolNames {
    private var sent: [JSONText: JSONText] = [:]
    /// Sent name to the client's name, of those that differ.
    private(set) var renamed: [JSONText: JSONText] = [:]
    private let maximum: Int

    /// - Parameter maximum: the longest name the target takes; letters, digits, `_` and `-` are always taken.
    init(_ names: [JSONText], maximum: Int) {
        self.maximum = maximum
        for name in names { _ = sentName(name) }
    }

    mutating func sentName(_ name: JSONText) -> JSONText {
        if let known = sent[name] { return known }
        let fits = !name.isEmpty && name.escaped.count <= maximum && name.escaped.allSatisfy(Self.isPlain)
        let result: JSONText
        if fits {
            result = name
        } else {
            let readable = name.escaped.map { Self.isPlain($0) ? $0 : UInt8(ascii: "_") }.prefix(maximum - 9)
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
