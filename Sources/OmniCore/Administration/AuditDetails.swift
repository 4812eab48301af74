public import OmniJSON

/// What of a call's body may be kept in the audit log: names and values, without secrets, and not too much of either.
public enum AuditDetails {
    private static let mark = "[redacted]"
    /// Of requests to models: what people ask is nobody's business here.
    private static let contents: Set<String> = ["messages", "contents", "input", "body", "outputs"]
    private static let contentsMark = "[not kept]"
    /// Bytes of one text.
    private static let longestText = 300
    /// Members and elements of one container.
    private static let mostChildren = 60
    private static let maximumDepth = 6
    /// Names whose values open something in the calls of this interface, though elsewhere they may be harmless.
    private static let secrets: Set<String> = [
        "key", "code", "state", "token", "tokens", "codeverifier", "devicecode", "callbackurl", "salt", "cert",
        "headers", "cookies", "env", "environment",
    ]

    /// Writes a value as far as it may be kept.
    /// - Parameter name: of the member it is the value of.
    public static func write(_ value: JSONValue, named name: String? = nil, into writer: inout JSONWriter) {
        write(value, named: name, depth: 0, into: &writer)
    }

    /// Whether the value of a member is a secret.
    public static func isSecret(_ name: String) -> Bool {
        let plain = name.lowercased().filter { $0 != "_" && $0 != "-" }
        return secrets.contains(plain) || SecretNames.minimumLength(of: Array(name.utf8)[...]) != nil
    }

    private static func write(_ value: JSONValue, named name: String?, depth: Int, into writer: inout JSONWriter) {
        // That something was switched on, or taken away, is no secret whatever its name.
        if let name, isSecret(name), !value.isNull, value.bool == nil { return writer.string(mark) }
        if let name, contents.contains(name), !value.isNull { return writer.string(contentsMark) }
        switch value.kind {
        case .string: writer.string(text(value.string ?? ""))
        case .object:
            guard depth < maximumDepth else { return writer.string("{…}") }
            writer.beginObject()
            for member in value.members.prefix(mostChildren) {
                let name = member.name.string
                writer.key(JSONText(String(name.prefix(100))))
                write(member.value, named: name, depth: depth + 1, into: &writer)
            }
            writer.endObject()
        case .array:
            guard depth < maximumDepth else { return writer.string("[…]") }
            writer.beginArray()
            for element in value.elements.prefix(mostChildren) {
                write(element, named: nil, depth: depth + 1, into: &writer)
            }
            writer.endArray()
        default: writer.value(value)
        }
    }

    /// Without what looks like a secret, without the password of an address, and cut to a length.
    static func text(_ text: String) -> String {
        let (bytes, isCut) = BodyRedaction.redact(Array(withoutUserInfo(text).utf8), limit: longestText)
        return String(decoding: bytes, as: UTF8.self) + (isCut ? "…" : "")
    }

    /// `scheme://name:password@host` without the password.
    ///
    /// The scheme may be missing, as where a proxy is named, and a password may hold what ends an authority: too much is
    /// better left out than too little.
    private static func withoutUserInfo(_ text: String) -> String {
        let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        guard let at = text[start...].lastIndex(of: "@"), let colon = text[start..<at].firstIndex(of: ":"),
            !text[colon..<at].contains(where: \.isWhitespace)
        else { return text }
        return text[...colon] + mark + text[at...]
    }
}
