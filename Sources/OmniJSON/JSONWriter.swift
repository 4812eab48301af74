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
        put(name.utf8Start, count: name.utf8CodeUnitCount, before: UInt8(ascii: ":"))
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
        text.escaped.withUnsafeBufferPointer { put($0.baseAddress, count: $0.count) }
        needsComma = true
    }

    /// A string of ASCII characters that need no escaping.
    public mutating func value(_ literal: StaticString) {
        put(literal.utf8Start, count: literal.utf8CodeUnitCount)
        needsComma = true
    }

    /// A string of any characters, escaped here.
    public mutating func string(_ string: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { bytes.appendEscaped($0) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    public mutating func value(_ number: JSONNumber) { raw(number.text) }
    public mutating func value(_ value: JSONValue) { raw(value.raw) }

    public mutating func value(_ integer: Int) {
        separate()
        needsComma = true
        // Counts and indexes make up nearly all of these; no String for them.
        guard integer >= 0 else { return bytes.append(contentsOf: String(integer).utf8) }
        var digits = 1
        var bound = 10
        while digits < 19, integer >= bound {
            digits &+= 1
            // Its last product is larger than any integer, and not looked at.
            bound = bound &* 10
        }
        extend(by: digits) { output in
            var rest = integer
            for position in stride(from: digits &- 1, through: 0, by: -1) {
                output[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return digits
        }
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
    /// - Parameter separator: ASCII as it shall stand between them, escapes written out.
    public mutating func value(joining pieces: [JSONText], by separator: StaticString = "") {
        if pieces.count == 1 { return value(pieces[0]) }
        separate()
        bytes.append(UInt8(ascii: "\""))
        for index in pieces.indices {
            if index > 0 { appendBytes(separator) }
            bytes.append(contentsOf: pieces[index].escaped)
        }
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

    /// A comma where one is due, and a string of escaped bytes; all in one piece, because most strings are short.
    ///
    /// - Parameter mark: what follows a name; nil after a value.
    private mutating func put(_ text: UnsafePointer<UInt8>?, count: Int, before mark: UInt8? = nil) {
        let hasComma = needsComma
        extend(by: count &+ 4) { output in
            var next = output
            if hasComma {
                next.pointee = UInt8(ascii: ",")
                next += 1
            }
            next.pointee = UInt8(ascii: "\"")
            next += 1
            if let text { next.update(from: text, count: count) }
            next += count
            next.pointee = UInt8(ascii: "\"")
            next += 1
            if let mark {
                next.pointee = mark
                next += 1
            }
            return next - output
        }
    }

    /// Lets bytes be written behind those that are there.
    ///
    /// - Parameter write: gets as much room as was asked for and says how much of it was filled.
    @inline(__always)  // The closure is what is to be written.
    private mutating func extend(by room: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        bytes.append(addingCapacity: room) { span in
            span.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                count = write(start)
            }
        }
    }
}
