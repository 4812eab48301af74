import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// Network proxies: for all upstreams, for a provider, inside a combo, for a connection.
extension ManagementAPI {
    var proxyRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/settings/proxy", .read, .showProxies, showProxies),
            ManagementRoute(.put, "/api/settings/proxy", .write, .changeProxies, changeProxies),
            ManagementRoute(.patch, "/api/settings/proxy", .write, .changeProxies, changeProxies),
            ManagementRoute(.delete, "/api/settings/proxy", .write, .removeProxy, removeProxy),
            ManagementRoute(.post, "/api/settings/proxy/test", .write, .testProxy, testProxy),
        ]
    }

    /// Everything, or one place (`level`, `id`), or what leads to a connection's upstream (`resolve`, and `combo` for inside
    /// one).
    private func showProxies(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        if let id = call.query("resolve") {
            return try resolve(ConnectionID(id), inside: call.query("combo"), in: configuration)
        }
        guard let level = call.query("level") else { return show(configuration.proxies) }
        let place = try place(level, call.query("id"), in: configuration)
        let choice = configuration.proxies.choices[place]
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("level")
            writer.string(place.level.rawValue)
            writer.key("id")
            if place.level == .global { writer.null() } else { writer.string(place.id) }
            writer.key("proxy")
            if let choice { choice.write(into: &writer) } else { writer.null() }
            writer.endObject()
        }
    }

    private func resolve(
        _ id: ConnectionID, inside combo: String?, in configuration: RouterConfiguration
    ) throws -> ManagementResponse {
        guard let connection = configuration.connections.first(where: { $0.id == id }) else {
            throw ManagementError.notFound("connection")
        }
        let combos = try combo.map { [ComboID(try place("combo", $0, in: configuration).id)] } ?? []
        let found = configuration.proxyResolution(of: connection, combos: combos, in: dependencies.catalog)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("proxy")
            if let proxy = found.proxy { ProxyChoice.proxy(proxy).write(into: &writer) } else { writer.null() }
            writer.key("level")
            writer.string(found.source.rawValue)
            writer.key("levelId")
            if let id = found.id { writer.string(id) } else { writer.null() }
            writer.endObject()
        }
    }

    /// One place (`level`, `id`, `proxy`) or maps of many; `null` takes a proxy away, and what is not sent stays.
    private func changeProxies(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        let configuration = try await dependencies.store.load()
        let old = configuration.proxies
        var changes: [(place: ProxySettings.Place, choice: ProxyChoice?)] = []
        if let level = try fields.string("level", maximum: 20) {
            let place = try place(level, try fields.string("id", maximum: 200), in: configuration)
            guard fields.has("proxy") else { throw ManagementError.invalid("proxy", "required; null takes it away") }
            changes.append((place, try choice(fields.value("proxy"), path: "proxy", over: old.choices[place])))
        } else {
            if fields.has("global") {
                changes.append(
                    (.global, try choice(fields.value("global"), path: "global", over: old.choices[.global])))
            }
            let maps: [(StaticString, String)] = [("providers", "provider"), ("combos", "combo"), ("keys", "key")]
            for (name, level) in maps {
                guard let map = try fields.nested(name) else { continue }
                for (id, value) in map.members {
                    let place = try place(level, id, in: configuration, field: map.path(id))
                    let value = value.isNull ? nil : value
                    changes.append((place, try choice(value, path: map.path(id), over: old.choices[place])))
                }
            }
        }
        var options = old.options
        try options.merge(fields)
        let known = ProxySettings.Options.names.union(
            ["level", "id", "proxy", "global", "providers", "combos", "keys", "environment"])
        try await dependencies.store.changeProxies(changes, options: options == old.options ? nil : options)
        try await dependencies.publish()
        return show(try await dependencies.store.load().proxies, ignored: fields.unknown(besides: known))
    }

    private func removeProxy(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard let level = call.query("level") else { throw ManagementError.invalid("level", "required") }
        let place = try place(level, call.query("id"), in: try await dependencies.store.load())
        try await dependencies.store.changeProxies([(place, nil)], options: nil)
        try await dependencies.publish()
        return show(try await dependencies.store.load().proxies)
    }

    /// Asks an address through a proxy that is sent or that is stored for a place, and says what failed where it did.
    private func testProxy(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        let configuration = try await dependencies.store.load()
        let stored = try fields.string("level", maximum: 20).map { level in
            configuration.proxies.choices[
                try place(level, try fields.string("id", maximum: 200), in: configuration)]
        }
        guard let choice = try choice(fields.value("proxy"), path: "proxy", over: stored ?? nil) ?? stored ?? nil else {
            throw ManagementError.invalid("proxy", stored == nil ? "required" : "none is set there")
        }
        let options = configuration.proxies.options
        let url =
            try fields.string("url", maximum: 2000) ?? options.testURL ?? ProxySettings.Options.defaultTestURL
        if let objection = UpstreamAddressPolicy.objection(to: url) { throw ManagementError.invalid("url", objection) }
        guard let endpoint = UpstreamEndpoint(url: url), let tester = dependencies.proxyTester else {
            throw ManagementError(.notImplemented, "not_available", "proxies cannot be tested here")
        }
        var proxy: NetworkProxy?
        if case .proxy(let chosen) = choice { proxy = chosen }
        let result = await tester.test(proxy, url: endpoint)
        return ManagementResponse { [proxy] writer in
            writer.beginObject()
            writer.key("success")
            writer.value(result.error == nil)
            writer.optional("error", result.error?.message)
            writer.optional("code", result.error?.code.publicName)
            writer.key("publicIp")
            if let address = result.publicAddress { writer.string(address.description) } else { writer.null() }
            writer.key("statusCode")
            if let status = result.statusCode { writer.value(status) } else { writer.null() }
            writer.key("latencyMs")
            writer.value(result.latencyMS)
            writer.key("proxyUrl")
            writer.string(proxy?.description ?? "direct")
            writer.key("testUrl")
            writer.string(url)
            writer.endObject()
        }
    }

    // MARK: Parts

    private func choice(
        _ value: JSONValue?, path: String, over old: ProxyChoice?
    ) throws(FieldFault) -> ProxyChoice? {
        guard let value else { return nil }
        return try ProxyChoice(value, path: path, over: old)
    }

    /// A place that exists, or one that something is stored for.
    private func place(
        _ level: String, _ id: String?, in configuration: RouterConfiguration, field: String = "id"
    ) throws(ManagementError) -> ProxySettings.Place {
        let level = ["connection", "account"].contains(level) ? "key" : level
        guard let level = ProxySettings.Level(rawValue: level) else {
            throw .invalid("level", "must be one of global, provider, combo, key")
        }
        guard level != .global else { return .global }
        guard let id, !id.isEmpty else { throw .invalid(field, "required") }
        let found: String? =
            switch level {
            case .global: ""
            case .provider:
                configuration.nodes.first { $0.id.rawValue == id || $0.prefix == id }?.id.rawValue
                    ?? dependencies.catalog[id]?.id.rawValue
            case .combo: configuration.combos.first { $0.id.rawValue == id || $0.name == id }?.id.rawValue
            case .key: configuration.connections.first { $0.id.rawValue == id }?.id.rawValue
            }
        if let found { return .init(level, found) }
        guard configuration.proxies[level, id] != nil else {
            throw .invalid(field, "no \(level == .key ? "connection" : level.rawValue) '\(id.prefix(200))' exists")
        }
        return .init(level, id)
    }

    private func show(_ proxies: ProxySettings, ignored: [String] = []) -> ManagementResponse {
        let environment = dependencies.catalog.environmentProxies
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("global")
            if let choice = proxies[.global, ""] { choice.write(into: &writer) } else { writer.null() }
            for (name, level) in [("providers", ProxySettings.Level.provider), ("combos", .combo), ("keys", .key)] {
                writer.key(JSONText(name))
                writer.beginObject()
                let choices = proxies.choices.filter { $0.key.level == level }.sorted { $0.key.id < $1.key.id }
                for (place, choice) in choices {
                    writer.key(JSONText(place.id))
                    choice.write(into: &writer)
                }
                writer.endObject()
            }
            proxies.options.writeMembers(into: &writer)
            writer.key("environment")
            writer.beginObject()
            for (name, proxy) in [
                ("http", environment.http), ("https", environment.https), ("all", environment.all),
            ] {
                guard let proxy else { continue }
                writer.key(JSONText(name))
                writer.string(proxy.description)
            }
            writer.endObject()
            writer.ignored(ignored)
            writer.endObject()
        }
    }
}

extension TransportError.Code {
    /// As the management interface writes names: `proxy_authentication`.
    fileprivate var publicName: String {
        var name = ""
        var wasUpper = true
        for (character, next) in zip(rawValue, rawValue.dropFirst() + "a") {
            // An abbreviation is a word: `TLSFailed`.
            if character.isUppercase, !wasUpper || next.isLowercase { name.append("_") }
            wasUpper = character.isUppercase
            name.append(character.lowercased())
        }
        return name
    }
}
