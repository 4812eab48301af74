/// The parameters of a header such as `form-data; name="file"`, one after the other.
struct HeaderParameters {
    private var rest: ArraySlice<UInt8>

    /// - Parameter header: the whole value; what stands before the first semicolon is passed over.
    init(_ header: some Sequence<UInt8>) {
        rest = Array(header)[...]
        skip { $0 != UInt8(ascii: ";") }
    }

    /// - Returns: the name in lower case and the value without its quotes; nil at the end.
    mutating func next() -> (name: String, value: [UInt8])? {
        skip { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard !rest.isEmpty else { return nil }
        let name = take { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
        guard rest.first == UInt8(ascii: "=") else { return (Self.name(name), []) }
        rest = rest.dropFirst()
        let value = rest.first == UInt8(ascii: "\"") ? quoted() : Array(take { $0 != UInt8(ascii: ";") })
        return (Self.name(name), value)
    }

    /// Browsers send backslashes as they are, so only those before a quote or another backslash are escapes.
    private mutating func quoted() -> [UInt8] {
        var value: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let next = rest.first,
                next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\")
            {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(byte)
            }
        }
        return value
    }

    private mutating func take(while isMeant: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = rest.prefix(while: isMeant)
        rest = rest[taken.endIndex...]
        return taken
    }

    private mutating func skip(while isMeant: (UInt8) -> Bool) { rest = rest.drop(while: isMeant) }

    private static func name(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }, as: UTF8.self)
            .lowercased()
    }
}
