public import OmniJSON

/// A tool that belongs to a group (`namespace` of OpenAI Responses), by the two names it has there.
public struct GroupedTool: Sendable, Hashable {
    public var namespace: JSONText
    /// Its name within the group; other groups may have the same.
    public var name: JSONText

    public init(namespace: JSONText, name: JSONText) {
        self.namespace = namespace
        self.name = name
    }
}
