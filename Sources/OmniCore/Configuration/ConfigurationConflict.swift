/// A change that cannot be kept because a name is taken, possibly since a moment ago.
public struct ConfigurationConflict: Error, Sendable, CustomStringConvertible {
    /// What must be unique, such as `name` or `prefix`.
    public let field: String

    public init(field: String) { self.field = field }

    public var description: String { "\(field): taken already, by a change made at the same time" }
}
