public import NIOCore

extension ByteBuffer {
    /// Writes the head of an HTTP/1.1 message: a start line, header fields and the empty line behind them (RFC 9112 2.1).
    ///
    /// In one go, because a buffer looks after its bounds anew at every piece. Nothing in it is looked at: names are ours,
    /// values were checked where they came in.
    /// - Parameters:
    ///   - line: the start line in pieces.
    ///   - framing: further fields, written last.
    public mutating func writeHead(
        line: [String], fields: [(name: String, value: String)], framing: [(name: String, value: String)]
    ) {
        var size = 4
        for part in line { size += part.utf8.count }
        for field in fields { size += field.name.utf8.count + field.value.utf8.count + 4 }
        for field in framing { size += field.name.utf8.count + field.value.utf8.count + 4 }
        writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            var writer = HeadWriter(room: room)
            for part in line { writer.write(part) }
            for field in fields { writer.write(field) }
            for field in framing { writer.write(field) }
            writer.write("\r\n\r\n")
            return writer.count
        }
    }
}

/// Copies text into memory that has room for it.
private struct HeadWriter {
    let room: UnsafeMutableRawBufferPointer
    var count = 0

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: UnsafeRawBufferPointer(bytes))
            count += bytes.count
        }
    }

    mutating func write(_ field: (name: String, value: String)) {
        write("\r\n")
        write(field.name)
        write(": ")
        write(field.value)
    }
}
