import OmniTranslate
import Testing

@testable import OmniCore

/// Which proxy leads to which target.
@Suite struct ProxyResolutionTests {
    private static func proxy(_ host: String) -> NetworkProxy { NetworkProxy(kind: .socks5, host: host, port: 1080) }

    private static func combo(_ name: String, _ models: String...) -> Combo {
        Combo(id: ComboID("id-" + name), name: name, steps: models.map { ComboStep($0) })
    }

    /// Two providers with an account each, and combos around them.
    private static func configuration(_ choices: [ProxySettings.Place: ProxyChoice]) -> RouterConfiguration {
        var configuration = RoutingFixture.configuration("openai", "deepseek")
        configuration.combos = [
            combo("plain", "openai/gpt-4o", "ds/deepseek-chat"), combo("inner", "openai/gpt-4o"),
            combo("outer", "inner", "openai/gpt-4o"),
        ]
        configuration.proxies.choices = choices
        return configuration
    }

    private static func carriers(_ name: String, in configuration: RouterConfiguration) throws -> [String] {
        try RoutingFixture.snapshot(configuration).plan(model: name, clientFormat: .openAIChat).targets.map {
            switch $0.carrier {
            case .network: "direct"
            case .simulator: "simulator"
            case .proxy(let proxy): proxy.host
            }
        }
    }

    @Test func nothingIsDirect() throws {
        #expect(try Self.carriers("plain", in: Self.configuration([:])) == ["direct", "direct"])
    }

    @Test func theNarrowestChoiceCounts() throws {
        let account = Self.configuration([:]).connections.first { $0.provider.rawValue == "openai" }
        let id = try #require(account).id.rawValue
        var choices: [ProxySettings.Place: ProxyChoice] = [.global: .proxy(Self.proxy("all"))]
        #expect(try Self.carriers("plain", in: Self.configuration(choices)) == ["all", "all"])
        choices[.init(.provider, "openai")] = .proxy(Self.proxy("provider"))
        #expect(try Self.carriers("plain", in: Self.configuration(choices)) == ["provider", "all"])
        choices[.init(.combo, "id-plain")] = .proxy(Self.proxy("combo"))
        #expect(try Self.carriers("plain", in: Self.configuration(choices)) == ["combo", "combo"])
        #expect(try Self.carriers("inner", in: Self.configuration(choices)) == ["provider"])
        #expect(try Self.carriers("openai/gpt-4o", in: Self.configuration(choices)) == ["provider"])
        choices[.init(.key, id)] = .direct
        #expect(try Self.carriers("plain", in: Self.configuration(choices)) == ["direct", "combo"])
    }

    @Test func ofCombosInCombosTheInnermostCounts() throws {
        let choices: [ProxySettings.Place: ProxyChoice] = [
            .init(.combo, "id-inner"): .proxy(Self.proxy("inner")),
            .init(.combo, "id-outer"): .proxy(Self.proxy("outer")),
        ]
        // The same account behind two proxies is worth two attempts.
        #expect(try Self.carriers("outer", in: Self.configuration(choices)) == ["inner", "outer"])
        let outer = choices.filter { $0.key.id == "id-outer" }
        #expect(try Self.carriers("outer", in: Self.configuration(outer)) == ["outer"])
    }

    @Test func theSimulatorNeedsNone() throws {
        let endpoint = UpstreamEndpoint(scheme: .simulator, host: "simulator", port: 0, path: "/")
        let target = Target(
            provider: ProviderID("sim"), connection: nil, model: "m", format: .openAIChat, endpoint: endpoint,
            headers: [], capabilities: ModelCapabilities(), isNative: false)
        #expect(target.carrier == .simulator)
    }

    @Test func exceptionsAreForWhatIsMeantForMany() throws {
        let choices: [ProxySettings.Place: ProxyChoice] = [
            .global: .proxy(Self.proxy("all")), .init(.combo, "id-plain"): .proxy(Self.proxy("combo")),
            .init(.provider, "openai"): .proxy(Self.proxy("provider")),
        ]
        var configuration = Self.configuration(choices)
        configuration.proxies.options.bypass = try ProxyBypass(rules: ["*"], path: "noProxy")
        #expect(try Self.carriers("plain", in: configuration) == ["provider", "direct"])
    }

    @Test func theEnvironmentIsTheLastResort() throws {
        var environment = ProxyEnvironment()
        environment.http = Self.proxy("for-http")
        environment.https = Self.proxy("for-https")
        environment.bypass = try ProxyBypass(rules: ["internal.example"], path: "")
        func source(_ url: String, _ settings: ProxySettings = ProxySettings()) throws -> String {
            let endpoint = try #require(UpstreamEndpoint(url: url))
            let found = ProxyResolver(settings, environment: environment)
                .resolution(connection: nil, provider: ProviderID("p"), to: endpoint)
            return "\(found.source.rawValue) \(found.proxy?.host ?? "-")"
        }
        #expect(try source("https://api.example") == "environment for-https")
        #expect(try source("http://api.example") == "environment for-http")
        #expect(try source("https://x.internal.example") == "direct -")
        #expect(try source("http://127.0.0.1:11434") == "direct -")
        var settings = ProxySettings()
        settings.choices[.global] = .direct
        #expect(try source("https://api.example", settings) == "global -")
    }

    @Test func aConnectionThatIsOffIsResolvedToo() throws {
        var configuration = Self.configuration([.global: .proxy(Self.proxy("all"))])
        configuration.connections[0].isActive = false
        let found = configuration.proxyResolution(of: configuration.connections[0], in: RoutingFixture.catalog)
        #expect(found.source == .global && found.proxy?.host == "all")
    }
}
