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
}
