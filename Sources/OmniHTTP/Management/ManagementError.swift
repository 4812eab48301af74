import HTTPTypes
import OmniCore
import OmniJSON

/// An answer that says what was wrong with a management call.
struct ManagementError: Error, Sendable {
    var status: HTTPResponse.Status
    /// Stable, for programs, such as `invalid_field` or `not_found`.
    var code: String
    /// For people; starts lower-case; no secret.
    var message: String
    /// The field at fault.
    var field: String?
    /// Seconds to wait, for 429.
    var retryAfter: Int?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, field: String? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retryAfter = retryAfter
    }

    static func invalid(_ field: String, _ message: String) -> ManagementError {
        ManagementError(.badRequest, "invalid_field", "\(field): \(message)", field: field)
    }

    static func notFound(_ what: String) -> ManagementError {
        ManagementError(.notFound, "not_found", "no such \(what)")
    }

    var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.key("message")
        writer.string(message)
        writer.key("type")
        writer.value(status.code >= 500 ? "server_error" : "invalid_request_error")
        writer.key("code")
        writer.string(code)
        if let field {
            writer.key("field")
            writer.string(field)
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}

extension ManagementError {
    init(_ fault: BackupFault) {
        self.init(fault.status, fault.code.rawValue, fault.message)
        if fault.code == .wrongPassphrase || fault.code == .passphraseNeeded { field = "passphrase" }
    }
}

extension BackupFault {
    var status: HTTPResponse.Status {
        switch code {
        case .notFound: .notFound
        case .damaged, .foreign, .newer, .otherKey, .wrongPassphrase: .unprocessableContent
        case .passphraseNeeded: .badRequest
        case .tooLarge: .contentTooLarge
        case .busy: .conflict
        case .noSpace: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        case .failed: .internalServerError
        }
    }
}
