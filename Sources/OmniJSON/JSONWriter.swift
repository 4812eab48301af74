/// Builds a JSON text, commas included, into one growing buffer.
///
/// The caller is trusted to pair begin and end and to give every object member a name; nothing is checked.
public struct JSONWriter: Sendable {
    /// The text written so far.
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    public init(reservingCapacity capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Continues an existing buffer, taking over its storage.
    public init(continuing bytes: consuming [UInt8]) {
        self.bytes = bytes
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// - Parameter name: ASCII without characters that need escaping.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        appendBytes(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Disfavored, so that a literal takes the cheaper way of StaticString.
    @_disfavoredOverload
    public mutating func key(_ name: JSONText) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Disfavored, so that a literal takes the cheaper way of StaticString.
    @_disfavoredOverload
    public mutating func value(_ text: JSONText) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.escaped)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string of ASCII characters that need no escaping.
    public mutating func value(_ literal: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        appendBytes(literal)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string of any characters, escaped here.
    public mutating func string(_ string: String) {
        value(JSONText(string))
    }

    public mutating func value(_ number: JSONNumber) { raw(number.text) }
    public mutating func value(_ value: JSONValue) { raw(value.raw) }

    public mutating func value(_ integer: Int) {
        separate()
        var integer = integer
        // Small numbers (indexes, token counts) make up nearly all of these; no String for them.
        if integer < 0 {
            bytes.append(contentsOf: String(integer).utf8)
        } else {
            let start = bytes.count
            repeat {
                bytes.append(UInt8(ascii: "0") + UInt8(integer % 10))
                integer /= 10
            } while integer > 0
            bytes[start...].reverse()
        }
        needsComma = true
    }

    public mutating func value(_ bool: Bool) { literal(bool ? "true" : "false") }
    public mutating func null() { literal("null") }

    /// One complete JSON value, copied as it is.
    public mutating func raw(_ text: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: text)
        needsComma = true
    }

    /// Bytes outside any JSON value, such as stream framing; the next value starts a new text.
    public mutating func frame(_ literal: StaticString) {
        appendBytes(literal)
        needsComma = false
    }

    /// A string whose contents are pieces put together, each already escaped.
    public mutating func value(joining pieces: some Sequence<JSONText>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for piece in pieces { bytes.append(contentsOf: piece.escaped) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func literal(_ literal: StaticString) {
        separate()
        appendBytes(literal)
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func appendBytes(_ literal: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }
}
