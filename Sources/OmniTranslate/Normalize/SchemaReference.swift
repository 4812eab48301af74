import OmniJSON

/// Local references of JSON Schema (`$ref`).
enum SchemaReference {
    /// A JSON pointer into the root (RFC 6901); nil when nothing is there, or it leads elsewhere.
    static func resolved(_ reference: JSONText, in root: JSONValue) -> JSONValue? {
        let steps = reference.string.split(separator: "/", omittingEmptySubsequences: false)
        guard steps.first == "#" else { return nil }
        var value = root
        for step in steps.dropFirst() {
            let name = step.replacing("~1", with: "/").replacing("~0", with: "~")
            guard let next = value.members.first(where: { $0.name.string == name })?.value else { return nil }
            value = next
        }
        return value
    }
}
