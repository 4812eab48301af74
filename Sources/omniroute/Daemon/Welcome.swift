import Foundation
import OmniCore
import OmniHTTP
import OmniStore

/// What a person needs to begin: addresses, on the first start a client key, until a password is set a setup token.
struct Welcome: Sendable {
    private var clientKey: String?
    private var setupToken: String?

    /// Makes the first client key and, where nobody could log in otherwise, a setup token.
    static func prepare(store: DataStore, settings: DaemonSettings) async throws -> Welcome {
        var welcome = Welcome()
        if try await store.configuration.load().clientKeys.isEmpty {
            let made = ClientKeySecret(
                id: ClientKeyID(UUID().uuidString.lowercased()), name: "first key",
                now: SystemClock().wallMilliseconds())
            try await store.configuration.insertClientKey(made.key)
            welcome.clientKey = made.secret
        }
        let hasPassword = try await store.configuration.passwordHash() != nil
        if !hasPassword, settings.initialPassword == nil {
            let made = SetupToken()
            try await store.configuration.setSetupTokenDigest(made.digest)
            welcome.setupToken = made.secret
        } else {
            try await store.configuration.setSetupTokenDigest(nil)
        }
        return welcome
    }

    func show(settings: DaemonSettings, port: Int) {
        let address = settings.address(port: port)
        var lines = [
            "",
            "omniroute \(Omniroute.version) listens on \(address)",
            "",
            "  OpenAI clients      \(address)/v1",
            "  Anthropic clients   \(address)",
            "  Dashboard           \(address)/dashboard",
            "  Management          \(address)/api",
            "  Data folder         \(settings.dataDir)",
        ]
        if let clientKey {
            lines.append("  Client key          \(clientKey)   (shown once)")
        }
        if let setupToken {
            lines.append("  Setup token         \(setupToken)   (log in once with it, then set a password)")
        }
        let key = clientKey.map { " -H 'authorization: Bearer \($0)'" } ?? ""
        lines += [
            "",
            "Try it, no provider needed:",
            "",
            "  curl \(address)/v1/chat/completions\(key) -H 'content-type: application/json' \\",
            "    -d '{\"model\":\"sim/echo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}'",
            "",
        ]
        Console.line(lines.joined(separator: "\n"))
    }
}
