import HTTPTypes
import OmniCore

extension RouteDocument {
    private static let purpose = JSONSchema.object([
        "connectionId": .string(maximum: 1000).orNull.meaning("A connection that is logged in again."),
        "name": .string(maximum: 200).orNull.meaning("The name of a new one."),
    ])

    private static let purposeQuery = [
        Parameter("connectionId", "A connection that is logged in again."),
        Parameter("name", "The name of a new one.", .string(maximum: 200)),
    ]

    private static let connected = JSONSchema.record(["success": .yes, "connection": .connection])

    /// Where the OAuth server may fail.
    private static let serverFaults: [HTTPResponse.Status] = [.notFound, .conflict, .badGateway]

    static let authorizeAccount = RouteDocument(
        "oauth.authorize", "Begin a login in the browser",
        details:
            "The secret half of PKCE stays with the router. The login must be finished by the session that began it.",
        query: [Parameter("redirect_uri", "Where the browser comes back to.", .string(maximum: 2000))] + purposeQuery,
        body: .optional(
            purpose.with(
                .object(["redirectUri": .string(maximum: 2000).orNull, "redirect_uri": .string(maximum: 2000).orNull]))),
        answers: [
            .ok(
                .record([
                    "authUrl": .text.orNull, "state": .text, "codeVerifier": .any.meaning("Always null."),
                    "codeChallenge": .text, "redirectUri": .text,
                    "flowType": .choice("device_code", "authorization_code_pkce"), "callbackPath": .text,
                    "expiresIn": .count.meaning("In seconds."),
                ]))
        ], refusals: serverFaults)

    static let exchangeCode = RouteDocument(
        "oauth.exchange", "Finish a login with the code the browser brought",
        body: .json(
            .object([
                "code": .string(maximum: 16 << 10).orNull.meaning("Also as `code#state`, or the whole address."),
                "state": .string(maximum: 1000).orNull,
                "callbackUrl": .string(maximum: 16 << 10).orNull.meaning("The address the browser ended at."),
                "redirectUri": .string(maximum: 2000).orNull, "redirect_uri": .string(maximum: 2000).orNull,
            ])), answers: [.ok(connected)], refusals: serverFaults)

    static let startDevice = RouteDocument(
        "oauth.device-code", "Begin a login with a code that is typed in elsewhere", query: purposeQuery,
        body: .optional(purpose),
        answers: [
            .ok(
                .record([
                    "device_code": .text.meaning("A handle for polling, not the code itself."), "flowId": .text,
                    "user_code": .text, "verification_uri": .text, "verification_uri_complete": .text.optional,
                    "expires_in": .count, "interval": .count, "codeVerifier": .any.meaning("Always null."),
                ]))
        ], refusals: serverFaults)

    static let pollDevice = RouteDocument(
        "oauth.poll", "Ask whether a login with a device code is finished",
        body: .json(.object(["deviceCode": .string(maximum: 1000).orNull, "flowId": .string(maximum: 1000).orNull])),
        answers: [
            .ok(
                .either(
                    connected,
                    .record([
                        "success": .flag, "error": .text, "errorDescription": .text, "pending": .flag,
                        "interval": .count.optional,
                    ])))
        ], refusals: serverFaults)

    static let describeImport = RouteDocument(
        "oauth.describe-import", "Tell how tokens are imported",
        answers: [
            .ok(
                .record([
                    "provider": .text, "method": .choice("import_token"),
                    "instructions": .record(["title": .text, "steps": .texts]),
                    "requiredFields": .array(
                        of: .record(["name": .text, "label": .text, "description": .text, "type": .text])),
                ]))
        ], refusals: [.notFound])

    static let importTokens = RouteDocument(
        "oauth.import", "Add an account by its tokens", details: "`accessToken`, `refreshToken` or both.",
        query: purposeQuery,
        body: .json(
            purpose.with(
                .object([
                    "accessToken": .string(maximum: 64 << 10).orNull,
                    "refreshToken": .string(maximum: 64 << 10).orNull,
                    "expiresIn": .integer(0...315_360_000).orNull.meaning("In seconds."), "expiresAt": .moment.orNull,
                ]))), answers: [.ok(connected)], refusals: serverFaults)

