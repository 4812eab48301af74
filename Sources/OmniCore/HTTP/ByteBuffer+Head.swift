public import NIOCore

extension ByteBuffer {
    /// Writes the head of an HTTP/1.1 message: a start line, header fields and the empty line behind them (RFC 9112 2.1).
    ///
    /// In one go, because a buffer looks after its bounds anew at every piece. Nothing in it is looked at: names are ours,
    /// values were checked where they came in.
    /// - Parameters:
    ///   - line: the start line in pieces.
    ///   - more: further fields as they are sent, each with the end of a line before it.
    ///   - length: of the body in bytes, for `content-length`; nil to leave that out.
    public mutating func writeHead(
        line: [String], fields: [(name: String, value: String)], more: StaticString = "", length: Int?
    ) {
        var size = HeadWriter.end.utf8CodeUnitCount + HeadWriter.length.utf8CodeUnitCount + HeadWriter.maximumDigits
        size += more.utf8CodeUnitCount
        for position in line.indices { size += line[position].utf8.count }
        for position in fields.indices {
            size += fields[position].name.utf8.count + fields[position].value.utf8.count + HeadWriter.fieldOverhead
        }
        writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            var writer = HeadWriter(room: room.bindMemory(to: UInt8.self))
            for position in line.indices { writer.write(line[position]) }
            for position in fields.indices { writer.write(fields[position].name, fields[position].value) }
            writer.write(more)
            if let length {
                writer.write(HeadWriter.length)
                writer.write(length)
            }
            writer.write(HeadWriter.end)
            return writer.count
        }
    }
}

/// Copies text into memory that has room for it.
private struct HeadWriter {
    static let end: StaticString = "\r\n\r\n"
    static let length: StaticString = "\r\ncontent-length: "
    /// Of a number.
    static let maximumDigits = 20
    /// What stands around a name and its value.
    static let fieldOverhead = 4

    let room: UnsafeMutableBufferPointer<UInt8>
    var count = 0

    @inline(__always)
    mutating func write(_ text: borrowing String) {
        count += UnsafeMutableBufferPointer(rebasing: room[count...]).initialize(fromContentsOf: text.utf8)
    }

    @inline(__always)
    mutating func write(_ text: StaticString) {
        count += UnsafeMutableBufferPointer(rebasing: room[count...]).initialize(
            fromContentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func write(_ name: borrowing String, _ value: borrowing String) {
        write("\r\n" as StaticString)
        write(name)
        write(": " as StaticString)
        write(value)
    }

    /// - Parameter number: not negative.
    mutating func write(_ number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            room[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10)
            count += 1
            divisor /= 10
        }
    }
}
