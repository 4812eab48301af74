/// A program that talks to models, and how it is told to talk to this router.
///
/// Everything about a tool is data: a new one is a new entry of ``all``.
public struct CodingTool: Sendable, Hashable {
    /// Whether the tool's configuration names a model.
    public enum ModelNeed: String, Sendable {
        case required
        case optional
    }

    /// A file of which a tool reads the first that exists.
    public struct File: Sendable, Hashable {
        /// The file itself in the order of preference; a new one is made as the first.
        public var choices: [Choice]
    }

    /// A file in one of the shapes a tool reads.
    public struct Choice: Sendable, Hashable {
        /// Below the home folder.
        public var path: String
        public var format: DocumentFormat
        public var edits: [ToolEdit]
        /// Taken away as a whole when the tool is disconnected.
        public var owned: [[String]] = []
        /// What would get in the way, and why.
        public var conflicts: [Conflict] = []
    }

    public struct Conflict: Sendable, Hashable {
        public var path: [String]
        public var reason: String
    }

    public var id: String
    /// Other names people and addresses use.
    public var aliases: [String] = []
    public var name: String
    /// Executables that are looked for, in this order; empty for tools that are part of an editor.
    public var commands: [String]
    /// How long `--version` may take.
    public var timeout: Duration
    public var model: ModelNeed = .required
    /// Models that may be chosen beside the one, such as `opus`.
    public var modelNames: [String] = []
    /// Empty for tools that keep the address out of reach.
    public var files: [File]
    /// What to do by hand where there is no file to write.
    public var manual: String?
    /// Where its configuration is described.
    public var source: String

    /// The environment variable that names the executable, such as `CLI_CLAUDE_BIN`.
    public var variable: String { "CLI_\(id.replacing("-cli", with: "").replacing("-", with: "_").uppercased())_BIN" }

    public var requiresBinary: Bool { !commands.isEmpty }

    /// - Parameter name: an id or an alias in any case.
    public static func named(_ name: String) -> CodingTool? {
        let name = name.lowercased()
        return all.first { $0.id == name || $0.aliases.contains(name) }
    }
}

/// What is written at one place of a tool's file.
public enum ToolEdit: Sendable, Hashable {
    /// When a value is taken away again.
    public enum Removal: Sendable, Hashable {
        case always
        /// Only a text that begins like this: another is not ours.
        case beginning(String)
        /// Only while another text stands at another place: then it is what this router wrote.
        case beside([String], String)
        /// Something else takes it away, or it does no harm.
        case never
    }

    case value([String], ToolValue, Removal)
    /// Only where nothing stands.
    case missing([String], ToolValue)
    case entry(DocumentEdit.Entry, [Member])

    public struct Member: Sendable, Hashable {
        var name: String
        var value: ToolValue

        init(_ name: String, _ value: ToolValue) {
            self.name = name
            self.value = value
        }
    }
}

/// A value that depends on how a tool is connected.
public enum ToolValue: Sendable, Hashable {
    case fixed(DocumentValue)
    /// The router's address with this behind it.
    case address(String)
    case secret
    /// The model with this in front of it; left out where none was chosen.
    case model(String)
    /// One of ``CodingTool/modelNames``, else the model.
    case namedModel(String)
    /// An object with the model's name as the only name.
    case modelTable
    /// A list with one object that describes the model.
    case modelList
    /// The time of the change.
    case time

    static func text(_ text: String) -> ToolValue { .fixed(.text(text)) }
}

/// What a tool is connected to.
public struct ToolConnection: Sendable, Hashable {
    /// Without a slash at the end and without `/v1`.
    public var address: String
    public var secret: String
    public var model: String?
    /// By ``CodingTool/modelNames``.
    public var models: [String: String]
    /// Milliseconds since 1970.
    public var time: Int64

    public init(address: String, secret: String, model: String?, models: [String: String] = [:], time: Int64 = 0) {
        self.address = address
        self.secret = secret
        self.model = model
        self.models = models
        self.time = time
    }
}