    static let refreshTokens = RouteDocument(
        "oauth.refresh", "Renew the tokens of an account",
        query: [Parameter("connectionId", "The connection, where the provider has several.")],
        body: .optional(.object(["connectionId": .string(maximum: 1000).orNull])), answers: [.ok(connected)],
        refusals: serverFaults)

    static let showStanding = RouteDocument(
        "oauth.status", "Tell how the accounts of an OAuth provider stand",
        query: [
            Parameter("connectionId", "Of this connection only."),
            Parameter("state", "Tell whether the login of this state is still to be finished."),
        ],
        answers: [
            .ok(
                .record([
                    "provider": .text, "name": .text, "connectionProvider": .text, "configured": .flag,
                    "flows": .array(of: .choice("authorization_code_pkce", "device_code", "import_token")),
                    "pending": .flag.optional,
                    "connections": .array(
                        of: .record([
                            "connection": .connection, "id": .text,
                            "status": .choice("active", "expired", "refresh_failed", "login_required"),
                            "refreshing": .flag, "refreshFailures": .count, "lastRefreshError": .text.optional,
                            "nextRefreshAt": .moment.optional,
                        ])),
                ]))
        ], refusals: [.notFound])

    static let finishLogin = RouteDocument(
        "oauth.callback", "Finish a login: where the browser comes back to",
        query: [
            Parameter("state", "The login."), Parameter("code", "What the OAuth server gave."),
            Parameter("error", "Why it gave none."), Parameter("error_description", "The same for people."),
        ],
        answers: [
            .media("text/html", "A page that says so."),
            .media("text/html", "A page that says why the account was not added.", status: .badRequest),
            .media("text/html", "A page that says that this browser is not logged in.", status: .unauthorized),
        ])

    static let listRegistrations = RouteDocument(
        "oauth-clients.list", "List the OAuth providers and the clients registered with them",
        answers: [.ok(.record(["providers": .array(of: .registration)]))])

    static let showRegistration = RouteDocument(
        "oauth-clients.show", "Show an OAuth provider and the client registered with it",
        answers: [.ok(.record(["provider": .registration]))], refusals: [.notFound])

    static let changeRegistration = RouteDocument(
        "oauth-clients.change", "Change an OAuth provider, or add one of one's own",
        details: "`null` takes a member back to the catalogue's. A secret is sent again when the addresses change.",
        body: .optional(.registrationChange),
        answers: [.ok(.record(["provider": .registration, "ignored": .texts.optional]))], refusals: [.notFound])

    static let removeRegistration = RouteDocument(
        "oauth-clients.remove", "Take back what was set for an OAuth provider", answers: [.ok(.success)],
        refusals: [.notFound])
}

extension JSONSchema {
    private static let registrationMembers = JSONSchema.object([
        "name": .string(maximum: 200).orNull, "provider": .string(maximum: 200).orNull,
        "authorizeUrl": .address.orNull, "tokenUrl": .address.orNull, "deviceUrl": .address.orNull,
        "revocationUrl": .address.orNull,
        "scopes": .array(of: .string(maximum: 500), maximum: 100).orNull,
        "authorizeParameters": .map(of: .string(maximum: 2000)).orNull,
        "tokenParameters": .map(of: .string(maximum: 2000)).orNull, "pkce": .flag.orNull,
        "clientAuthentication": .cases(of: OAuthRegistration.ClientAuthentication.self).orNull,
        "tokenHeader": .string(maximum: 100).orNull, "tokenPrefix": .string(maximum: 100).orNull,
        "headers": .map(of: .string(maximum: 2000)).orNull, "clientId": .string(maximum: 1000).orNull,
    ])

    static let registrationChange = registrationMembers.with(
        .object(["clientSecret": .string(maximum: 10_000).orNull]))

    static let registration = JSONSchema.component(
        "OAuthRegistration",
        registrationMembers.with(["id": .text, "isBuiltIn": .flag, "configured": .flag, "hasClientSecret": .flag]))
}
