extension MultipartWriter {
    /// Writes a whole part.
    static func write(
        _ part: MultipartPart, _ contents: [UInt8], boundary: MultipartBoundary, into bytes: inout [UInt8]
    ) {
        bytes += frame(fields: [], file: part, boundary: boundary).head
        bytes += contents
        bytes += "\r\n".utf8
    }

    /// Writes what stands after the last part.
    static func end(boundary: MultipartBoundary, into bytes: inout [UInt8]) {
        bytes += "--\(boundary.text)--\r\n".utf8
    }
}
