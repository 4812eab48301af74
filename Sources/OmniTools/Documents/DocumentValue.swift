/// A value of a configuration file, whatever format the file has.
public enum DocumentValue: Sendable, Hashable {
    /// One member of an object; their order is the file's.
    public struct Member: Sendable, Hashable {
        public var name: String
        public var value: DocumentValue

        public init(_ name: String, _ value: DocumentValue) {
            self.name = name
            self.value = value
        }
    }

    case text(String)
    case number(Int)
    case flag(Bool)
    indirect case list([DocumentValue])
    indirect case object([Member])
    /// What no edit writes (dates, fractions, null), as it stands in the file.
    case other(String)

    public var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    public var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    public var elements: [DocumentValue] {
        guard case .list(let elements) = self else { return [] }
        return elements
    }

    /// The value of a member; the last of several, as parsers have it.
    public subscript(_ name: String) -> DocumentValue? { members.last { $0.name == name }?.value }

    /// What lies at the end of a way through objects.
    public subscript(_ path: [String]) -> DocumentValue? {
        var value: DocumentValue? = self
        for name in path { value = value?[name] }
        return value
    }

    /// A value at the end of a way, as objects within objects.
    static func nested(_ path: ArraySlice<String>, _ value: DocumentValue) -> DocumentValue {
        path.reversed().reduce(value) { .object([.init($1, $0)]) }
    }

    /// Two objects as one.
    static func merged(_ left: DocumentValue, _ right: DocumentValue) -> DocumentValue {
        guard case .object(var members) = left, case .object(let others) = right else { return right }
        for other in others {
            if let index = members.firstIndex(where: { $0.name == other.name }) {
                members[index].value = merged(members[index].value, other.value)
            } else {
                members.append(other)
            }
        }
        return .object(members)
    }
}
