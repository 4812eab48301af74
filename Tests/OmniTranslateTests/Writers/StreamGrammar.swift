import OmniJSON

@testable import OmniTranslate

/// A strict reader of one dialect's streams: what it finds wrong, and what it understood.
protocol StreamGrammar: Sendable {
    /// What is wrong, in the order met; a legal stream has nothing.
    var problems: [String] { get }
    /// By index; what a dialect cannot say is empty.
    var choices: [Int: ChoiceContent] { get }
    /// Whether the stream says of itself that it is whole.
    var isComplete: Bool { get }
    /// Whether it ends with an error.
    var hasFailed: Bool { get }

    init(_ output: [UInt8])
}

extension JSONValue {
    var names: [String] { members.map { $0.name.string } }

    /// Whether exactly these members are there, in whatever order.
    func has(only names: String...) -> Bool { kind == .object && self.names.sorted() == names.sorted() }
}
