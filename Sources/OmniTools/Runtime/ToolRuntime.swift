/// Whether a tool is there and starts.
public struct ToolRuntime: Sendable, Hashable {
    /// Why a tool cannot be started.
    public enum Reason: String, Sendable {
        case notFound = "not_found"
        /// The executable that was named does not exist.
        case missingCommand = "missing_command"
        case notExecutable = "not_executable"
        /// Other users could put another program in its place: it is not started.
        case unsafeLocation = "unsafe_location"
        case healthcheckFailed = "healthcheck_failed"
        /// The tool is part of an editor and has no command.
        case notRequired = "not_required"
    }

    public var installed: Bool
    public var runnable: Bool
    public var command: String?
    public var commandPath: String?
    public var reason: Reason?
    /// What it says its version is.
    public var version: String?

    public init(
        installed: Bool, runnable: Bool, command: String? = nil, commandPath: String? = nil, reason: Reason? = nil,
        version: String? = nil
    ) {
        self.installed = installed
        self.runnable = runnable
        self.command = command
        self.commandPath = commandPath
        self.reason = reason
        self.version = version
    }
}
