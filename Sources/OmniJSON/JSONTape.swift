/// One value or object key on the tape: where its text lies and where the next sibling begins.
@usableFromInline
struct JSONNode: Sendable, BitwiseCopyable {
    @usableFromInline
    enum Kind: UInt8, Sendable, BitwiseCopyable { case null, `true`, `false`, number, string, array, object }

    /// First byte of the value's text; for strings, of the opening quote.
    @usableFromInline var start: UInt32
    /// One past the last byte of the value's text.
    @usableFromInline var end: UInt32
    /// Tape index one past this value's last descendant.
    @usableFromInline var next: UInt32
    @usableFromInline var kind: Kind
    /// Whether a string holds at least one backslash.
    @usableFromInline var hasEscapes: Bool

    /// What stands between the quotes of a string or key.
    @inlinable
    func contents(in text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text.baseAddress.map { $0 + Int(start) + 1 }, count: Int(end &- start) &- 2)
    }
}

/// A parsed text: its bytes and the flat tape of offsets over them.
///
/// Object members lie as key, value, key, value. Names are looked up many times for each message of a request, so they
/// are compared in place: a slice for each would be counted in and out of memory.
@usableFromInline
final class JSONTape: @unchecked Sendable {  // SAFETY: nothing of it changes after it was made.
    @usableFromInline let bytes: [UInt8]
    /// Indexes into it come from the nodes themselves and the values made of them, so none is out of bounds.
    @usableFromInline let nodes: UnsafePointer<JSONNode>

    /// - Parameter nodes: at least one; freed with the tape.
    init(bytes: [UInt8], adopting nodes: UnsafeMutablePointer<JSONNode>) {
        self.bytes = bytes
        self.nodes = UnsafePointer(nodes)
    }

    deinit { nodes.deallocate() }

    /// The tape index of the last member's value with a name, as common parsers choose.
    /// - Returns: 0 when there is none, or when the value at `object` is of another kind.
    @usableFromInline
    func lastMember(_ name: UnsafePointer<UInt8>, length: Int, of object: Int) -> Int {
        let container = nodes[object]
        guard container.kind == .object else { return 0 }
        let end = Int(container.next)
        return bytes.withUnsafeBufferPointer { text in
            var found = 0
            var index = object &+ 1
            while index < end {
                let key = nodes[index]
                if Int(key.end &- key.start) == length &+ 2 {
                    if haveSameBytes(text.baseAddress, at: Int(key.start) &+ 1, name, length) { found = index &+ 1 }
                } else if key.hasEscapes, equalsDecoded(key, name, length: length) {
                    found = index &+ 1
                }
                index = Int(nodes[index &+ 1].next)
            }
            return found
        }
    }

    /// Whether the decoded contents of a string or key equal an ASCII literal.
    @usableFromInline
    func isString(at index: Int, _ literal: UnsafePointer<UInt8>, length: Int) -> Bool {
        let node = nodes[index]
        if Int(node.end &- node.start) == length &+ 2 {
            return bytes.withUnsafeBufferPointer {
                haveSameBytes($0.baseAddress, at: Int(node.start) &+ 1, literal, length)
            }
        }
        return node.hasEscapes && equalsDecoded(node, literal, length: length)
    }

    @inline(never)  // Hardly any name is written with escapes.
    private func equalsDecoded(_ node: JSONNode, _ literal: UnsafePointer<UInt8>, length: Int) -> Bool {
        guard Int(node.end - node.start) > length + 2 else { return false }
        return JSONText(escaped: contents(of: node)).decodedBytes.elementsEqual(
            UnsafeBufferPointer(start: literal, count: length))
    }

    func contents(of node: JSONNode) -> ArraySlice<UInt8> { bytes[Int(node.start) + 1..<Int(node.end) - 1] }
}

/// Whether the bytes at an offset equal others of the same number.
@inline(__always)  // Of a few instructions, the most frequent thing done with a text.
func haveSameBytes(
    _ base: UnsafePointer<UInt8>?, at offset: Int, _ other: UnsafePointer<UInt8>, _ count: Int
) -> Bool {
    guard let base else { return count == 0 }
    let (left, right) = (UnsafeRawPointer(base + offset), UnsafeRawPointer(other))
    if count >= 8 {
        // The last word overlaps the one before it.
        var position = 0
        while position &+ 8 < count {
            if word(left, at: position) != word(right, at: position) { return false }
            position &+= 8
        }
        return word(left, at: count &- 8) == word(right, at: count &- 8)
    }
    if count >= 4 {
        return left.loadUnaligned(as: UInt32.self) == right.loadUnaligned(as: UInt32.self)
            && (left + (count &- 4)).loadUnaligned(as: UInt32.self)
                == (right + (count &- 4)).loadUnaligned(as: UInt32.self)
    }
    for position in 0..<count where base[offset &+ position] != other[position] { return false }
    return true
}

@inline(__always)  // One load.
private func word(_ base: UnsafeRawPointer, at offset: Int) -> UInt64 {
    (base + offset).loadUnaligned(as: UInt64.self)
}
