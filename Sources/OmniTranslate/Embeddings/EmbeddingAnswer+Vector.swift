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

    private static func bytes(_ numbers: JSONValue) throws(TranslationError) -> [UInt8] {
        guard let bytes = numbers.raw.withUnsafeBufferPointer(FloatText.littleEndianBytes) else {
            throw TranslationError(.malformedAnswer, "an embedding holds something other than 32-bit floats")
        }
        return bytes
    }

    private static func bytes(base64 text: JSONText) throws(TranslationError) -> [UInt8] {
        guard let bytes = Base64.decode(text.decodedBytes), bytes.count.isMultiple(of: 4) else {
            throw TranslationError(.malformedAnswer, "an embedding is not base64 of 32-bit floats")
        }
        return bytes
    }

    private static func number(in bytes: [UInt8], at start: Int) -> Float {
        let pattern = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt32.self) }
        return Float(bitPattern: UInt32(littleEndian: pattern))
    }

    private static func write(_ bytes: [UInt8], into writer: inout JSONWriter) throws(TranslationError) {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4)
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let value = number(in: bytes, at: start)
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
