import Foundation
import OmniJSON
import Testing

/// Outputs kept under `Samples` that a person has read.
///
/// `UPDATE_GOLDEN=1 swift test` writes them anew; read the difference.
enum GoldenFile {
    /// Expects the kept text, read from the source tree: what `UPDATE_GOLDEN` has written counts at once.
    /// - Parameter name: the file, below `Samples`.
    static func expect(_ text: String, in name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let path = "Tests/OmniTranslateTests/Samples/\(name)"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            let file = SourceTree.root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(text == (try SourceTree.text(path)), sourceLocation: sourceLocation)
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
