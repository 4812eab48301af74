/// What a handler tells the audit log beyond what can be seen of its call.
struct AuditNote: Sendable {
    /// Who it was, where the call itself could not say.
    var actor: String?
    /// What it was done to, where the path does not say.
    var target: String?
}
