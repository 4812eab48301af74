import HTTPTypes
import Hummingbird
import NIOCore

/// Answers what no route takes: 405 where another method is taken, else 404, both as JSON.
struct UnknownRouteMiddleware: RouterMiddleware {
    typealias Context = ManagementContext

    let routes: [ManagementRoute]

    func handle(
        _ request: Request, context: ManagementContext,
        next: (Request, ManagementContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let methods = routes.filter { $0.matches(request.uri.path) }.map(\.method.rawValue)
            guard !methods.isEmpty else {
                return answer(ManagementError(.notFound, "not_found", "no such endpoint"), headers: [:], to: request)
            }
            return answer(
                ManagementError(.methodNotAllowed, "method_not_allowed", "this endpoint takes other methods"),
                headers: [.allow: methods.joined(separator: ", ")], to: request)
        }
    }

    private func answer(_ error: ManagementError, headers: HTTPFields, to request: Request) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        // What follows the head of an answer to HEAD would be taken for the next answer.
        let body = request.method == .head ? ByteBuffer() : ByteBuffer(bytes: error.body)
        return Response(status: error.status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

extension ManagementRoute {
    /// Whether a path fits this route's, whatever the method.
    fileprivate func matches(_ path: String) -> Bool {
        let pattern = "\(self.path)".split(separator: "/")
        let parts = path.split(separator: "/")
        return pattern.count == parts.count
            && zip(pattern, parts).allSatisfy { wanted, part in
                guard wanted.hasPrefix("{") else { return wanted.hasPrefix(":") || wanted == part }
                // `{name}` and what has to stand behind it.
                return part.hasSuffix(wanted.drop { $0 != "}" }.dropFirst())
            }
    }
}
