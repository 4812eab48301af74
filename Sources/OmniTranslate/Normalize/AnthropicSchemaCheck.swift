import OmniJSON

/// Whether Anthropic's structured outputs can say what a schema says.
///
/// They close every object and know no recursion: a map or a free object would become one that must be empty, and a schema
/// that refers to itself is refused, as is one that says nothing.
struct AnthropicSchemaCheck {
    private let root: JSONValue
    /// References being followed, innermost last.
    private var open: [JSONText] = []
    private var followed: Set<JSONText> = []
    private var count = 0

    /// Far more than the vendor takes; the look at a schema must not cost more than its worth.
    private static let maximumCount = 10_000
    private static let maximumDepth = 64

    /// - Parameter isParameters: whether it is a tool's: with `"properties":{}` at the root, one without arguments.
    static func isExpressible(_ schema: JSONValue, isParameters: Bool = false) -> Bool {
        var check = AnthropicSchemaCheck(root: schema)
        return check.isExpressible(schema, isParameters: isParameters)
    }

    private init(root: JSONValue) {
        self.root = root
    }

    private mutating func isExpressible(_ schema: JSONValue, isParameters: Bool = false) -> Bool {
        count += 1
        guard schema.kind == .object, count < Self.maximumCount else { return false }
        var saysSomething = false
        for member in schema.members {
            let value = member.value
            switch member.name.string {
            case "type", "enum", "const": saysSomething = true
            case "$ref":
                saysSomething = true
                guard let reference = value.text, follows(reference) else { return false }
            case "anyOf", "oneOf", "allOf":
                saysSomething = true
                for branch in value.elements where !isExpressible(branch) { return false }
            case "items":
                saysSomething = true
                guard isExpressible(value) else { return false }
            case "properties", "$defs", "definitions":
                saysSomething = saysSomething || member.isNamed("properties")
                for property in value.members where !isExpressible(property.value) { return false }
            default: continue
            }
        }
        return saysSomething && !Self.isFreeObject(schema, isParameters: isParameters)
    }

    /// Whether an object's members have no names, so that closed it would be empty.
    private static func isFreeObject(_ schema: JSONValue, isParameters: Bool) -> Bool {
        let properties = schema["properties"]
        guard properties != nil || schema["type"].map({ SchemaCompiler.names($0, "object") }) ?? false else {
            return false
        }
        if properties?.members.contains(where: { _ in true }) ?? false { return false }
        guard let further = schema["additionalProperties"] else {
            return !isParameters || properties == nil || schema["patternProperties"] != nil
        }
        return further.bool != false
    }

    private mutating func follows(_ reference: JSONText) -> Bool {
        if followed.contains(reference) { return true }
        guard !open.contains(reference), open.count < Self.maximumDepth,
            let target = SchemaReference.resolved(reference, in: root)
        else { return false }
        open.append(reference)
        guard isExpressible(target) else { return false }
        open.removeLast()
        followed.insert(reference)
        return true
    }
}
