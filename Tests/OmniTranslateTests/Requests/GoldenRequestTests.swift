import Foundation
import OmniJSON
import OmniTranslate
import Testing

/// The sample requests in each direction against files read by a person; `UPDATE_GOLDEN=1` writes them anew.
@Suite struct GoldenRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let origin: WireFormat
        let sample: String
        let target: WireFormat
        let model: String
        let provider: String
        /// What the target must refuse, in the order it is met; taken out before the next try.
        var refused: [String] = []

        var testDescription: String { "\(origin.rawValue).\(sample).to-\(provider).json" }
        var folder: String { origin == .openAIChat ? "openai-chat" : "anthropic" }
    }

    static let cases: [Case] = [
        Case(
            origin: .openAIChat, sample: "minimal", target: .anthropicMessages, model: "claude-sonnet-5-5",
            provider: "anthropic"),
        Case(
            origin: .openAIChat, sample: "rich", target: .anthropicMessages, model: "claude-sonnet-5-5",
            provider: "anthropic", refused: ["n", "messages[1].content[4]", "messages[1].content[4]"]),
        Case(
            origin: .openAIChat, sample: "rich", target: .anthropicMessages, model: "kimi-k3", provider: "moonshot",
            refused: ["n", "messages[1].content[4]", "messages[1].content[4]"]),
        Case(origin: .openAIChat, sample: "rich", target: .openAIChat, model: "gpt-6-luna", provider: "openai"),
        Case(
            origin: .anthropicMessages, sample: "minimal", target: .openAIChat, model: "gpt-6-luna", provider: "openai"),
        Case(
            origin: .anthropicMessages, sample: "rich", target: .openAIChat, model: "gpt-6-luna", provider: "openai",
            refused: ["messages[0].content[3]", "tools[2]", "tools[2]", "tools[2]"]),
        Case(
            origin: .anthropicMessages, sample: "rich", target: .openAIChat, model: "deepseek-chat",
            provider: "deepseek",
            refused: ["messages[0].content[3]", "tools[2]", "tools[2]", "tools[2]"]),
        Case(
            origin: .anthropicMessages, sample: "structured", target: .openAIChat, model: "gpt-6-luna",
            provider: "openai"),
        Case(
            origin: .anthropicMessages, sample: "legacy-2023-06-01", target: .openAIChat, model: "gpt-4o",
            provider: "openai"),
        Case(
            origin: .anthropicMessages, sample: "rich", target: .anthropicMessages, model: "claude-opus-5-5",
            provider: "anthropic"),
    ]

    @Test(arguments: cases)
    func golden(_ golden: Case) throws {
        var body = try JSONValue(
            parsing: Array(try SourceTree.sample("\(golden.folder)/request.\(golden.sample).json").utf8))
        for path in golden.refused {
            let error = translationFailure { try translate(body, golden) }
            #expect(error?.code == .unsupported, "\(path) should be refused")
            body = try body.without(path)
        }
        let result = try translate(body, golden)
        var text = "// report: \(result.encoded.report.headerValue ?? "nothing lost")\n"
        if let version = result.encoded.apiVersion { text += "// anthropic-version: \(version)\n" }
        text += result.body.indented() + "\n"
        let path = "Tests/OmniTranslateTests/Samples/golden-requests/\(golden.testDescription)"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(to: SourceTree.root.appending(path: path), atomically: true, encoding: .utf8)
        }
        #expect(text == (try SourceTree.text(path)))
    }

    private func translate(_ body: JSONValue, _ golden: Case) throws -> RequestTranslation {
        try RequestTranslation(
            String(decoding: body.raw, as: UTF8.self), from: golden.origin, to: golden.target, model: golden.model,
            provider: golden.provider, maxOutput: 64000, apiVersion: golden.origin == .openAIChat ? nil : "2026-10-21")
    }
}

extension JSONValue {
    /// The same value without one member or element, such as `messages[1].content[4]`.
    func without(_ path: String) throws -> JSONValue {
        var writer = JSONWriter()
        copy(to: &writer, at: "", without: path)
        return try JSONValue(parsing: writer.bytes)
    }

    private func copy(to writer: inout JSONWriter, at path: String, without removed: String) {
        switch kind {
        case .object:
            writer.beginObject()
            for member in members {
                let inner = path.isEmpty ? member.name.string : "\(path).\(member.name.string)"
                if inner == removed { continue }
                writer.key(member.name)
                member.value.copy(to: &writer, at: inner, without: removed)
            }
            writer.endObject()
        case .array:
            writer.beginArray()
            for (index, element) in elements.enumerated() where "\(path)[\(index)]" != removed {
                element.copy(to: &writer, at: "\(path)[\(index)]", without: removed)
            }
            writer.endArray()
        default: writer.value(self)
        }
    }

    /// The text with one member a line, numbers and strings as they are.
    func indented(_ depth: Int = 0) -> String {
        let inner = String(repeating: "  ", count: depth + 1)
        let outer = String(repeating: "  ", count: depth)
        let lines: [String]
        switch kind {
        case .object:
            lines = members.map {
                #"\#(inner)"\#(String(decoding: $0.name.escaped, as: UTF8.self))": \#($0.value.indented(depth + 1))"#
            }
        case .array: lines = elements.map { inner + $0.indented(depth + 1) }
        default: return String(decoding: raw, as: UTF8.self)
        }
        let brackets = kind == .object ? ("{", "}") : ("[", "]")
        if lines.isEmpty { return brackets.0 + brackets.1 }
        return "\(brackets.0)\n\(lines.joined(separator: ",\n"))\n\(outer)\(brackets.1)"
    }
}
