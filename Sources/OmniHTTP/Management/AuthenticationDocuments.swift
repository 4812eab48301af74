import HTTPTypes

extension RouteDocument {
    static let login = RouteDocument(
        "auth.login", "Log in with the password or the setup token",
        details: "The session comes as the cookie `auth_token` and lasts 30 days. A setup token works once.",
        body: .json(.object(["password": .string(minimum: 1, maximum: 1000)], required: ["password"])),
        answers: [.ok(.record(["success": .yes, "expiresAt": .moment]))], refusals: [.unauthorized, .tooManyRequests])

    static let logout = RouteDocument("auth.logout", "End the session", answers: [.ok(.success)])

    static let authenticationStatus = RouteDocument(
        "auth.status", "Tell whether the call comes from somebody who is logged in",
        answers: [.ok(.record(["authenticated": .flag]))])

    static let loginSettings = RouteDocument(
        "password.show", "Tell whether a password is set",
        answers: [.ok(.record(["requireLogin": .yes, "hasPassword": .flag, "setupComplete": .flag]))])

    static let changePassword = RouteDocument(
        "password.change", "Set the password",
        details: """
            Ends every other session. `currentPassword` is needed once a password is stored. The management interface \
            cannot be opened to everyone: `requireLogin: false` is refused.
            """,
        body: .json(
            .object([
                "password": .string(minimum: 8, maximum: 1000).orNull,
                "currentPassword": .string(maximum: 1000).orNull,
                "requireLogin": .yes.orNull,
            ])), answers: [.ok(.success)], refusals: [.tooManyRequests])
}
