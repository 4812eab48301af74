import OmniJSON

/// Anthropic's tools that the client runs but only Claude knows by type: told to other models as ordinary functions.
struct AnthropicClientTool {
    let name: JSONText
    let description: String
    /// A JSON Schema of the arguments Claude uses.
    let schema: String

    /// - Returns: nil for tools the provider runs itself and for those that need its own models (computer, browser).
    init?(_ tool: UnknownPart) {
        let type = tool.type.string
        guard tool.origin == .anthropicMessages, let name = tool.raw["name"]?.text else { return nil }
        self.name = name
        if type.hasPrefix("bash_") {
            description = "Runs a command in a persistent bash shell and returns its output."
            schema = #"{"type":"object","properties":{"command":{"type":"string"},"restart":{"type":"boolean"}}}"#
        } else if type.hasPrefix("text_editor_") {
            description = "Views, creates and edits text files by path."
            schema = Self.files(commands: ["view", "create", "str_replace", "insert"], further: "")
        } else if type.hasPrefix("memory_") {
            description = "Views, creates, edits, renames and deletes files in the memory directory."
            schema = Self.files(
                commands: ["view", "create", "str_replace", "insert", "delete", "rename"],
                further: #","old_path":{"type":"string"},"new_path":{"type":"string"}"#)
        } else {
            return nil
        }
    }

    private static func files(commands: [String], further: String) -> String {
        let list = commands.map { "\"\($0)\"" }.joined(separator: ",")
        return #"{"type":"object","properties":{"command":{"type":"string","enum":["# + list
            + #"]},"path":{"type":"string"},"file_text":{"type":"string"},"old_str":{"type":"string"},"#
            + #""new_str":{"type":"string"},"insert_line":{"type":"integer"},"insert_text":{"type":"string"},"#
            + #""view_range":{"type":"array","items":{"type":"integer"}}"# + further + #"},"required":["command"]}"#
    }
}
