import OmniJSON

extension EmbeddingAnswer.Vector {
    func write(_ encoding: EmbeddingRequest.Encoding, into writer: inout JSONWriter) throws(TranslationError) {
        switch (self, encoding) {
        case (.numbers(let numbers), .float): writer.value(numbers)
        case (.base64(let text), .base64): writer.value(text)
        case (.numbers(let numbers), .base64):
            writer.value(JSONText(escaped: Base64.encode(try Self.bytes(numbers))[...]))
        case (.base64(let text), .float):
            guard let bytes = Base64.decode(text.decodedBytes), bytes.count.isMultiple(of: 4) else {
                throw TranslationError(.malformedAnswer, "an embedding is not base64 of 32-bit floats")
            }
            try Self.write(bytes, into: &writer)
        }
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
            let pattern = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
            let value = Float(bitPattern: pattern)
            // JSON has neither infinity nor NaN.
            guard value.isFinite else { throw TranslationError(.malformedAnswer, "an embedding is not finite") }
            writer.raw(Array(value.description.utf8)[...])
        }
        writer.endArray()
    }
}
