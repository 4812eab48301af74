import OmniJSON
import OmniTranslate

/// What the simulator takes notice of in a request.
struct SimulatedConversation {
    /// The newest text of the user.
    private(set) var lastUserText = ""
    /// What tools returned since then.
    private(set) var toolResults: [String] = []
    /// The conversation's size at four bytes a token.
    private(set) var tokens = 0

    init(_ request: CanonicalRequest) {
        var bytes = 0
        for message in request.messages {
            var texts: [String] = []
            for part in message.parts {
                switch part {
                case .text(let text): texts.append(text.text.string)
                case .toolResult(let result):
                    let text = result.content.compactMap { part in
                        if case .text(let text) = part { text.text.string } else { nil }
                    }.joined()
                    bytes += text.utf8.count
                    toolResults.append(text)
                case .refusal, .media, .reasoning, .toolCall, .hostedCall, .unknown: continue
                }
            }
            bytes += texts.reduce(0) { $0 + $1.utf8.count }
            if message.role == .user, !texts.isEmpty {
                lastUserText = texts.joined(separator: "\n")
                toolResults = []
            }
        }
        tokens = max(1, bytes / 4)
    }
}

/// Arguments a simulated call carries.
enum SimulatedArguments {
    /// An object with every required property of a schema, filled with the plainest value of its type.
    static func matching(_ schema: JSONValue?, text: String) -> [UInt8] {
        var writer = JSONWriter()
        write(schema, text: text, depth: 0, into: &writer)
        return writer.bytes
    }

    private static func write(_ schema: JSONValue?, text: String, depth: Int, into writer: inout JSONWriter) {
        writer.beginObject()
        let required = schema?["required"]?.elements.compactMap(\.text) ?? []
        for property in schema?["properties"].map({ Array($0.members) }) ?? [] where required.contains(property.name) {
            writer.key(property.name)
            writeValue(property.value, text: text, depth: depth, into: &writer)
        }
        writer.endObject()
    }

    private static func writeValue(_ schema: JSONValue, text: String, depth: Int, into writer: inout JSONWriter) {
        if let first = schema["enum"]?.elements.first(where: { _ in true }) {
            writer.value(first)
            return
        }
        switch schema["type"]?.string {
        case "integer", "number": writer.value(1)
        case "boolean": writer.value(true)
        case "array":
            writer.beginArray()
            writer.endArray()
        case "object" where depth < 8: write(schema, text: text, depth: depth + 1, into: &writer)
        case "null": writer.null()
        default: writer.string(text)
        }
    }
}
