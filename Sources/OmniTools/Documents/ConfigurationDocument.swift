/// How a tool writes its configuration down.
public enum DocumentFormat: String, Sendable, Hashable {
    /// Also with comments, trailing commas and the other liberties of JSON5.
    case json
    case toml
    case yaml
    /// Lines of `NAME=value`.
    case environment
}

/// What each format knows how to do with its text.
protocol DocumentEditor: Sendable {
    /// - Throws: ``DocumentFault`` when the text is not what the format allows.
    init(_ bytes: [UInt8]) throws(DocumentFault)
    var bytes: [UInt8] { get }
    var value: DocumentValue { get }
    mutating func apply(_ edit: DocumentEdit) throws(DocumentFault)
}

/// A configuration file as text that can be changed at single places.
///
/// Comments, order, spaces, types and line ends stay as they are; an edit that changes no value changes no byte.
public struct ConfigurationDocument: Sendable {
    private var editor: any DocumentEditor

    /// - Throws: ``DocumentFault`` when the text is not what the format allows; an empty one always is.
    public init(_ bytes: [UInt8], format: DocumentFormat) throws(DocumentFault) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw DocumentFault(.unparseable, "the text is not UTF-8")
        }
        guard !bytes.contains(0) else { throw DocumentFault(.unparseable, "the text holds a zero byte") }
        switch format {
        case .json: editor = try JSONDocument(bytes)
        case .toml: editor = try TOMLDocument(bytes)
        case .yaml: editor = try YAMLDocument(bytes)
        case .environment: editor = try EnvironmentDocument(bytes)
        }
    }

    public var bytes: [UInt8] { editor.bytes }
    public var text: String { String(decoding: editor.bytes, as: UTF8.self) }
    /// All of it, for looking.
    public var value: DocumentValue { editor.value }

    public mutating func apply(_ edits: [DocumentEdit]) throws(DocumentFault) {
        for edit in edits { try editor.apply(edit) }
    }
}
