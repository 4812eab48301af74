import HTTPTypes
import OmniCore

/// The authorization code that a person brings back: as parts, as `code#state`, or as the whole address their browser ended at.
struct BroughtCode: Sendable {
    var code: String
    var state: String

    /// - Throws: ``ManagementError`` that names the missing part.
    init(_ body: ManagementBody) throws(ManagementError) {
        var code = try body.string("code", maximum: 16 << 10) ?? ""
        var state = try body.string("state", maximum: 1000) ?? ""
        let address = try body.string("callbackUrl", maximum: 16 << 10) ?? (code.contains("://") ? code : nil)
        if let address {
            let query = FormQuery(ofAddress: address)
            if let error = query["error"], query["code"] == nil {
                throw ManagementError(
                    .badRequest, "access_denied",
                    "the OAuth server sent the browser back without a code: "
                        + AnswerHeaders.sanitized(String((query["error_description"] ?? error).prefix(300))))
            }
            code = query["code"] ?? ""
            state = query["state"] ?? state
        } else if let mark = code.firstIndex(of: "#") {
            state = String(code[code.index(after: mark)...])
            code = String(code[..<mark])
        }
        guard !code.isEmpty else { throw .invalid("code", "required") }
        guard !state.isEmpty else { throw .invalid("state", "required: the one the login was begun with") }
        self.code = code
        self.state = state
    }
}
