/// One change to a configuration file that leaves the rest of it as it stands.
public enum DocumentEdit: Sendable, Hashable {
    /// The entry of a list that has a certain text under a certain name.
    public struct Entry: Sendable, Hashable {
        public var list: [String]
        public var name: String
        public var text: String

        public init(list: [String], name: String, text: String) {
            self.list = list
            self.name = name
            self.text = text
        }
    }

    /// Puts a value at the end of a way through objects; objects that are missing are made.
    case set([String], DocumentValue)
    /// Takes a value away, and objects around it that are empty then.
    case remove([String])
    /// Puts members into an entry of a list, which is made where there is none.
    case setEntry(Entry, [DocumentValue.Member])
    case removeEntry(Entry)
}

/// Why a file was left as it is.
public struct DocumentFault: Error, Sendable, Hashable {
    public enum Code: String, Sendable {
        /// The file is not what its format allows.
        case unparseable
        /// The file is right, but the place cannot be changed without touching more than that.
        case unsupported
    }

    public var code: Code
    /// For people; starts lower-case; holds nothing of the file but names.
    public var message: String
    /// Counted from 1.
    public var line: Int?

    public init(_ code: Code, _ message: String, line: Int? = nil) {
        self.code = code
        self.message = message
        self.line = line
    }
}
