/// Why a body is no form that can be read.
public struct MultipartError: Error, Sendable, Hashable, CustomStringConvertible {
    /// For people; starts lower-case and quotes nothing of the body.
    public let description: String

    public init(_ description: String) { self.description = description }
}
