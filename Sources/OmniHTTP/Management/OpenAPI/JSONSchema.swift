/// What a JSON value may be, in the words of JSON Schema 2020-12, which OpenAPI 3.1 speaks.
///
/// Requests are told with ``object(_:required:)``, whose members may be left out, answers with ``record(_:)``, whose members
/// are always there unless they say ``optional``.
struct JSONSchema: Sendable {
    /// The kinds of values there are.
    indirect enum Form: Sendable {
        case anything
        case string(minimum: Int?, maximum: Int?, format: String?, pattern: String?)
        case choice([String])
        case integer(minimum: Int?, maximum: Int?)
        case number(minimum: Double?, maximum: Double?)
        case boolean(only: Bool?)
        case array(of: JSONSchema, maximum: Int?)
        case object([Member])
        /// An object whose members have names of any kind and values of one.
        case map(of: JSONSchema)
        /// Fits when one of these does; they may overlap.
        case either([JSONSchema])
        /// Told once under this name, and referred to.
        case component(String, JSONSchema)
    }

    /// A named part of an object.
    struct Member: Sendable {
        var name: String
        var schema: JSONSchema
        var isRequired: Bool
    }

    typealias Members = KeyValuePairs<String, JSONSchema>

    var form: Form
    var isNullable = false
    /// Whether a member of a record may be absent.
    var isOptional = false
    /// What it means, as one sentence; nil where the name says it.
    var meaning: String?

    init(_ form: Form) { self.form = form }

    // MARK: Values

    static let any = JSONSchema(.anything)
    static let text = JSONSchema.string()
    static let flag = JSONSchema(.boolean(only: nil))
    static let yes = JSONSchema(.boolean(only: true))
    static let number = JSONSchema(.number(minimum: nil, maximum: nil))
    /// A whole number that is not negative.
    static let count = JSONSchema(.integer(minimum: 0, maximum: nil))
    /// A part of one.
    static let share = JSONSchema(.number(minimum: 0, maximum: 1))
    /// US dollars.
    static let money = JSONSchema(.number(minimum: 0, maximum: nil))
    /// A moment as ISO 8601 writes it, in UTC.
    static let moment = JSONSchema.string(format: "date-time")
    static let texts = JSONSchema.array(of: .text)
    /// An object of any members.
    static let anyObject = JSONSchema(.object([]))

    /// - Parameter maximum: in bytes of UTF-8, which are no fewer than its characters.
    static func string(
        minimum: Int? = nil, maximum: Int? = nil, format: String? = nil, pattern: String? = nil
    ) -> JSONSchema {
        JSONSchema(.string(minimum: minimum, maximum: maximum, format: format, pattern: pattern))
    }

    static func choice(_ values: String...) -> JSONSchema { JSONSchema(.choice(values)) }

    /// One of the names of an enumeration's cases.
    static func cases<Name: CaseIterable & RawRepresentable<String>>(of type: Name.Type) -> JSONSchema {
        JSONSchema(.choice(type.allCases.map(\.rawValue)))
    }

    static func integer(_ range: ClosedRange<Int>) -> JSONSchema {
        JSONSchema(.integer(minimum: range.lowerBound, maximum: range.upperBound))
    }

    static func number(_ range: ClosedRange<Double>) -> JSONSchema {
        JSONSchema(.number(minimum: range.lowerBound, maximum: range.upperBound))
    }

    static func array(of element: JSONSchema, maximum: Int? = nil) -> JSONSchema {
        JSONSchema(.array(of: element, maximum: maximum))
    }

    static func map(of value: JSONSchema) -> JSONSchema { JSONSchema(.map(of: value)) }
    static func either(_ schemas: JSONSchema...) -> JSONSchema { JSONSchema(.either(schemas)) }

    /// An object of a request: what is not required may be left out.
    static func object(_ members: Members, required: Set<String> = []) -> JSONSchema {
        let unknown = required.subtracting(members.map(\.key))
        precondition(unknown.isEmpty, "required members that are not declared: \(unknown)")
        return JSONSchema(
            .object(members.map { Member(name: $0.key, schema: $0.value, isRequired: required.contains($0.key)) }))
    }

    /// An object of an answer: what is not ``optional`` is always there.
    static func record(_ members: Members) -> JSONSchema {
        JSONSchema(.object(members.map { Member(name: $0.key, schema: $0.value, isRequired: !$0.value.isOptional) }))
    }

    static func component(_ name: String, _ schema: JSONSchema) -> JSONSchema {
        JSONSchema(.component(name, schema))
    }

    // MARK: Variations

    var orNull: JSONSchema {
        var copy = self
        copy.isNullable = true
        return copy
    }

    var optional: JSONSchema {
        var copy = self
        copy.isOptional = true
        return copy
    }

    func meaning(_ text: String) -> JSONSchema {
        var copy = self
        copy.meaning = text
        return copy
    }

    /// The same object with more members; of two with the same name the later one counts.
    func with(_ other: JSONSchema) -> JSONSchema {
        let added = other.members
        let names = Set(added.map(\.name))
        var copy = self
        copy.form = .object(members.filter { !names.contains($0.name) } + added)
        return copy
    }

    func with(_ more: Members) -> JSONSchema { with(.record(more)) }

    /// The same object in which these members have to be there.
    func requiring(_ names: Set<String>) -> JSONSchema {
        precondition(names.isSubset(of: members.map(\.name)), "required members that are not declared: \(names)")
        var copy = self
        copy.form = .object(
            members.map {
                Member(name: $0.name, schema: $0.schema, isRequired: $0.isRequired || names.contains($0.name))
            })
        return copy
    }

    /// The same object in which every member may be absent.
    var relaxed: JSONSchema {
        var copy = self
        copy.form = .object(members.map { Member(name: $0.name, schema: $0.schema, isRequired: false) })
        return copy
    }

    /// Of an object, or of the object a component stands for.
    private var members: [Member] {
        switch form {
        case .object(let members): members
        case .component(_, let schema): schema.members
        default: []
        }
    }
}
