import HTTPTypes
import Hummingbird
import OmniCore

/// Where a person's browser comes back to from an OAuth server.
extension ManagementAPI {
    func finishLogin(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        guard let state = call.form["state"], !state.isEmpty, state.utf8.count <= 1000 else {
            return Self.page(.badRequest, "This page is for browsers that come back from a login; there is none in it.")
        }
        guard call.session != nil else {
            return Self.page(
                .unauthorized,
                """
                This browser is not logged in to omniroute under this address, so the account was not added. \
                Copy the whole address of this page and send it as callbackUrl to POST /api/oauth/\(id)/exchange, \
                from where the login was begun.
                """)
        }
        do throws(OAuthFault) {
            guard let accounts = dependencies.oauth else { throw OAuthFault(.notConfigured, "OAuth is not available") }
            let session = call.session?.digest
            if let error = call.form["error"] {
                try accounts.abandon(id, state: state, session: session)
                let reason = call.form["error_description"] ?? error
                return Self.page(.badRequest, "The account was not added: \(String(reason.prefix(300)))")
            }
            guard let code = call.form["code"], !code.isEmpty, code.utf8.count <= 16 << 10 else {
                return Self.page(.badRequest, "The OAuth server sent no code.")
            }
            let connection = try await accounts.exchange(
                id, code: code, state: state, redirectURI: nil, session: session)
            return try await added(connection)
        } catch {
            return Self.page(.badRequest, "The account was not added: \(error.message)")
        }
    }

    private func added(_ connection: Connection) async throws(OAuthFault) -> ManagementResponse {
        do {
            try await dependencies.publish()
        } catch {
            throw OAuthFault(.notStored, "it is kept, but not in force before the next change")
        }
        return Self.page(.ok, "The account \(connection.name) was added. You may close this window.")
    }

    /// A page that runs nothing, loads nothing and tells no other page its address, which holds the code.
    private static func page(_ status: HTTPResponse.Status, _ text: String) -> ManagementResponse {
        var response = ManagementResponse(status: status) { _ in }
        response.body = Array(
            """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>omniroute</title></head>\
            <body><p>\(escaped(text))</p></body></html>
            """.utf8)
        response.headers[.contentType] = "text/html; charset=utf-8"
        response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        if let name = HTTPField.Name("referrer-policy") { response.headers[name] = "no-referrer" }
        return response
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
