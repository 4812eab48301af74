/// What is wrong with one field of a JSON object that a person sent.
public struct FieldFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The way to the field, such as `models[2].weight`.
    public var field: String
    /// For people; starts lower-case.
    public var message: String

    public init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    public var description: String { "\(field): \(message)" }
}
