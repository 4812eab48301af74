/// Keeps who may manage the router, and what they did.
///
/// Every change is durable when its call returns.
public protocol AdministrationStore: Sendable {
    func adminTokens() async throws -> [AdminToken]
    /// - Throws: ``ConfigurationConflict`` when the name is taken.
    func insertAdminToken(_ token: AdminToken) async throws
    /// - Returns: false when there is none with this id.
    @discardableResult func deleteAdminToken(_ id: String) async throws -> Bool
    func deleteAllAdminTokens() async throws
    func adminToken(digest: [UInt8]) async throws -> AdminToken?
    /// Notes when a token was used, in milliseconds since 1970, and from where.
    func touchAdminToken(_ id: String, at time: Int64, from address: String?) async throws

    func insertSession(_ session: StoredSession) async throws
    /// All that have not expired, the latest first.
    func sessions(now: Int64) async throws -> [StoredSession]
    func session(digest: [UInt8]) async throws -> StoredSession?
    /// Ends the session that is shown under this id.
    /// - Returns: false when there is none.
    func removeSession(id: String) async throws -> Bool
    /// Ends all sessions but one.
    /// - Returns: how many were ended.
    func removeSessions(except digest: [UInt8]?) async throws -> Int
    func touchSession(digest: [UInt8], at time: Int64) async throws

    /// Adds an entry behind all others; nothing changes one that is there.
    /// - Returns: the entry with its sequence number and its code.
    @discardableResult func appendAudit(_ entry: AuditEntry) async throws -> AuditEntry
    func auditLog(_ filter: AuditFilter) async throws -> AuditPage
    /// Removes entries that are older than a time, the first ones only, so that the rest can be verified still.
    /// - Returns: how many.
    func removeAudit(before time: Int64) async throws -> Int
    /// Goes through all entries and computes their codes anew.
    func verifyAudit() async throws -> AuditVerification
}

extension AdministrationStore {
    /// - Parameters: digest: SHA-256 of the cookie. expiresAt, createdAt: milliseconds since 1970.
    public func insertSession(digest: [UInt8], expiresAt: Int64, createdAt: Int64) async throws {
        try await insertSession(StoredSession(digest: digest, createdAt: createdAt, expiresAt: expiresAt))
    }
}
