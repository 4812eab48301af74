/// Writes a form around a file whose bytes are somewhere else.
public enum MultipartWriter {
    /// What stands before the contents of the file, and after them.
    public struct Frame: Sendable, Hashable {
        public var head: [UInt8]
        public var tail: [UInt8]
    }

    /// - Parameters:
    ///   - fields: strings and arrays of strings by the names of their parts, as ``MultipartFields`` collects them.
    ///   - file: the part the contents belong to.
    ///   - boundary: that of the form the file came in, so that nothing in the file can be taken for it.
    public static func frame(
        fields: [(name: String, value: String)], file: MultipartPart, boundary: MultipartBoundary
    ) -> Frame {
        var head: [UInt8] = []
        for (name, value) in fields {
            begin(MultipartPart(name: name), boundary: boundary, into: &head)
            head += value.utf8
            head += "\r\n".utf8
        }
        begin(file, boundary: boundary, into: &head)
        return Frame(head: head, tail: Array("\r\n--\(boundary.text)--\r\n".utf8))
    }

    private static func begin(_ part: MultipartPart, boundary: MultipartBoundary, into bytes: inout [UInt8]) {
        bytes += "--\(boundary.text)\r\ncontent-disposition: form-data; name=\"\(escaped(part.name))\"".utf8
        if let fileName = part.fileName { bytes += "; filename=\"\(escaped(fileName))\"".utf8 }
        if let contentType = part.contentType { bytes += "\r\ncontent-type: \(contentType)".utf8 }
        bytes += "\r\n\r\n".utf8
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": escaped += "%22"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
