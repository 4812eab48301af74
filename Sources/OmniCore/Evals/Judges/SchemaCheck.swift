import OmniJSON

/// Holds one value against a schema that ``AnswerSchema`` has looked through.
struct SchemaCheck {
    let root: JSONValue
    /// References and alternatives can multiply: a check ends after this many steps.
    private var stepsLeft = 500_000

    private static let maximumDepth = 200

    init(root: JSONValue) { self.root = root }

    /// - Parameter path: the way to the value, in the notation of JSONPath.
    /// - Returns: the first problem; nil when there is none.
    mutating func problem(with value: JSONValue, against schema: JSONValue, path: String, depth: Int) -> String? {
        stepsLeft -= 1
        guard stepsLeft > 0, depth < Self.maximumDepth else { return "\(path) takes too long to check" }
        if let allows = schema.bool { return allows ? nil : "\(path) must not be there" }
        if let type = schema["type"], !Self.fits(value, type) {
            return "\(path) is \(Self.name(of: value)) and not \(Self.text(type))"
        }
        if let allowed = schema["enum"], !anyEquals(value, allowed) {
            return "\(path) is none of \(Self.text(allowed))"
        }
        if let constant = schema["const"], !equals(value, constant) { return "\(path) is not \(Self.text(constant))" }
        let own: String? =
            switch value.kind {
            case .number: numberProblem(value, schema, path)
            case .string: stringProblem(value, schema, path)
            case .array: arrayProblem(value, schema, path, depth)
            case .object: objectProblem(value, schema, path, depth)
            case .null, .bool: nil
            }
        return own ?? combinationProblem(value, schema, path, depth)
    }

    private mutating func combinationProblem(
        _ value: JSONValue, _ schema: JSONValue, _ path: String, _ depth: Int
    ) -> String? {
        if let reference = schema["$ref"]?.string, let target = AnswerSchema.target(of: reference, in: root),
            let problem = problem(with: value, against: target, path: path, depth: depth + 1)
        {
            return problem
        }
        for part in schema["allOf"].map({ Array($0.elements) }) ?? [] {
            if let problem = problem(with: value, against: part, path: path, depth: depth + 1) { return problem }
        }
        if let alternatives = schema["anyOf"], fitting(value, alternatives, path, depth, enough: 1) == 0 {
            return "\(path) fits none of the schemas of anyOf"
        }
        if let alternatives = schema["oneOf"] {
            let count = fitting(value, alternatives, path, depth, enough: 2)
            if count != 1 { return "\(path) fits \(count == 0 ? "none" : "more than one") of the schemas of oneOf" }
        }
        if let forbidden = schema["not"],
            problem(with: value, against: forbidden, path: path, depth: depth + 1) == nil
        {
            return "\(path) fits a schema it must not fit"
        }
        return stepsLeft > 0 ? nil : "\(path) takes too long to check"
    }

    private mutating func fitting(
        _ value: JSONValue, _ alternatives: JSONValue, _ path: String, _ depth: Int, enough: Int
    ) -> Int {
        var count = 0
        for part in alternatives.elements where count < enough {
            if problem(with: value, against: part, path: path, depth: depth + 1) == nil { count += 1 }
        }
        return count
    }

