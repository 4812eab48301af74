/// Finds out whether an endpoint keeps two machines from overwriting each other, before anything is trusted to it.
struct SyncProbe: Sendable {
    let endpoint: any SyncEndpoint

    private static let contents = Array("omniroute looks whether this endpoint keeps conditions".utf8)

    func run() async throws(SyncFault) {
        // One that a crash left behind.
        try await endpoint.remove(.probe)
        try await endpoint.store(Self.contents, as: .probe, replacing: nil)
        try await refuses(replacing: nil)
        try await refuses(replacing: "\"0000000000000000\"")
        guard let stored = try await endpoint.fetch(.probe), stored.bytes == Self.contents else {
            throw SyncFault(.refused, "the endpoint does not give back what was written to it")
        }
        try await endpoint.store(Self.contents + Self.contents, as: .probe, replacing: stored.version)
        try await endpoint.remove(.probe)
    }

    private func refuses(replacing version: String?) async throws(SyncFault) {
        do {
            try await endpoint.store(Self.contents, as: .probe, replacing: version)
        } catch let fault where fault.code == .changed {
            return
        }
        throw SyncFault(
            .unconditional,
            "the endpoint writes without regard to If-Match and If-None-Match: two machines would overwrite each other")
    }
}
