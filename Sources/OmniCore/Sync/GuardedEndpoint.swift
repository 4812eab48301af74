/// Sends nothing any more once synchronising is turned off.
struct GuardedEndpoint: SyncEndpoint {
    let endpoint: any SyncEndpoint
    let isAllowed: @Sendable () -> Bool

    func fetch(_ object: SyncObject) async throws(SyncFault) -> StoredSync? {
        try check()
        return try await endpoint.fetch(object)
    }

    func store(_ bytes: [UInt8], as object: SyncObject, replacing version: String?) async throws(SyncFault) {
        try check()
        try await endpoint.store(bytes, as: object, replacing: version)
    }

    func remove(_ object: SyncObject) async throws(SyncFault) {
        try check()
        try await endpoint.remove(object)
    }

    private func check() throws(SyncFault) {
        guard isAllowed() else { throw SyncFault(.disabled, "synchronising was turned off") }
    }
}
