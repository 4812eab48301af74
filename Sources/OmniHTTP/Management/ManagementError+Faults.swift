import Hummingbird
import OmniCore
import OmniTools

extension ManagementError {
    /// What the caller is told of an error thrown on the way; nil of one that nobody foresaw.
    init?(telling error: any Error) {
        switch error {
        case let error as ManagementError: self = error
        case let fault as FieldFault: self = .invalid(fault.field, fault.message)
        case let fault as ToolFault: self.init(fault)
        case let fault as BackupFault:
            self.init(fault)
            if fault.code == .busy { retryAfter = 2 }
        case let fault as OAuthFault:
            self.init(fault.code == .denied ? .badRequest : .badGateway, fault.code.rawValue, fault.message)
        case let conflict as ConfigurationConflict:
            self.init(.conflict, "duplicate_name", "\(conflict)", field: conflict.field)
        case let error as HTTPError: self.init(error.status, "invalid_request", error.body ?? "invalid request")
        default: return nil
        }
    }
}
