import HTTPTypes
import OmniCore

extension RouteDocument {
    private static let order = "The narrowest choice counts: connection, combo in use, provider, global, environment."

    private static let proxy = JSONSchema.component(
        "Proxy",
        .record([
            "type": .choice("http", "https", "socks5", "direct"), "host": .text.optional,
            "port": .integer(1...65535).optional, "username": .text.optional,
            "hasPassword": .flag.optional.meaning("Passwords themselves are never shown."),
        ]))

    private static let given = JSONSchema.either(
        .string(maximum: 2000).meaning("An address such as `socks5://user:password@host:1080`."),
        .object([
            "type": .choice("http", "https", "socks5", "socks5h", "direct").orNull
                .meaning("`http` unless given; `direct` is no proxy, whatever wider choices say."),
            "host": .string(maximum: 300).orNull, "port": .either(.integer(1...65535), .string(maximum: 5)).orNull,
            "username": .string(maximum: 255).orNull,
            "password": .string(maximum: 255).orNull.meaning("Left out or `unchanged`: the old one stays."),
            "hasPassword": .flag.orNull.meaning("Not looked at."),
        ])
    )

    private static let level = JSONSchema.choice("global", "provider", "combo", "key", "connection", "account")

    private static let settings = JSONSchema.record([
        "global": proxy.orNull, "providers": .map(of: proxy), "combos": .map(of: proxy), "keys": .map(of: proxy),
        "noProxy": .texts, "bypassLoopback": .flag, "testUrl": .text.orNull,
        "environment": .map(of: .text).meaning("What the process was started with, logins hidden."),
        "ignored": .texts.optional,
    ])

    private static let place = [
        Parameter("level", "Whose proxy: `connection` and `account` are other words for `key`.", level),
        Parameter("id", "The provider, combo or connection, by id or name."),
    ]

    static let showProxies = RouteDocument(
        "proxy.show", "Show network proxies", details: order,
        query: place + [
            Parameter("resolve", "A connection: tells which proxy leads to its upstream."),
            Parameter("combo", "With `resolve`: inside this combo."),
        ],
        answers: [
            .ok(
                .either(
                    settings, .record(["level": .text, "id": .text.orNull, "proxy": proxy.orNull]),
                    .record(["proxy": proxy.orNull, "level": .text, "levelId": .text.orNull])))
        ], refusals: [.badRequest, .notFound])

    static let changeProxies = RouteDocument(
        "proxy.change", "Set network proxies",
        details: order + " Either one place (`level`, `id`, `proxy`) or maps; `null` takes a proxy away.",
        body: .json(
            .object([
                "level": level.orNull, "id": .string(maximum: 200).orNull, "proxy": given.orNull,
                "global": given.orNull, "providers": .map(of: given.orNull).orNull,
                "combos": .map(of: given.orNull).orNull, "keys": .map(of: given.orNull).orNull,
                "noProxy": .either(.array(of: .string(minimum: 1, maximum: 300), maximum: 1000), .text).orNull
                    .meaning("Hosts reached without the proxies of combos, the global one and the environment's."),
                "bypassLoopback": .flag.orNull.meaning("Whether upstreams on this machine count to those."),
                "testUrl": .string(maximum: 2000).orNull.meaning("What tests ask."),
            ])), answers: [.ok(settings)], refusals: [.badRequest])

    static let removeProxy = RouteDocument(
        "proxy.remove", "Take a network proxy away",
        query: [Parameter("level", place[0].meaning, level, isRequired: true), place[1]], answers: [.ok(settings)],
        refusals: [.badRequest])

    static let testProxy = RouteDocument(
        "proxy.test", "Ask an address through a network proxy",
        details: "Takes at most ten seconds. A `proxy` that is sent, or the one that is stored for `level` and `id`.",
        body: .json(
            .object([
                "proxy": given.orNull, "level": level.orNull, "id": .string(maximum: 200).orNull,
                "url": .string(maximum: 2000).orNull.meaning("What is asked; its answer may name the asking address."),
            ])),
        answers: [
            .ok(
                .record([
                    "success": .flag, "error": .text.optional,
                    "code": .text.optional.meaning("What failed, such as `proxy_authentication`."),
                    "publicIp": .text.orNull, "statusCode": .count.orNull, "latencyMs": .count,
                    "proxyUrl": .text.meaning("Without its login."), "testUrl": .text,
                ]))
        ], refusals: [.badRequest, .notImplemented])
}
