import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import OmniCore
import OmniJSON
import OmniTools

/// One management call: its parts as handlers need them.
struct ManagementRequest: Sendable {
    let request: Request
    let parameters: Parameters
    let body: ManagementBody
    /// Who made the call; nil where the route is open to everyone.
    let caller: AdminCaller?
    /// The other end of the connection, where it is known.
    let peer: InternetAddress?
    /// What the call is called in its answer, the log and the audit log.
    let requestID: String

    /// The login that made the call; nil for a token, and where the route is open to everyone.
    var session: AdminSession? { caller?.session }

    /// A parameter of the path.
    func id(_ name: String) throws(ManagementError) -> String {
        guard let value = parameters.get(name), !value.isEmpty else { throw .notFound("resource") }
        return value
    }

    /// A parameter of the query.
    func query(_ name: Substring) -> String? {
        request.uri.queryParameters[name].map(String.init)
    }

    func flag(_ name: Substring) throws(ManagementError) -> Bool? {
        guard let text = query(name), !text.isEmpty else { return nil }
        guard let flag = Bool(text) else { throw .invalid(String(name), "must be true or false") }
        return flag
    }
}

/// What a route answers with.
struct ManagementResponse: Sendable {
    var status: HTTPResponse.Status = .ok
    var body: [UInt8]
    var headers = HTTPFields()
    /// In place of `body`, for what is told over time.
    var stream: ResponseBody?
    /// What the audit log cannot see from outside; nil for most calls.
    var auditNote: AuditNote?

    init(status: HTTPResponse.Status = .ok, _ write: (inout JSONWriter) -> Void) {
        self.status = status
        var writer = JSONWriter()
        write(&writer)
        body = writer.bytes
    }

    /// - Parameter message: for people; some clients of the contract show it.
    static func success(message: String? = nil) -> ManagementResponse {
        ManagementResponse { writer in
            writer.beginObject()
            writer.optional("message", message)
            writer.key("success")
            writer.value(true)
            writer.endObject()
        }
    }
}

/// The management interface under `/api`.
public struct ManagementAPI: Sendable {
    let dependencies: ManagementDependencies
    let authenticator: AdminAuthenticator
    let audit: AuditTrail
    let changes = ChangeGate()

    public init(dependencies: ManagementDependencies) {
        self.dependencies = dependencies
        authenticator = AdminAuthenticator(dependencies: dependencies)
        audit = AuditTrail(store: dependencies.store, clock: dependencies.clock, logger: dependencies.logger)
    }

    /// All routes; each area declares its own beside its handlers.
    var routes: [ManagementRoute] {
        [
            authenticationRoutes,
            providerRoutes,
            nodeRoutes,
            keyRoutes,
            aliasRoutes,
            comboRoutes,
            pricingRoutes,
            customModelRoutes,
            modelCatalogRoutes,
            settingsRoutes,
            resilienceRoutes,
            rateLimitRoutes,
            sessionRoutes,
            comboTestRoutes,
            comboCountRoutes,
            policyRoutes,
            requestSettingsRoutes,
            cacheRoutes,
            routeExplainRoutes,
            budgetRoutes,
            usageRoutes,
            telemetryRoutes,
            systemRoutes,
            eventRoutes,
            oauthRoutes,
            oauthSettingsRoutes,
            toolRoutes,
            toolBackupRoutes,
            openAPIRoutes,
            tokenRoutes,
            loginSessionRoutes,
            auditRoutes,
            healthRoutes,
            lifecycleRoutes,
            translatorRoutes,
            replayRoutes,
            evalRoutes,
            evalRunRoutes,
            proxyRoutes,
            backupRoutes,
            syncRoutes,
            syncBundleRoutes,
            cloudRoutes,
        ].flatMap(\.self)
    }

    /// A Hummingbird router for `/api` and the dashboard, and a clear 404 for every other path.
    public func router() -> Router<ManagementContext> {
        let router = Router(context: ManagementContext.self)
        let routes = routes
        router.add(middleware: AnswerHeaderMiddleware())
        router.add(middleware: UnknownRouteMiddleware(routes: routes))
        for route in routes {
            let reader = AuditTrail.reader(of: route, among: routes)
            router.on(route.path, method: route.method) { request, context in
                await respond(to: request, context: context, route: route, reader: reader)
            }
        }
        DashboardSite(origins: dependencies.origins).add(to: router)
        return router
    }

    /// - Parameter reader: the route that shows what this one changes.
    private func respond(
        to request: Request, context: ManagementContext, route: ManagementRoute, reader: ManagementRoute?
    ) async -> Response {
        var response: ManagementResponse
        var caller: AdminCaller?
        var refusal: ManagementError?
        do {
            try dependencies.origins.check(request)
            caller = try await authenticator.authorize(request, policy: route.policy, peer: context.peer)
            var bytes = ByteBuffer()
            do {
                if !route.readsBody { bytes = try await request.body.collect(upTo: route.maximumBody) }
            } catch {
                throw ManagementError(
                    .contentTooLarge, "too_large", "the body is larger than \(route.maximumBody >> 20) MiB")
            }
            let call = ManagementRequest(
                request: request, parameters: context.parameters,
                body: try ManagementBody(Array(bytes.readableBytesView)), caller: caller, peer: context.peer,
                requestID: context.requestID)
            let body = bytes
            let perform = { try await audit.perform(call, route: route, reader: reader, body: body) }
            response = route.isChange ? try await changes.change(perform) : try await perform()
        } catch {
            let told = ManagementError(telling: error) ?? unexpected(error, at: route)
            refusal = told
            response = ManagementResponse(status: told.status) { $0.raw(told.body[...]) }
            if let retryAfter = told.retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        }
        if route.isAudited, response.status.code >= 400 {
            // Whose browser it was when a foreign page was refused before anybody was asked who they are; nobody's, when
            // that cannot be told.
            if caller == nil {
                caller = try? await authenticator.authorize(request, policy: .everyone, peer: context.peer)
            }
            await audit.refused(request, context: context, route: route, caller: caller, answer: response, refusal)
        }
        if response.headers[.contentType] == nil { response.headers[.contentType] = "application/json" }
        response.headers[.cacheControl] = "no-store"
        return Response(
            status: response.status, headers: response.headers,
            body: response.stream ?? ResponseBody(byteBuffer: ByteBuffer(bytes: response.body)))
    }

    private func unexpected(_ error: any Error, at route: ManagementRoute) -> ManagementError {
        dependencies.logger.error("management call failed", metadata: ["path": "\(route.path)", "error": "\(error)"])
        return ManagementError(.internalServerError, "internal", "the call failed; see the log")
    }
}
