import OmniJSON

extension ToolArguments {
    /// As the object most dialects want: nothing counts as `{}`, and what is no JSON object is wrapped, never lost.
    var object: (bytes: [UInt8], isWrapped: Bool) {
        switch self {
        case .value(let value):
            return value.kind == .object ? (Array(value.raw), false) : (Self.wrapped(Array(value.raw)), true)
        case .string(let text):
            if text.isNoArguments { return (Array("{}".utf8), false) }
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

    /// The arguments, as OpenAI's string, of a function that stands for a free-text tool.
    static func wrapping(freeText text: JSONText) -> JSONText {
        var writer = JSONWriter(reservingCapacity: text.escaped.count + 16)
        writer.beginObject()
        writer.key("input")
        writer.value(text)
        writer.endObject()
        return JSONText(escaping: writer.bytes[...])
    }

    /// The text in the input of a function that stands for a free-text tool; any other input as its JSON text, for the
    /// client shall see what the model wrote.
    static func freeText(_ input: JSONValue) -> JSONText {
        if let text = input["input"]?.text { return text }
        let isEmpty = input.kind == .object && !input.members.contains { _ in true }
        return isEmpty ? .empty : JSONText(escaping: input.raw)
    }

    /// The same of an input that came as text, which ends amid the words where the model reached its output limit.
    static func freeText(written text: JSONText) -> JSONText {
        if text.isNoArguments { return .empty }
        let bytes = text.decodedBytes
        if let input = try? JSONValue(parsing: bytes) { return freeText(input) }  // Else its end is put on below.
        let end = Array("\"}".utf8)
        for escape in 0...5 {
            // The cut may have gone through an escape, the longest of which is \uXXXX.
            if let input = try? JSONValue(parsing: bytes.dropLast(escape) + end) { return freeText(input) }
        }
        return text
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

extension JSONText {
    /// Whether it is blank or `null`: what servers write for a call without arguments.
    var isNoArguments: Bool {
        var shape = JSONTextCompleteness()
        for byte in escaped {
            shape.append(byte)
            if !shape.mayBeNothing { return false }
        }
        return shape.isNothing
    }
}
