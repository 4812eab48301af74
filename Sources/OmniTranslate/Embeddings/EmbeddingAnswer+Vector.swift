import OmniJSON

extension EmbeddingAnswer.Vector {
    /// How many numbers it has.
    var dimensions: Int {
        switch self {
        case .numbers(let numbers): numbers.raw.withUnsafeBufferPointer(FloatText.count)
        case .base64(let text):
            // A slash may be written with a backslash before it; four letters are three bytes.
            text.escaped.count { $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "=") } * 3 / 16
        }
    }

    func write(_ encoding: EmbeddingRequest.Encoding, into writer: inout JSONWriter) throws(TranslationError) {
        switch (self, encoding) {
        case (.numbers(let numbers), .float): writer.value(numbers)
        case (.base64(let text), .base64): writer.value(text)
        case (.numbers(let numbers), .base64):
            guard let bytes = numbers.raw.withUnsafeBufferPointer(FloatText.littleEndianBytes) else {
                throw TranslationError(.malformedAnswer, "an embedding holds something other than 32-bit floats")
            }
            writer.value(JSONText(escaped: Base64.encode(bytes)[...]))
        case (.base64(let text), .float):
            guard let bytes = Base64.decode(text.decodedBytes), bytes.count.isMultiple(of: 4) else {
                throw TranslationError(.malformedAnswer, "an embedding is not base64 of 32-bit floats")
            }
            try Self.write(bytes, into: &writer)
        }
    }

    private static func write(_ bytes: [UInt8], into writer: inout JSONWriter) throws(TranslationError) {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4)
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let pattern = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt32.self) }
            let value = Float(bitPattern: UInt32(littleEndian: pattern))
            // JSON has neither infinity nor NaN.
            guard value.isFinite else { throw TranslationError(.malformedAnswer, "an embedding is not finite") }
            text.append(text.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
            text.append(contentsOf: value.description.utf8)
        }
        if text.isEmpty { text.append(UInt8(ascii: "[")) }
        text.append(UInt8(ascii: "]"))
        writer.raw(text[...])
    }
}
