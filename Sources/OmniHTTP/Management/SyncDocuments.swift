import HTTPTypes
import OmniCore

extension RouteDocument {
    static let showSync = RouteDocument(
        "sync.show", "Tell how synchronising stands",
        details: "No secret is shown. Until an endpoint is configured, `endpoint` is null.",
        answers: [.ok(.syncStatus)])

    static let changeSync = RouteDocument(
        "sync.change", "Configure, turn on or off, run, or settle a conflict",
        details: """
            `configure` sets endpoint, passphrase and what is included, and turns nothing on; secrets that are left out stay \
            unless the address changes. `enable` tries the endpoint, synchronises once, and stays on if that worked. `disable` \
            takes the bundle away from the endpoint only with `removeRemote`. `resolve` decides about one conflict.
            """,
        body: .json(
            .object(
                [
                    "action": .choice("configure", "enable", "sync", "disable", "resolve"),
                    "endpoint": JSONSchema.syncEndpoint.orNull.meaning("Of configure."),
                    "passphrase": JSONSchema.string(minimum: 10).orNull.meaning(
                        "Of configure; the same on every machine."),
                    "include": JSONSchema.array(of: .cases(of: SyncChoice.self)).orNull.meaning("Of configure."),
                    "interval": JSONSchema.integer(SyncSettings.intervals).orNull.meaning("Of configure, in seconds."),
                    "machineName": JSONSchema.string(maximum: 100).orNull.meaning("Of configure."),
                    "removeRemote": JSONSchema.flag.orNull.meaning("Of disable."),
                    "id": JSONSchema.string(minimum: 1, maximum: 2000).orNull.meaning("Of resolve: the conflict."),
                    "choice": JSONSchema.cases(of: SyncResolution.Choice.self).orNull.meaning("Of resolve."),
                ], required: ["action"])),
        answers: [
            .ok(
                JSONSchema.record([
                    "success": .yes, "message": .text, "verified": .yes.optional,
                    "changes": .record(["pulled": .count, "pushed": .count]).optional,
                ]).with(.syncStatus))
        ], refusals: [.conflict, .contentTooLarge, .badGateway, .notImplemented])

    static let showSyncScheduler = RouteDocument(
        "sync.scheduler", "Tell whether the scheduler of synchronising runs", answers: [.ok(.syncScheduler)])

    static let startSyncScheduler = RouteDocument(
        "sync.initialize", "Start the scheduler of synchronising",
        details: "It runs with the daemon; there is nothing to start. While synchronising is off it does nothing.",
        answers: [.ok(.syncScheduler)])

    // MARK: For other machines

    static let listSyncTokens = RouteDocument(
        "sync-tokens.list", "List the tokens of machines that synchronise through this one",
        answers: [.ok(.record(["tokens": .array(of: .syncToken), "total": .count]))])

    static let createSyncToken = RouteDocument(
        "sync-tokens.create", "Make a token for another machine",
        details: "The token itself is in this answer and nowhere else. It is good for bundles and `/api/cloud`.",
        body: .json(.object(["name": .string(minimum: 1, maximum: 200)], required: ["name"])),
        answers: [.created(.syncToken)], refusals: [.notImplemented])

    static let removeSyncToken = RouteDocument(
        "sync-tokens.remove", "Take a token back", answers: [.ok(.success)], refusals: [.notFound, .notImplemented])

    static let listBundles = RouteDocument(
        "sync-bundles.list", "List the sealed bundles kept for other machines",
        answers: [
            .ok(
                .record([
                    "bundles": .array(of: .record(["name": .text, "size": .count, "updatedAt": .moment])),
                    "total": .count,
                ]))
        ])

    static let showBundle = RouteDocument(
        "sync-bundles.show", "Give out a sealed bundle", details: "`etag` names its version.", path: [bundleName],
        answers: [.ok(.record(["contents": .text.meaning("In base64."), "version": .text]))],
        refusals: [.notFound, .notImplemented])

    static let storeBundle = RouteDocument(
        "sync-bundles.store", "Keep a sealed bundle, in the place of the version that is named",
        details: "`If-Match` names the version that is replaced; `If-None-Match: *` is for the first one.",
        path: [bundleName],
        body: .json(.object(["contents": .string(minimum: 1)], required: ["contents"])),
        answers: [.ok(.keptBundle), .created(.keptBundle)],
        refusals: [.preconditionFailed, .preconditionRequired, .notFound, .notImplemented])

    static let removeBundle = RouteDocument(
        "sync-bundles.remove", "Remove a bundle", path: [bundleName], answers: [.ok(.success)],
        refusals: [.notFound, .notImplemented])

    private static let bundleName = Parameter(
        "name", "Letters, digits, `-`, `_` and `.`.", .string(minimum: 1, maximum: 240))

    // MARK: Asked directly

    static let showCloudAccounts = RouteDocument(
        "cloud.accounts", "Show the accounts, their secrets masked, and the aliases",
        answers: [.ok(.record(["connections": .array(of: .cloudConnection), "modelAliases": .map(of: .text)]))])

