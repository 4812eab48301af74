/// What a tool's files become, thought through before anything is touched.
///
/// A value without effects: it is made from what the files hold, shown as a difference, and carried out by ``ToolFiles``.
public struct ToolPlan: Sendable {
    /// One of a tool's files as it is now.
    public struct FileState: Sendable {
        public var choice: CodingTool.Choice
        /// nil where there is none.
        public var bytes: [UInt8]?

        public init(choice: CodingTool.Choice, bytes: [UInt8]?) {
            self.choice = choice
            self.bytes = bytes
        }

        /// - Throws: ``ToolFault`` when it cannot be read as what it should be.
        func document() throws(ToolFault) -> ConfigurationDocument {
            do throws(DocumentFault) {
                return try ConfigurationDocument(bytes ?? [], format: choice.format)
            } catch {
                throw ToolFault(error, path: choice.path)
            }
        }
    }

    /// A file that changes.
    public struct Change: Sendable, Hashable {
        /// Below the home folder.
        public var path: String
        /// nil where there is none yet.
        public var before: [UInt8]?
        /// nil when it is to be deleted.
        public var after: [UInt8]?
    }

    /// Files that stay as they are do not appear.
    public private(set) var changes: [Change] = []
    /// The differences, secrets replaced.
    public private(set) var diff = ""
    /// What may keep the tool from using the router all the same.
    public private(set) var warnings: [String] = []

    public static func connecting(_ files: [FileState], to connection: ToolConnection) throws(ToolFault) -> ToolPlan {
        try ToolPlan(files, hiding: [connection.secret]) { choice, value in
            choice.connecting(connection, in: value)
        }
    }

    /// Takes away what connecting wrote.
    public static func disconnecting(_ files: [FileState]) throws(ToolFault) -> ToolPlan {
        try ToolPlan(files, hiding: []) { choice, value in choice.disconnecting(value) }
    }

    private init(
        _ files: [FileState], hiding secrets: Set<String>,
        _ edits: (CodingTool.Choice, DocumentValue) -> [DocumentEdit]
    ) throws(ToolFault) {
        for file in files {
            var document = try file.document()
            let before = document.value
            for conflict in file.choice.conflicts where before[conflict.path] != nil {
                warnings.append("~/\(file.choice.path) has \(conflict.path.joined(separator: ".")): \(conflict.reason)")
            }
            let wanted = edits(file.choice, before)
            do throws(DocumentFault) {
                try document.apply(wanted)
            } catch {
                throw ToolFault(error, path: file.choice.path)
            }
            guard document.value != before || (file.bytes != nil && document.bytes != file.bytes) else { continue }
            changes.append(Change(path: file.choice.path, before: file.bytes, after: document.bytes))
            let hidden = secrets.union(ToolSecrets.texts(of: before)).union(ToolSecrets.texts(of: document.value))
            diff += LineDiff.text(
                path: "~/" + file.choice.path, old: file.bytes.map { String(decoding: $0, as: UTF8.self) },
                new: document.text
            ) { ToolSecrets.masked($0, hiding: hidden) }
        }
    }
}
