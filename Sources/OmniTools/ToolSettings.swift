/// How tools are looked for and whether their files may be written.
public struct ToolSettings: Sendable {
    /// Where the tools run.
    public enum Mode: String, Sendable, CaseIterable {
        /// As ``host``, or as ``container`` where the router finds itself in one.
        case auto
        /// Beside the router, which may start them to see whether they do.
        case host
        /// Outside of the router's container: files are found where they are mounted, nothing is started.
        case container
    }

    public var mode = Mode.auto
    /// Searched before `PATH`.
    public var extraPaths: [String] = []
    /// Whose files are read and written.
    public var home: String
    public var allowsWrites = true
    /// Executables by the tool's id.
    public var executables: [String: String] = [:]
    /// `PATH`.
    public var searchPath: String
    /// Where copies of files are kept.
    public var backups: String

    public init(home: String, searchPath: String, backups: String) {
        self.home = home
        self.searchPath = searchPath
        self.backups = backups
    }
}