    private func numberProblem(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> String? {
        guard let number = value.double else { return "\(path) is too large a number" }
        if let bound = schema["minimum"]?.double, number < bound { return "\(path) is less than \(bound)" }
        if let bound = schema["maximum"]?.double, number > bound { return "\(path) is more than \(bound)" }
        if let bound = schema["exclusiveMinimum"]?.double, number <= bound { return "\(path) is not above \(bound)" }
        if let bound = schema["exclusiveMaximum"]?.double, number >= bound { return "\(path) is not below \(bound)" }
        if let step = schema["multipleOf"]?.double {
            let parts = number / step
            // 0.3 is a multiple of 0.1, whatever binary fractions make of it.
            guard abs(parts - parts.rounded()) <= 1e-9 * max(1, abs(parts)) else {
                return "\(path) is no multiple of \(step)"
            }
        }
        return nil
    }

    private func stringProblem(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> String? {
        guard let text = value.string else { return nil }
        if let bound = schema["minLength"]?.int, text.unicodeScalars.count < bound {
            return "\(path) is shorter than \(bound)"
        }
        if let bound = schema["maxLength"]?.int, text.unicodeScalars.count > bound {
            return "\(path) is longer than \(bound)"
        }
        if let pattern = schema["pattern"]?.string {
            // Read without fault when the schema was.
            switch (try? LinearRegex(pattern))?.matches(text) {
            case true?: break
            case false?: return "\(path) does not match \(pattern)"
            case nil: return "\(path) takes too long to match"
            }
        }
        return nil
    }

    private mutating func arrayProblem(
        _ value: JSONValue, _ schema: JSONValue, _ path: String, _ depth: Int
    ) -> String? {
        let elements = Array(value.elements)
        if let bound = schema["minItems"]?.int, elements.count < bound {
            return "\(path) has fewer than \(bound) items"
        }
        if let bound = schema["maxItems"]?.int, elements.count > bound { return "\(path) has more than \(bound) items" }
        let first = schema["prefixItems"].map { Array($0.elements) } ?? []
        let others = schema["items"]
        for (index, element) in elements.enumerated() {
            guard let part = index < first.count ? first[index] : others else { continue }
            if let problem = problem(with: element, against: part, path: "\(path)[\(index)]", depth: depth + 1) {
                return problem
            }
        }
        if schema["uniqueItems"]?.bool == true {
            for (index, element) in elements.enumerated() {
                for other in elements[..<index] where equals(element, other) {
                    return "\(path)[\(index)] is there twice"
                }
            }
        }
        return nil
    }

    private mutating func objectProblem(
        _ value: JSONValue, _ schema: JSONValue, _ path: String, _ depth: Int
    ) -> String? {
        // Of members of the same name the last one counts, as everywhere.
        var members: [String: JSONValue] = [:]
        var names: [String] = []
        for member in value.members {
            let name = member.name.string
            if members.updateValue(member.value, forKey: name) == nil { names.append(name) }
        }
        if let bound = schema["minProperties"]?.int, names.count < bound {
            return "\(path) has fewer than \(bound) members"
        }
        if let bound = schema["maxProperties"]?.int, names.count > bound {
            return "\(path) has more than \(bound) members"
        }
        for name in schema["required"].map({ $0.elements.compactMap(\.string) }) ?? [] where members[name] == nil {
            return "\(path).\(name) is missing"
        }
        var properties: [String: JSONValue] = [:]
        if let known = schema["properties"] {
            for property in known.members { properties[property.name.string] = property.value }
        }
        let others = schema["additionalProperties"]
        for name in names {
            guard let part = properties[name] ?? others, let member = members[name] else { continue }
            if let problem = problem(with: member, against: part, path: "\(path).\(name)", depth: depth + 1) {
                return problem
            }
        }
        return nil
    }

    // MARK: Equality

    private mutating func anyEquals(_ value: JSONValue, _ list: JSONValue) -> Bool {
        for element in list.elements where equals(value, element) { return true }
        return false
    }

    /// Numbers are equal by value, objects whatever the order of their members.
    private mutating func equals(_ left: JSONValue, _ right: JSONValue) -> Bool {
        stepsLeft -= 1
        guard stepsLeft > 0, left.kind == right.kind else { return false }
        switch left.kind {
        case .null: return true
        case .bool: return left.bool == right.bool
        case .string: return left.string == right.string
        case .number: return left.number == right.number || (left.double != nil && left.double == right.double)
        case .array:
            let (ours, theirs) = (Array(left.elements), Array(right.elements))
            guard ours.count == theirs.count else { return false }
            for (one, other) in zip(ours, theirs) where !equals(one, other) { return false }
            return true
        case .object:
            var theirs: [String: JSONValue] = [:]
            for member in right.members { theirs[member.name.string] = member.value }
            var ours: [String: JSONValue] = [:]
            for member in left.members { ours[member.name.string] = member.value }
            guard ours.count == theirs.count else { return false }
            for (name, value) in ours {
                guard let other = theirs[name], equals(value, other) else { return false }
            }
            return true
        }
    }

    // MARK: Types

    private static func fits(_ value: JSONValue, _ type: JSONValue) -> Bool {
        if let name = type.string { return fits(value, named: name) }
        return type.elements.contains { fits(value, named: $0.string ?? "") }
    }

    private static func fits(_ value: JSONValue, named name: String) -> Bool {
        switch value.kind {
        case .null: name == "null"
        case .bool: name == "boolean"
        case .string: name == "string"
        case .array: name == "array"
        case .object: name == "object"
        case .number: name == "number" || (name == "integer" && (value.double.map { $0 == $0.rounded() } ?? false))
        }
    }

    private static func name(of value: JSONValue) -> String {
        switch value.kind {
        case .null: "null"
        case .bool: "boolean"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        case .number: "number"
        }
    }

    private static func text(_ value: JSONValue) -> String {
        value.string ?? String(decoding: value.raw.prefix(200), as: UTF8.self)
    }
}
