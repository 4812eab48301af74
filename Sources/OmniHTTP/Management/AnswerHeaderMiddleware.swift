import HTTPTypes
import Hummingbird

/// Gives each answer its identifier and the headers that keep browsers from doing anything else with it.
struct AnswerHeaderMiddleware: RouterMiddleware {
    typealias Context = ManagementContext

    static let requestID = HTTPField.Name("x-request-id")

    func handle(
        _ request: Request, context: ManagementContext,
        next: (Request, ManagementContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.identifier(of: request)
        var response = try await next(request, context)
        if let name = Self.requestID { response.headers[name] = context.requestID }
        for field in Self.securityHeaders where response.headers[field.name] == nil { response.headers.append(field) }
        return response
    }

    /// The client's own where it is fit for a header and a log, else a random one.
    private static func identifier(of request: Request) -> String {
        if let name = requestID, let given = request.headers[name], (1...128).contains(given.utf8.count),
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        {
            return given
        }
        return "req_" + AdminAuthenticator.randomToken().prefix(24)
    }

    /// For answers that say nothing else themselves: they are data, never pages.
    private static let securityHeaders: [HTTPField] = [
        ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("cross-origin-resource-policy", "same-origin"),
    ].compactMap { name, value in HTTPField.Name(name).map { HTTPField(name: $0, value: value) } }
}
