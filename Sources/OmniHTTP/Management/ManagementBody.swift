import HTTPTypes
import OmniCore
import OmniJSON

/// The JSON object a management call carries, with typed access that names the field when it is wrong.
struct ManagementBody: Sendable {
    private let object: JSONValue

    /// - Parameter bytes: one JSON object; nothing counts as an empty one.
    init(_ bytes: [UInt8]) throws(ManagementError) {
        do throws(JSONError) {
            object = try JSONValue(
                parsing: bytes.isEmpty ? Array("{}".utf8) : bytes, limits: JSONLimits(maximumDepth: 32))
        } catch {
            throw ManagementError(.badRequest, "invalid_json", "the body is not valid JSON: \(error)")
        }
        guard object.kind == .object else {
            throw ManagementError(.badRequest, "invalid_json", "the body must be a JSON object")
        }
    }

    /// The same members, for values of the router's own that read themselves.
    var fields: JSONFields {
        get throws(FieldFault) { try JSONFields(object) }
    }

    func has(_ name: StaticString) -> Bool { object[name] != nil }
    func isNull(_ name: StaticString) -> Bool { object[name]?.isNull ?? false }

    /// A string, trimmed; nil when absent or null.
    func string(_ name: StaticString, maximum: Int = 1000) throws(ManagementError) -> String? {
        guard let value = object.present(name) else { return nil }
        guard let string = value.string else { throw .invalid("\(name)", "must be a string") }
        let trimmed = string.trimmed
        guard trimmed.utf8.count <= maximum else { throw .invalid("\(name)", "longer than \(maximum) bytes") }
        guard !trimmed.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw .invalid("\(name)", "holds control characters")
        }
        return trimmed
    }

    func requiredString(_ name: StaticString, maximum: Int = 1000) throws(ManagementError) -> String {
        guard let string = try string(name, maximum: maximum), !string.isEmpty else {
            throw .invalid("\(name)", "required")
        }
        return string
    }

    func bool(_ name: StaticString) throws(ManagementError) -> Bool? {
        guard let value = object.present(name) else { return nil }
        guard let bool = value.bool else { throw .invalid("\(name)", "must be true or false") }
        return bool
    }

    func int(_ name: StaticString, in range: ClosedRange<Int>) throws(ManagementError) -> Int? {
        guard let value = object.present(name) else { return nil }
        guard let int = value.int, range.contains(int) else {
            throw .invalid("\(name)", "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return int
    }

    func strings(_ name: StaticString) throws(ManagementError) -> [String]? {
        guard let value = object.present(name) else { return nil }
        let strings = value.elements.compactMap(\.string)
        guard value.kind == .array, strings.count == value.elements.count(where: { _ in true }) else {
            throw .invalid("\(name)", "must be an array of strings")
        }
        return strings
    }

    /// An object inside this one.
    func nested(_ name: StaticString) throws(ManagementError) -> ManagementBody? {
        guard let value = object.present(name) else { return nil }
        guard value.kind == .object else { throw .invalid("\(name)", "must be an object") }
        return try ManagementBody(Array(value.raw))
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        // Nearly always there is none, which two bytes tell: no white space begins or ends with a printable one of ASCII.
        let printable: ClosedRange<UInt8> = 0x21...0x7E
        if let first = utf8.first, let last = utf8.last, printable.contains(first), printable.contains(last) {
            return self
        }
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
