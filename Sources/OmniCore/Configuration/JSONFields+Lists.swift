import OmniJSON

extension JSONFields {
    /// One of an enumeration's names; nil when absent or null.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: StaticString
    ) throws(FieldFault) -> Choice? {
        guard let text = try string(name, maximum: 100) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldFault(path("\(name)"), "must be one of \(names)")
        }
        return choice
    }

    /// Strings, each trimmed and not empty; nil when absent or null.
    public func strings(_ name: StaticString, maximum: Int, count: Int = 1000) throws(FieldFault) -> [String]? {
        guard let list = value(name) else { return nil }
        guard list.kind == .array else { throw FieldFault(path("\(name)"), "must be an array of strings") }
        var strings: [String] = []
        for element in list.elements {
            guard let text = element.string else {
                throw FieldFault(path("\(name)"), "must be an array of strings")
            }
            let position = path("\(name)[\(strings.count)]")
            let plain = try Self.plain(text, maximum: maximum, path: position)
            guard !plain.isEmpty else { throw FieldFault(position, "must not be empty") }
            strings.append(plain)
            guard strings.count <= count else { throw FieldFault(path("\(name)"), "more than \(count)") }
        }
        return strings
    }
}

extension JSONWriter {
    mutating func strings(_ name: StaticString, _ values: [String]) {
        key(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }
}
