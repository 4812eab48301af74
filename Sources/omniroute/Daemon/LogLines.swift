/// Lines of a log under construction: each piece is one copy, and room is asked for once for several.
struct LogLines: ~Copyable {
    private var space: UnsafeMutableRawBufferPointer
    private var count = 0

    init(reserving room: Int) { space = .allocate(byteCount: room, alignment: 1) }

    deinit { space.deallocate() }

    var bytes: [UInt8] { Array(space[..<count]) }

    mutating func append(_ text: [UInt8]) { text.withUnsafeBytes { append($0) } }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// - Parameter name: with everything up to the value.
    mutating func append(_ name: StaticString, _ number: Int64) {
        reserve(name.utf8CodeUnitCount + 20)
        copy(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        if number < 0 { put(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var place = count
        repeat {
            put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        // They came from the last to the first.
        var end = count - 1
        while place < end {
            (space[place], space[end]) = (space[end], space[place])
            (place, end) = (place + 1, end - 1)
        }
    }

    /// - Parameters:
    ///   - name: with everything up to the value.
    ///   - value: text that is put in quotes, and freed of control characters, where it needs it.
    mutating func append(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        reserve(name.utf8CodeUnitCount + value.count)
        copy(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        if Self.isPlain(value) { return copy(value) }
        var field = StandardErrorLogHandler.field(String(decoding: value, as: UTF8.self))
        field.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        copy(bytes)
    }

    /// There is room for it.
    @inline(__always)  // Two dozen times a line.
    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: space[count..<count + bytes.count]).copyMemory(from: bytes)
        count += bytes.count
    }

    /// There is room for it.
    private mutating func put(_ byte: UInt8) {
        space[count] = byte
        count += 1
    }

    @inline(__always)  // There mostly is room.
    private mutating func reserve(_ more: Int) {
        if space.count - count < more { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(2 * space.count, count + more), alignment: 1)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: space[..<count]))
        space.deallocate()
        space = larger
    }

    /// Whether a value stands in a line as it is.
    private static func isPlain(_ value: UnsafeRawBufferPointer) -> Bool {
        // All of them without a way out: so several are looked at together.
        var odd: UInt8 = 0
        for byte in value.assumingMemoryBound(to: UInt8.self) {  // SAFETY: read as the bytes they are
            odd |= (byte <= 0x20 ? 1 : 0) | (byte == UInt8(ascii: "\"") ? 1 : 0)
            odd |= (byte == UInt8(ascii: "=") ? 1 : 0) | (byte == 0x7F ? 1 : 0)
        }
        return odd == 0
    }
}
