/// The text between the parts of a form.
public struct MultipartBoundary: Sendable, Hashable {
    /// 1 to 70 characters that RFC 2046 5.1.1 allows.
    public let text: String

    /// - Parameter contentType: the value of a request's `content-type`; nil when it has none.
    public init(contentType: String?) throws(MultipartError) {
        guard let contentType else { throw MultipartError("the request has no content-type") }
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        guard type == "multipart/form-data" else {
            throw MultipartError("the content-type must be multipart/form-data")
        }
        var parameters = HeaderParameters(contentType.utf8)
        while let (name, value) = parameters.next() {
            guard name == "boundary" else { continue }
            guard Self.isLegal(value) else { throw MultipartError("the boundary in the content-type is malformed") }
            text = String(decoding: value, as: UTF8.self)
            return
        }
        throw MultipartError("the content-type names no boundary")
    }

    private static func isLegal(_ value: [UInt8]) -> Bool {
        let marks = Set("'()+_,-./:=? ".utf8)
        return (1...70).contains(value.count) && value.last != UInt8(ascii: " ")
            && value.allSatisfy { $0.isASCIILetterOrDigit || marks.contains($0) }
    }

    /// The value of a `content-type` that says what separates the parts.
    ///
    /// In quotes only where it must be: simple servers do not expect them.
    public var contentType: String {
        let isToken = text.utf8.allSatisfy { $0.isASCIILetterOrDigit || Set("'+_-.".utf8).contains($0) }
        return "multipart/form-data; boundary=" + (isToken ? text : "\"\(text)\"")
    }
}

extension UInt8 {
    var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
