import OmniJSON

/// Names of Gemini's fields, which proto JSON accepts in camel case and in snake case (C188).
enum GeminiField {
    /// - Parameter name: in camel case.
    /// - Returns: nil when absent or null.
    static func value(_ name: StaticString, in object: JSONValue) -> JSONValue? {
        object.present { matches($0, name) }
    }

    /// Whether a name is `functionCall` or `function_call`, given the former.
    static func matches(_ name: JSONText, _ camel: StaticString) -> Bool {
        name.escaped.withUnsafeBufferPointer { matches($0, camel) }
    }

    fileprivate static func matches(_ name: UnsafeBufferPointer<UInt8>, _ camel: StaticString) -> Bool {
        guard name.count >= camel.utf8CodeUnitCount else { return false }
        var index = 0
        for offset in 0..<camel.utf8CodeUnitCount {
            let wanted = camel.utf8Start[offset]
            guard index < name.count else { return false }
            if name[index] == wanted {
                index += 1
                continue
            }
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(wanted)
            guard isUpper, name[index] == UInt8(ascii: "_"), index + 1 < name.count, name[index + 1] == wanted | 0x20
            else { return false }
            index += 2
        }
        return index == name.count
    }
}

extension JSONMember {
    /// Whether its name is one of Gemini's in either spelling.
    /// - Parameter camel: the name in camel case.
    func isGemini(_ camel: StaticString) -> Bool { isNamed { GeminiField.matches($0, camel) } }
}
