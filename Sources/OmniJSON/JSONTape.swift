/// One value or object key on the tape: where its text lies and where the next sibling begins.
struct JSONNode: Sendable {
    enum Kind: UInt8, Sendable { case null, `true`, `false`, number, string, array, object }

    /// First byte of the value's text; for strings, of the opening quote.
    var start: UInt32
    /// One past the last byte of the value's text.
    var end: UInt32
    /// Tape index one past this value's last descendant.
    var next: UInt32
    var kind: Kind
    /// Whether a string holds at least one backslash.
    var hasEscapes: Bool
}

/// A parsed text: its bytes and the flat tape of offsets over them.
///
/// Object members lie as key, value, key, value.
final class JSONTape: Sendable {
    let bytes: [UInt8]
    let nodes: [JSONNode]

    init(bytes: [UInt8], nodes: [JSONNode]) {
        self.bytes = bytes
        self.nodes = nodes
    }

    /// The tape index of the last member's value with a name, as common parsers choose; nil when there is none.
    ///
    /// Compares in place: names are looked up many times for each message of a request, and a slice for each of them
    /// would be counted in and out of memory.
    func lastMember(named name: StaticString, ofObjectAt object: Int) -> Int? {
        let length = name.utf8CodeUnitCount
        return nodes.withUnsafeBufferPointer { nodes in
            bytes.withUnsafeBufferPointer { bytes in
                var found: Int?
                var index = object + 1
                let end = Int(nodes[object].next)
                while index < end {
                    let key = nodes[index]
                    let start = Int(key.start) + 1
                    let count = Int(key.end) - 1 - start
                    let isEqual =
                        key.hasEscapes
                        ? JSONText(escaped: self.bytes[start..<start + count]).equals(name)
                        : count == length && Self.areEqual(name, bytes, at: start)
                    if isEqual { found = index + 1 }
                    index = Int(nodes[index + 1].next)
                }
                return found
            }
        }
    }

    private static func areEqual(_ name: StaticString, _ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        for offset in 0..<name.utf8CodeUnitCount where bytes[start + offset] != name.utf8Start[offset] { return false }
        return true
    }
}
