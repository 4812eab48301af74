import HTTPTypes
import Hummingbird

/// Who may call a route.
///
/// Every route names one; there is no default.
enum AccessPolicy: Sendable {
    /// Anybody who can reach the port.
    case everyone
    /// Whoever may look: nothing changes by it.
    case read
    /// Whoever may look, or a program on this machine that asks without a proxy.
    case readOrThisMachine
    /// Whoever may change things.
    case write
    /// Whoever may change things, or another machine of the owner's that has a token for synchronising.
    case synchronise
    /// Somebody who has logged in with the password; no token will do.
    case session
}

/// A route together with who may call it and what it is called.
struct ManagementRoute: Sendable {
    typealias Handler = @Sendable (ManagementRequest) async throws -> ManagementResponse

    let method: HTTPRequest.Method
    let path: RouterPath
    let policy: AccessPolicy
    /// What it does, takes and answers; routes that do the same share it.
    let document: RouteDocument
    /// The largest body accepted, in bytes; default: 1 MiB.
    let maximumBody: Int
    /// Whether the handler reads the body itself, of whatever form and length.
    let readsBody: Bool
    /// Whether the handler itself sees to it that nothing else changes at the same time (``ChangeGate``).
    let runsAlone: Bool
    let handler: Handler

    /// What is done, as area and verb such as `keys.create`.
    var operation: String { document.operation }

    /// Whether it goes into the audit log: what changes something or gives away secrets, and what is done to log in.
    var isAudited: Bool {
        switch policy {
        case .write, .session: true
        case .read, .readOrThisMachine: false
        // Bundles come and go by themselves, and say nothing to whoever reads the log.
        case .synchronise: ["cloud.update-credentials", "cloud.set-alias"].contains(operation)
        case .everyone: ["auth.login", "auth.logout", "oauth.callback"].contains(operation)
        }
    }

    init(
        _ method: HTTPRequest.Method, _ path: RouterPath, _ policy: AccessPolicy,
        _ document: RouteDocument, maximumBody: Int = 1 << 20, readsBody: Bool = false, runsAlone: Bool = false,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.policy = policy
        self.document = document
        self.maximumBody = maximumBody
        self.readsBody = readsBody
        self.runsAlone = runsAlone
        self.handler = handler
    }

    /// Whether it may change the configuration, together with others.
    var isChange: Bool { method != .get && policy != .everyone && !runsAlone }
}
