public import OmniJSON

/// Questions that belong together, put to models to see how good their answers are.
public struct EvalSuite: Sendable, Hashable {
    public var id: String
    public var name: String
    public var description: String
    public var cases: [EvalCase]
    /// Whether it comes with the router; such a suite is copied, not changed.
    public var isBuiltIn: Bool
    /// Milliseconds since 1970; 0 for what is built in.
    public var createdAt: Int64
    public var updatedAt: Int64

    public static let maximumCases = 500
    /// Words of the interface's own paths.
    private static let reserved: Set<String> = ["runs", "compare"]

    public init(
        id: String, name: String, description: String = "", cases: [EvalCase] = [], isBuiltIn: Bool = false,
        createdAt: Int64 = 0, updatedAt: Int64 = 0
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.cases = cases
        self.isBuiltIn = isBuiltIn
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Why an id chosen by a person cannot be one; nil when it can.
    public static func objection(toID id: String) -> String? {
        let isPlain = id.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard isPlain, (1...80).contains(id.utf8.count) else {
            return "must have 1 to 80 of the characters a to z, 0 to 9 and -"
        }
        return reserved.contains(id) ? "is a word of this interface" : nil
    }

    /// Takes over the members that are there; cases that are sent take the place of all before.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        // What an answer of this interface holds may come back with a change.
        let known: Set = [
            "id", "name", "description", "cases", "caseCount", "isBuiltIn", "builtIn", "createdAt", "updatedAt",
        ]
        if let unknown = fields.unknown(besides: known).first { throw FieldFault(unknown, "is not known here") }
        if fields.has("name") {
            name = try fields.string("name", maximum: 200) ?? ""
            guard !name.isEmpty else { throw FieldFault(fields.path("name"), "must not be empty") }
        }
        if fields.has("description") {
            description =
                fields.value("description") == nil ? "" : try fields.string("description", maximum: 2000) ?? ""
        }
        if let list = fields.value("cases") { cases = try Self.cases(list, path: fields.path("cases")) }
    }

    private static func cases(_ list: JSONValue, path: String) throws(FieldFault) -> [EvalCase] {
        guard list.kind == .array else { throw FieldFault(path, "must be an array") }
        var cases: [EvalCase] = []
        var ids: Set<String> = []
        for element in list.elements {
            let position = "\(path)[\(cases.count)]"
            guard cases.count < maximumCases else { throw FieldFault(path, "more than \(maximumCases)") }
            let one = try EvalCase(JSONFields(element, path: position), number: cases.count + 1)
            guard ids.insert(one.id).inserted else { throw FieldFault("\(position).id", "is there twice: '\(one.id)'") }
            cases.append(one)
        }
        guard !cases.isEmpty else { throw FieldFault(path, "must not be empty") }
        return cases
    }

    /// The members of an object that was begun.
    /// - Parameter showsExpectations: false leaves out how answers are judged.
    public func writeMembers(into writer: inout JSONWriter, showsExpectations: Bool = true) {
        writer.optional("id", id)
        writer.optional("name", name)
        writer.optional("description", description)
        writer.key("caseCount")
        writer.value(cases.count)
        writer.key("isBuiltIn")
        writer.value(isBuiltIn)
        if !isBuiltIn {
            writer.optional("createdAt", ISOTime.string(createdAt))
            writer.optional("updatedAt", ISOTime.string(updatedAt))
        }
        writer.key("cases")
        writer.beginArray()
        for one in cases { one.write(into: &writer, showsExpectations: showsExpectations) }
        writer.endArray()
    }
}
