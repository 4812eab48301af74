import HTTPTypes
import Hummingbird
import NIOCore
import OmniCore

/// Serves the dashboard: one page for every address below `/dashboard`, and the files it loads.
///
/// The page holds nothing of its owner; what it shows it asks of `/api`, which decides who may see it.
struct DashboardSite: Sendable {
    /// No script and no style but the dashboard's own files, nothing from other sites, never within another page.
    static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")

    let origins: OriginPolicy
    private var assets: DashboardAssets { .embedded }

    init(origins: OriginPolicy) { self.origins = origins }

    func add(to router: Router<ManagementContext>) {
        for method in [HTTPRequest.Method.get, .head] {
            router.on("/", method: method) { request, _ in try home(request) }
            for path: RouterPath in ["/dashboard", "/dashboard/**", "/login"] {
                router.on(path, method: method) { request, _ in page(request) }
            }
            router.on("/dashboard/assets/:fingerprint/**", method: method) { request, context in
                asset(
                    request, fingerprint: context.parameters.get("fingerprint"),
                    path: context.parameters.getCatchAll().joined(separator: "/"))
            }
        }
    }

    /// Leads people to the dashboard; programs that look for an API at the root learn that there is none, as before.
    private func home(_ request: Request) throws -> Response {
        guard request.headers[.accept]?.contains("text/html") == true else { throw HTTPError(.notFound) }
        return Response(status: .found, headers: [.location: "/dashboard"])
    }

    private func page(_ request: Request) -> Response {
        if let refusal = refusal(of: request) { return refusal }
        let tag = "\"\(assets.fingerprint)\""
        var headers = Self.securityHeaders
        headers[.eTag] = tag
        headers[.cacheControl] = "no-cache"
        headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = "text/html; charset=utf-8"
        return answer(assets.shell, headers: headers, to: request)
    }

    private func asset(_ request: Request, fingerprint: String?, path: String) -> Response {
        if let refusal = refusal(of: request) { return refusal }
        var headers = Self.securityHeaders
        guard fingerprint == assets.fingerprint, let asset = assets[path] else {
            // A page of an older version asks for a file of its own; it says so and offers to load the new one.
            headers[.cacheControl] = "no-store"
            return Response(status: .notFound, headers: headers)
        }
        headers[.contentType] = asset.contentType
        headers[.eTag] = "\"\(assets.fingerprint)\""
        headers[.cacheControl] = "public, max-age=31536000, immutable"
        headers[.vary] = "Accept-Encoding"
        guard Self.takesCompressed(request) else { return answer(asset.plain, headers: headers, to: request) }
        headers[.contentEncoding] = "gzip"
        return answer(asset.compressed, headers: headers, to: request)
    }

    private func refusal(of request: Request) -> Response? {
        do throws(ManagementError) {
            try origins.check(request)
            return nil
        } catch {
            return Response(
                status: error.status, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: error.body)))
        }
    }

    private func answer(_ body: ByteBuffer, headers: HTTPFields, to request: Request) -> Response {
        let response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        return request.method == .head ? response.createHeadResponse() : response
    }

    private static func takesCompressed(_ request: Request) -> Bool {
        guard let encodings = request.headers[.acceptEncoding] else { return false }
        return encodings.split(separator: ",").contains { encoding in
            let parts = encoding.split(separator: ";").map { String($0).trimmed }
            return parts.first == "gzip" && !parts.dropFirst().contains { ["q=0", "q=0.0"].contains($0) }
        }
    }

    private static let securityHeaders: HTTPFields = {
        var headers: HTTPFields = [.xContentTypeOptions: "nosniff"]
        for (name, value) in [
            ("referrer-policy", "no-referrer"), ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"), ("x-frame-options", "DENY"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }()
}
