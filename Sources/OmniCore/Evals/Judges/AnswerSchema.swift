public import OmniJSON

/// A JSON Schema that answers are held against, in a subset of draft 2020-12 every keyword of which is checked.
///
/// A keyword that constrains and is not known is refused when a suite is saved: a schema half of which is not looked at would
/// pass what it should fail. Known are `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`,
/// `minProperties`, `maxProperties`, `items`, `prefixItems`, `minItems`, `maxItems`, `uniqueItems`, `minLength`, `maxLength`,
/// `pattern` (``LinearRegex``), `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `anyOf`, `oneOf`,
/// `allOf`, `not`, and `$ref` to the schema itself or its `$defs` or `definitions`. What only describes (`title`, `description`,
/// `default`, `examples`, `format`, ...) is left aside.
public struct AnswerSchema: Sendable, Hashable {
    /// The schema as it was written.
    public let text: [UInt8]
    private let root: JSONValue

    /// The largest schema, in bytes.
    public static let maximumBytes = 64 << 10

    /// - Parameter path: the way to the schema, for what is wrong with it.
    public init(_ schema: JSONValue, path: String) throws(FieldFault) {
        guard schema.raw.count <= Self.maximumBytes else {
            throw FieldFault(path, "longer than \(Self.maximumBytes) bytes")
        }
        text = Array(schema.raw)
        do throws(JSONError) {
            root = try JSONValue(parsing: text)
        } catch {
            throw FieldFault(path, "is no JSON: \(error)")
        }
        var review = SchemaReview(root: root)
        try review.check(root, path: path, depth: 0)
    }

    public static func == (left: AnswerSchema, right: AnswerSchema) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// The first thing about a value that is not as it should be, with the way to it; nil when all is well.
    public func problem(with value: JSONValue) -> String? {
        var check = SchemaCheck(root: root)
        return check.problem(with: value, against: root, path: "$", depth: 0)
    }

    /// The part of a schema that a `$ref` names; nil when there is none.
    static func target(of reference: String, in root: JSONValue) -> JSONValue? {
        if reference == "#" { return root }
        for (prefix, container): (String, StaticString) in [("#/$defs/", "$defs"), ("#/definitions/", "definitions")]
        where reference.hasPrefix(prefix) {
            let name = reference.dropFirst(prefix.count)
            return root[container]?.members.first { $0.name.string == name }?.value
        }
        return nil
    }
}

/// Looks whether a schema uses only what is checked.
private struct SchemaReview {
    let root: JSONValue

    static let types: Set<String> = ["null", "boolean", "object", "array", "number", "integer", "string"]
    static let describing: Set<String> = [
        "title", "description", "default", "examples", "format", "$schema", "$id", "$comment", "deprecated", "readOnly",
        "writeOnly", "contentEncoding", "contentMediaType",
    ]
    static let maximumDepth = 24

    mutating func check(_ schema: JSONValue, path: String, depth: Int) throws(FieldFault) {
        guard depth < Self.maximumDepth else { throw FieldFault(path, "is nested too deep") }
        if schema.bool != nil { return }
        guard schema.kind == .object else { throw FieldFault(path, "must be a schema: an object, true or false") }
        for member in schema.members {
            let name = member.name.string
            try check(name, member.value, path: "\(path).\(name)", depth: depth)
        }
    }

    private mutating func check(
        _ keyword: String, _ value: JSONValue, path: String, depth: Int
    ) throws(FieldFault) {
        switch keyword {
        case "type": try checkType(value, path: path)
        case "enum": guard value.kind == .array else { throw FieldFault(path, "must be an array") }
        case "const": break
        case "properties", "$defs", "definitions":
            guard value.kind == .object else { throw FieldFault(path, "must be an object") }
            for member in value.members {
                try check(member.value, path: "\(path).\(member.name.string)", depth: depth + 1)
            }
        case "required":
            guard value.kind == .array, value.elements.allSatisfy({ $0.string != nil }) else {
                throw FieldFault(path, "must be an array of strings")
            }
        case "items", "additionalProperties", "not": try check(value, path: path, depth: depth + 1)
        case "prefixItems", "anyOf", "oneOf", "allOf":
            guard value.kind == .array, value.elements.contains(where: { _ in true }) else {
                throw FieldFault(path, "must be an array of schemas")
            }
            for (index, part) in value.elements.enumerated() {
                try check(part, path: "\(path)[\(index)]", depth: depth + 1)
            }
        case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties":
            guard let number = value.int, number >= 0 else {
                throw FieldFault(path, "must be a whole number that is not negative")
            }
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
            guard value.double != nil else { throw FieldFault(path, "must be a number") }
        case "multipleOf":
            guard let number = value.double, number > 0 else { throw FieldFault(path, "must be a number above 0") }
        case "uniqueItems": guard value.bool != nil else { throw FieldFault(path, "must be true or false") }
        case "pattern":
            guard let pattern = value.string else { throw FieldFault(path, "must be a string") }
            do throws(LinearRegex.Fault) {
                _ = try LinearRegex(pattern)
            } catch {
                throw FieldFault(path, error.message)
            }
        case "$ref":
            guard let reference = value.string, AnswerSchema.target(of: reference, in: root) != nil else {
                throw FieldFault(path, "must name a schema of this one: #, #/$defs/... or #/definitions/...")
            }
        default:
            guard Self.describing.contains(keyword) else { throw FieldFault(path, "is not checked here") }
        }
    }

    private func checkType(_ value: JSONValue, path: String) throws(FieldFault) {
        let names = value.string.map { [$0] } ?? value.elements.map { $0.string ?? "" }
        guard !names.isEmpty, names.allSatisfy(Self.types.contains) else {
            throw FieldFault(path, "must be one or more of \(Self.types.sorted().joined(separator: ", "))")
        }
    }
}