    static let updateCredentials = RouteDocument(
        "cloud.update-credentials", "Replace the key or the tokens of one account",
        body: .json(
            .object(
                [
                    "connectionId": .string(minimum: 1, maximum: 200), "provider": .string(maximum: 200).orNull,
                    "credentials": .object([
                        "apiKey": JSONSchema.string(minimum: 1, maximum: 10_000).orNull.meaning(
                            "Of an account with a key."),
                        "accessToken": .string(minimum: 1, maximum: 100_000).orNull,
                        "refreshToken": .string(maximum: 100_000).orNull, "expiresIn": .integer(1...31_536_000).orNull,
                    ]),
                ], required: ["connectionId", "credentials"])), answers: [.ok(.success)],
        refusals: [.notFound, .conflict])

    static let resolveModel = RouteDocument(
        "cloud.resolve", "Tell what a name leads to",
        body: .json(.object(["alias": .string(minimum: 1, maximum: 400)], required: ["alias"])),
        answers: [.ok(.record(["alias": .text, "provider": .text.orNull, "model": .text]))], refusals: [.notFound])

    static let listCloudAliases = RouteDocument(
        "cloud.aliases", "List the aliases", answers: [.ok(.record(["aliases": .map(of: .text)]))])

    static let setCloudAlias = RouteDocument(
        "cloud.set-alias", "Add an alias; one that leads elsewhere already is not changed",
        body: .json(
            .object(
                ["alias": .string(minimum: 1, maximum: 200), "model": .string(minimum: 1, maximum: 400)],
                required: ["alias", "model"])),
        answers: [.ok(.record(["success": .yes, "model": .text, "alias": .text, "message": .text]))],
        refusals: [.conflict])
}

extension JSONSchema {
    static let syncEndpoint = JSONSchema.object([
        "type": .cases(of: SyncPlace.Kind.self), "url": .string(maximum: 2000),
        "name": JSONSchema.string(maximum: 200).orNull.meaning("Of the object or file."),
        "bucket": .string(maximum: 255).orNull, "region": .string(maximum: 60).orNull, "pathStyle": .flag.orNull,
        "accessKeyId": .string(maximum: 500).orNull, "secretAccessKey": .string(maximum: 5000).orNull,
        "sessionToken": .string(maximum: 5000).orNull, "username": .string(maximum: 500).orNull,
        "password": .string(maximum: 5000).orNull, "token": .string(maximum: 5000).orNull,
    ])

    private static let syncSide = JSONSchema.array(
        of: .record(["kind": .cases(of: SyncKind.self), "id": .text, "value": .anyObject]))

    private static let syncConflict = JSONSchema.component(
        "SyncConflict",
        .record([
            "id": .text, "reason": .choice("changed", "deleted", "name"), "kind": .text, "name": .text,
            "fields": .texts, "choices": .array(of: .cases(of: SyncResolution.Choice.self)),
            "mine": syncSide, "theirs": syncSide,
        ]))

    static let syncStatus = JSONSchema.record([
        "enabled": .flag, "configured": .flag, "connected": .flag.optional, "running": .flag.optional,
        "lastSync": .moment.orNull.optional, "lastSyncAt": .moment.orNull.optional,
        "lastAttemptAt": .moment.orNull.optional, "nextSyncAt": .moment.orNull.optional,
        "lastError": .text.orNull.optional, "lastErrorCode": .text.optional, "lastErrorAt": .moment.optional,
        "failures": .count.optional, "machineName": .text.optional, "remoteMachine": .text.optional,
        "remoteWrittenAt": .moment.optional, "endpoint": .anyObject.orNull.optional,
        "hasPassphrase": .flag.optional, "include": .array(of: .cases(of: SyncChoice.self)).optional,
        "includable": .array(of: .cases(of: SyncChoice.self)).optional, "interval": .count.optional,
        "conflicts": .array(of: syncConflict).optional,
        "unreadable": .array(of: .record(["kind": .text, "id": .text, "reason": .text])).optional,
    ])

    static let syncScheduler = JSONSchema.record(["success": .yes, "initialized": .flag, "message": .text])

    static let syncToken = JSONSchema.component(
        "SyncToken",
        .record([
            "id": .text, "name": .text, "token": .text.optional, "createdAt": .moment, "lastUsedAt": .moment.optional,
        ]))

    static let keptBundle = JSONSchema.record(["success": .yes, "version": .text])

    static let cloudConnection = JSONSchema.record([
        "id": .text, "provider": .text, "name": .text, "authType": .choice("apikey", "oauth"), "hasApiKey": .flag,
        "hasAccessToken": .flag, "hasRefreshToken": .flag, "maskedApiKey": .text.optional,
        "expiresAt": .moment.optional, "priority": JSONSchema(.integer(minimum: nil, maximum: nil)),
        "defaultModel": .text.optional, "isActive": .flag,
    ])
}
