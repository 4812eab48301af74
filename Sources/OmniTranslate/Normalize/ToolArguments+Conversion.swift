import OmniJSON

extension ToolArguments {
    /// As the object most dialects want: nothing counts as `{}`, and what is no JSON object is wrapped, never lost.
    var object: (bytes: [UInt8], isWrapped: Bool) {
        switch self {
        case .value(let value):
            return value.kind == .object ? (Array(value.raw), false) : (Self.wrapped(Array(value.raw)), true)
        case .string(let text):
            if text.isBlank { return (Array("{}".utf8), false) }
            let bytes = text.decodedBytes
            guard let value = try? JSONValue(parsing: bytes) else {  // Malformed: carried on as text below.
                var writer = JSONWriter()
                writer.beginObject()
                writer.key("_raw")
                writer.value(text)
                writer.endObject()
                return (writer.bytes, true)
            }
            return value.kind == .object ? (bytes, false) : (Self.wrapped(bytes), true)
        }
    }

    /// As the string OpenAI wants: the bytes of the object, escaped.
    var string: JSONText {
        switch self {
        case .value(let value): JSONText(escaping: value.raw)
        case .string(let text): text
        }
    }

    private static func wrapped(_ json: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("_raw")
        writer.raw(json[...])
        writer.endObject()
        return writer.bytes
    }
}
