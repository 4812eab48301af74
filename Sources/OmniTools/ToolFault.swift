/// Why something was not done to a tool's files.
public struct ToolFault: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// What was asked for cannot be; ``field`` says where.
        case invalid = "invalid_field"
        /// The tool keeps its address where no file leads to.
        case manual = "manual_only"
        case writesOff = "writes_off"
        case notFound = "not_found"
        case unparseable = "unparseable"
        case unsupported = "unsupported"
        /// Another program wrote the file meanwhile.
        case changed = "changed_meanwhile"
        /// The file lies where it must not be written.
        case unsafePath = "unsafe_path"
        case failed = "io_failed"
    }

    public var code: Code
    /// For people; starts lower-case; holds no secret.
    public var message: String
    public var field: String?

    public init(_ code: Code, _ message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    init(_ fault: DocumentFault, path: String) {
        let line = fault.line.map { ", line \($0)" } ?? ""
        self.init(
            fault.code == .unparseable ? .unparseable : .unsupported,
            "~/\(path)\(line): \(fault.message); the file was left as it is")
    }

    public var description: String { message }
}
