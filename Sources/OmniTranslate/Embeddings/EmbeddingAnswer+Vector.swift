import OmniJSON

extension EmbeddingAnswer.Vector {
    func write(_ encoding: EmbeddingRequest.Encoding, into writer: inout JSONWriter) throws(TranslationError) {
        switch (self, encoding) {
        case (.numbers(let numbers), .float): writer.value(numbers)
        case (.base64(let text), .base64): writer.value(text)
        case (.numbers(let numbers), .base64):
            writer.value(JSONText(escaped: Base64.encode(try Self.bytes(numbers))[...]))
        case (.base64(let text), .float):
            try Self.write(try Self.bytes(base64: text), into: &writer)
        }
    }

    /// The vector's numbers, however it is written.
    public func numbers() throws(TranslationError) -> [Float] {
        let bytes =
            switch self {
            case .numbers(let numbers): try Self.bytes(numbers)
            case .base64(let text): try Self.bytes(base64: text)
            }
        return stride(from: 0, to: bytes.count, by: 4).map { Self.number(in: bytes, at: $0) }
    }

    private static func bytes(base64 text: JSONText) throws(TranslationError) -> [UInt8] {
        guard let bytes = Base64.decode(text.decodedBytes), bytes.count.isMultiple(of: 4) else {
            throw TranslationError(.malformedAnswer, "an embedding is not base64 of 32-bit floats")
        }
        return bytes
    }

    private static func number(in bytes: [UInt8], at start: Int) -> Float {
        Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
    }

    private static func bytes(_ numbers: JSONValue) throws(TranslationError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.raw.count / 2)
        for element in numbers.elements {
            guard let number = element.number, let value = Float(String(decoding: number.text, as: UTF8.self)),
                value.isFinite
            else { throw TranslationError(.malformedAnswer, "an embedding holds something other than 32-bit floats") }
            var pattern = value.bitPattern
            for _ in 0..<4 {
                bytes.append(UInt8(truncatingIfNeeded: pattern))
                pattern >>= 8
            }
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8], into writer: inout JSONWriter) throws(TranslationError) {
        writer.beginArray()
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let value = number(in: bytes, at: start)
            // JSON has neither infinity nor NaN.
            guard value.isFinite else { throw TranslationError(.malformedAnswer, "an embedding is not finite") }
            writer.raw(Array(value.description.utf8)[...])
        }
        writer.endArray()
    }
}
