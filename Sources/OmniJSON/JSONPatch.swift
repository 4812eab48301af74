/// Changes to a few places of a parsed text; every other byte stays as it was.
public struct JSONPatch: Sendable {
    private struct Edit {
        /// What is replaced; empty for a new member.
        var range: Range<Int>
        /// Quoted name and colon of a new member; empty for a replacement.
        var name: [UInt8] = []
        var needsComma = false
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
    ///
    /// Of several for the same value the last counts; edits inside a value that is replaced are lost with it.
    public mutating func replace(_ value: JSONValue, with replacement: [UInt8]) {
        put(Edit(range: value.range, replacement: replacement))
    }

    /// Replaces every member of that name (a text may hold duplicates), or adds one as the object's last.
    ///
    /// Of several values for the same name the last counts.
    /// - Parameter object: a value of kind object.
    public mutating func set(_ name: StaticString, to replacement: [UInt8], in object: JSONValue) {
        var isFound = false
        var position = object.range.lowerBound + 1
        var isFirst = true
        for member in object.members {
            if member.isNamed(name) {
                replace(member.value, with: replacement)
                isFound = true
            }
            position = member.value.range.upperBound
            isFirst = false
        }
        guard !isFound else { return }
        var writer = JSONWriter(reservingCapacity: name.utf8CodeUnitCount + 3)
        writer.key(name)
        // No two objects end their members at the same place, so whatever is added there is added to this one.
        isFirst = isFirst && !edits.contains { $0.range == position..<position }
        put(Edit(range: position..<position, name: writer.bytes, needsComma: !isFirst, replacement: replacement))
    }

    /// Puts bytes before an offset of the text; with them it must still be JSON.
    public mutating func insert(_ bytes: [UInt8], at offset: Int) {
        edits.append(Edit(range: offset..<offset, replacement: bytes))
    }

    /// Takes every member of that name out, with the comma it no longer needs.
    /// - Parameter object: a value of kind object, of which at least one other member stays.
    public mutating func remove(_ name: StaticString, from object: JSONValue) {
        let members = Array(object.members)
        var staying: Int?
        for (index, member) in members.enumerated() {
            guard member.isNamed(name) else {
                staying = index
                continue
            }
            let start = member.nameRange.lowerBound
            let end = member.value.range.upperBound
            if staying != nil {
                put(Edit(range: members[index - 1].value.range.upperBound..<end, replacement: []))
            } else if index + 1 < members.count {
                put(Edit(range: start..<members[index + 1].nameRange.lowerBound, replacement: []))
            } else {
                put(Edit(range: start..<end, replacement: []))
            }
        }
    }

    private mutating func put(_ edit: Edit) {
        if let earlier = edits.firstIndex(where: { $0.range == edit.range && $0.name == edit.name }) {
            edits[earlier].replacement = edit.replacement
        } else {
            edits.append(edit)
        }
    }

    /// The patched text.
    ///
    /// Complexity: O(n) copies plus sorting of the edits.
    public func applied() -> [UInt8] {
        guard !edits.isEmpty else { return document }
        let added = edits.reduce(0) { $0 + $1.name.count + 1 + $1.replacement.count }
        var output: [UInt8] = []
        output.reserveCapacity(document.count + added)
        var position = 0
        // Hardly any text has more than one.
        for edit in edits.count == 1 ? edits : edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
        where edit.range.lowerBound >= position {
            output.append(contentsOf: document[position..<edit.range.lowerBound])
            if edit.needsComma { output.append(UInt8(ascii: ",")) }
            output.append(contentsOf: edit.name)
            output.append(contentsOf: edit.replacement)
            position = edit.range.upperBound
        }
        output.append(contentsOf: document[position...])
        return output
    }
}
