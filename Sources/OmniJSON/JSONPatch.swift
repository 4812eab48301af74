/// Changes to a few places of a parsed text; every other byte stays as it was.
public struct JSONPatch: Sendable {
    private struct Edit {
        var range: Range<Int>
        var replacement: [UInt8]
    }

    private let document: [UInt8]
    private var edits: [Edit] = []

    /// - Parameter value: any value of the text to be patched.
    public init(_ value: JSONValue) {
        document = value.documentBytes
    }

    public var isEmpty: Bool { edits.isEmpty }

    /// Puts another JSON value in the place of one.
    public mutating func replace(_ value: JSONValue, with replacement: [UInt8]) {
        edits.append(Edit(range: value.range, replacement: replacement))
    }

    /// Replaces every member of that name (a text may hold duplicates), or adds one as the object's last.
    /// - Parameter object: a value of kind object.
    public mutating func set(_ name: StaticString, to replacement: [UInt8], in object: JSONValue) {
        var isFound = false
        var last: JSONMember?
        for member in object.members {
            if member.name.equals(name) {
                replace(member.value, with: replacement)
                isFound = true
            }
            last = member
        }
        guard !isFound else { return }
        var writer = JSONWriter()
        writer.key(name)
        let addition = (last == nil ? [] : [UInt8(ascii: ",")]) + writer.bytes + replacement
        let position = last.map { $0.value.range.upperBound } ?? object.range.lowerBound + 1
        edits.append(Edit(range: position..<position, replacement: addition))
    }

    /// The patched text. Complexity: O(n) copies plus sorting of the edits.
    public func applied() -> [UInt8] {
        guard !edits.isEmpty else { return document }
        var output: [UInt8] = []
        output.reserveCapacity(document.count + edits.reduce(0) { $0 + $1.replacement.count })
        var position = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            output.append(contentsOf: document[position..<edit.range.lowerBound])
            output.append(contentsOf: edit.replacement)
            position = edit.range.upperBound
        }
        output.append(contentsOf: document[position...])
        return output
    }
}
