import OmniJSON

/// The OpenAPI document as a text for people, in Markdown: `docs/api.md`.
public struct APIGuide: Sendable {
    let document: JSONValue

    /// - Parameter openAPI: the document as it is served.
    public init(_ openAPI: [UInt8]) throws(JSONError) {
        document = try JSONValue(parsing: openAPI)
    }

    public var markdown: String {
        var lines = [
            "# The interface",
            "",
            "Every endpoint of the daemon. Written by `omniroute openapi --markdown` from the OpenAPI 3.1 document that the",
            "daemon serves at `/api/openapi.json`; the declarations stand beside the routes in `*Documents.swift`.",
            "",
            "Fields marked with `*` are always there in answers and must be sent in requests. Management endpoints may also",
            "answer 400 (a field is wrong), 401 (log in first), 403 (not allowed), 413 (too large) and 421 (unknown host",
            "name), all with an `Error`. Inference endpoints tell errors in the form of their dialect.",
            "",
        ]
        for tag in document.present("tags")?.elements.map({ $0 }) ?? [] {
            let name = tag.present("name")?.string ?? ""
            let title = tag.present("description")?.string ?? name
            lines += ["## \(title)", ""]
            for endpoint in endpoints(of: name) { lines += chapter(endpoint) }
        }
        lines += ["## Shared schemas", ""]
        for component in members(document.present("components")?.present("schemas")) {
            lines += ["### \(component.name)", ""] + bullets(component.value, required: false) + [""]
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    private struct Endpoint {
        var title: String
        var operation: JSONValue
    }

    /// Those of a tag, in the document's order; the methods of a path that do the same as one.
    private func endpoints(of tag: String) -> [Endpoint] {
        var found: [Endpoint] = []
        for path in members(document.present("paths")) {
            for method in members(path.value) where area(of: method.value) == tag {
                let title = "`\(method.name.uppercased()) \(path.name)`"
                let summary = method.value.present("summary")?.string
                if let last = found.last, last.operation.present("summary")?.string == summary,
                    last.title.hasSuffix(" \(path.name)`")
                {
                    found[found.count - 1].title = "`\(method.name.uppercased())`, \(last.title)"
                } else {
                    found.append(Endpoint(title: title, operation: method.value))
                }
            }
        }
        return found
    }

    private func area(of operation: JSONValue) -> String? {
        operation.present("tags")?.elements.lazy.compactMap(\.string).first
    }

    private func chapter(_ endpoint: Endpoint) -> [String] {
        let operation = endpoint.operation
        let access = operation.present("x-access")?.string.flatMap { Self.access[$0] }
        var lines = ["### \(endpoint.title)", ""]
        let summary = operation.present("summary")?.string ?? ""
        lines += ["\(summary).\(access.map { " \($0)" } ?? "")", ""]
        if let details = operation.present("description")?.string { lines += [details, ""] }
        let parameters = operation.present("parameters")?.elements.map { $0 } ?? []
        let query = parameters.filter { $0.present("in")?.string == "query" }
        if !query.isEmpty {
            lines += ["Query:", ""]
            for parameter in query {
                let meaning = parameter.present("description")?.string.map { ": \($0)" } ?? ""
                let star = parameter.present("required")?.bool == true ? "*" : ""
                let type = parameter.present("schema").map { " (\(brief($0)))" } ?? ""
                lines.append("- `\(parameter.present("name")?.string ?? "")`\(star)\(type)\(meaning)")
            }
            lines.append("")
        }
        if let body = operation.present("requestBody") {
            for content in members(body.present("content")) {
                let schema = content.value.present("schema")
                let optional = body.present("required")?.bool == false ? ", which may be left out" : ""
                let form = content.name == "application/json" ? "" : " (`\(content.name)`)"
                lines += ["Body\(form)\(optional):", ""] + (schema.map { bullets($0, required: false) } ?? []) + [""]
            }
        }
        for answer in members(operation.present("responses")) where answer.name.hasPrefix("2") || answer.name == "302" {
            let meaning = answer.value.present("description")?.string ?? ""
            let contents = members(answer.value.present("content"))
            let types = contents.map { "`\($0.name)`" }.joined(separator: ", ")
            lines += ["Answers \(answer.name)\(types.isEmpty ? "" : " with \(types)"): \(meaning)", ""]
            if let schema = contents.first?.value.present("schema") {
                let told = bullets(schema, required: false)
                if !told.isEmpty { lines += told + [""] }
            }
        }
        let refusals = members(operation.present("responses")).map(\.name)
            .filter { $0.hasPrefix("4") || $0.hasPrefix("5") }.filter { !Self.common.contains($0) }
        if !refusals.isEmpty { lines += ["Also: \(refusals.joined(separator: ", ")).", ""] }
        return lines
    }

    private static let common: Set = ["400", "401", "403", "413", "421"]

    private static let access = [
        "read": "Needs a login, or a token that may read.", "write": "Needs a login, or a token that may write.",
        "readOrThisMachine": "Needs a login or a token that may read, except from this machine.",
        "session": "Needs a login with the password.",
        "synchronise": "Needs a login, a token that may write, or a token for synchronising.",
    ]

    private func members(_ value: JSONValue?) -> [(name: String, value: JSONValue)] {
        value.map { $0.members.map { ($0.name.string, $0.value) } } ?? []
    }

    /// The members of an object, one a line, those of objects within indented; a schema of another kind as one line.
    private func bullets(_ schema: JSONValue, required: Bool, depth: Int = 0) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        let properties = members(schema.present("properties"))
        guard !properties.isEmpty else {
            let type = brief(schema)
            return depth == 0 ? ["- \(type)"] : []
        }
        let requiredNames = Set(schema.present("required")?.elements.compactMap(\.string) ?? [])
        return properties.flatMap { property in
            let star = requiredNames.contains(property.name) ? "*" : ""
            let meaning = property.value.present("description")?.string.map { ": \($0)" } ?? ""
            let line = "\(indent)- `\(property.name)`\(star) (\(brief(property.value)))\(meaning)"
            return [line] + bullets(inner(property.value), required: false, depth: depth + 1)
        }
    }

    /// What an array or a map holds.
    private func inner(_ schema: JSONValue) -> JSONValue {
        if let items = schema.present("items") { return inner(items) }
        if let values = schema.present("additionalProperties"), values.kind == .object { return inner(values) }
        return schema
    }

    /// A schema in a few words.
    private func brief(_ schema: JSONValue) -> String {
        if let reference = schema.present("$ref")?.string {
            return reference.split(separator: "/").last.map(String.init) ?? ""
        }
        if let choices = schema.present("anyOf") { return choices.elements.map(brief).joined(separator: " or ") }
        if let values = schema.present("enum") {
            return values.elements.map { $0.string.map { "`\($0)`" } ?? "null" }.joined(separator: ", ")
        }
        guard let type = schema.present("type") else { return "anything" }
        let names = type.string.map { [$0] } ?? type.elements.compactMap(\.string)
        let words = names.map { name in
            switch name {
            case "array": schema.present("items").map { "array of \(brief($0))" } ?? "array"
            case "object":
                schema.present("additionalProperties").map { "object of \(brief($0))" } ?? "object"
            case "string": schema.present("format")?.string ?? "string"
            default: name
            }
        }
        return words.joined(separator: " or ") + limits(of: schema)
    }

    private func limits(of schema: JSONValue) -> String {
        if let constant = schema.present("const")?.bool { return ", \(constant)" }
        if let maximum = schema.present("maxLength")?.int { return ", at most \(maximum) bytes" }
        let number = { (name: StaticString) in
            schema.present(name)?.number.map { String(decoding: $0.text, as: UTF8.self) }
        }
        switch (number("minimum"), number("maximum")) {
        case (let low?, let high?): return ", \(low) to \(high)"
        case ("0"?, nil), (nil, nil): return ""
        case (let low?, nil): return ", from \(low)"
        case (nil, let high?): return ", up to \(high)"
        }
    }
}
