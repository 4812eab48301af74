import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import OmniCore
import OmniJSON
import OmniProviders
import OmniStore

/// Connections: the accounts at providers that requests are sent with.
struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers", abstract: "List, add, test and remove connections to providers.",
        subcommands: [List.self, Add.self, Test.self, Remove.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List connections.")

        @OptionGroup var options: SettingsOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let connections = try await OpenStore.open(options).configuration().connections
            guard json else {
                if connections.isEmpty {
                    Console.line("no connections; add one with: omniroute providers add PROVIDER")
                }
                for connection in connections {
                    let state = connection.isActive ? connection.testStatus : "disabled"
                    Console.line("\(connection.id)  \(connection.provider)  \(state)  \(connection.name)")
                }
                return
            }
            Console.json { writer in
                writer.beginArray()
                for connection in connections {
                    writer.beginObject()
                    writer.key("id")
                    writer.string(connection.id.rawValue)
                    writer.key("provider")
                    writer.string(connection.provider.rawValue)
                    writer.key("name")
                    writer.string(connection.name)
                    writer.key("priority")
                    writer.value(connection.priority)
                    writer.key("isActive")
                    writer.value(connection.isActive)
                    writer.key("testStatus")
                    writer.string(connection.testStatus)
                    writer.endObject()
                }
                writer.endArray()
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a connection.", discussion: "The API key is read from standard input.")

        @OptionGroup var options: SettingsOptions
        @Argument(help: "A provider's id or alias, or a node's prefix.") var provider: String
        @Option(help: "A name to know it by.") var name: String?
        @Option(help: "An address in place of the provider's own.") var baseUrl: String?

        func run() async throws {
            let store = try await OpenStore.open(options)
            let configuration = try await store.configuration()
            let node = configuration.nodes.first { $0.prefix == provider.lowercased() || $0.id.rawValue == provider }
            let known = ProviderCatalog.builtIn[provider]
            guard let id = node.map({ ProviderID($0.id.rawValue) }) ?? known?.id, known?.isSimulator != true else {
                throw CommandFailure("unknown provider '\(provider)'")
            }
            if let baseUrl, let objection = UpstreamAddressPolicy.objection(to: baseUrl) {
                throw CommandFailure("--base-url: \(objection)")
            }
            let siblings = configuration.connections.filter { $0.provider == id }
            let name = name ?? "connection \(siblings.count + 1)"
            guard !siblings.contains(where: { $0.name == name }) else {
                throw CommandFailure("the provider already has a connection named '\(name)'")
            }
            let key = SecretPrompt.read("API key: ")?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
            if let objection = Credential.objection(to: key) { throw CommandFailure("the API key \(objection)") }
            guard !key.isEmpty || node != nil || known?.authentication.isOptional == true else {
                throw CommandFailure("this provider needs an API key")
            }
            let now = SystemClock().wallMilliseconds()
            let connection = Connection(
                id: ConnectionID(UUID().uuidString.lowercased()), provider: id, name: name,
                priority: (siblings.map(\.priority).max() ?? 0) + 1, baseURL: baseUrl,
                credential: key.isEmpty ? nil : Credential(apiKey: key), createdAt: now, updatedAt: now)
            try await store.store.configuration.insertConnection(connection)
            try await store.changed("providers.create", target: connection.id.rawValue)
            Console.line("\(connection.id)")
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Test a connection by a real call.")

        @OptionGroup var options: SettingsOptions
        @Argument(help: "The connection's id.") var id: String

        func run() async throws {
            let store = try await OpenStore.open(options)
            let configuration = try await store.configuration()
            guard let connection = configuration.connections.first(where: { $0.id.rawValue == id }) else {
                throw CommandFailure("no connection has the id \(id); see: omniroute providers list")
            }
            let result = try await ConnectionProbe.test(
                [connection], in: configuration, proxies: store.settings.proxies)[0]
            guard result.isValid else {
                throw CommandFailure("\(connection.name): \(result.message ?? result.diagnosis.rawValue)")
            }
            Console.line("\(connection.name): works, \(result.latencyMS) ms")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "remove", abstract: "Remove a connection.")

        @OptionGroup var options: SettingsOptions
        @Argument(help: "The connection's id.") var id: String

        func run() async throws {
            let store = try await OpenStore.open(options)
            guard try await store.store.configuration.deleteConnection(ConnectionID(id)) else {
                throw CommandFailure("no connection has the id \(id); see: omniroute providers list")
            }
            try await store.changed("providers.delete", target: id)
            Console.line("removed")
        }
    }
}

/// Connection tests outside the daemon.
enum ConnectionProbe {
    /// - Returns: a result for each connection, in order.
    static func test(
        _ connections: [Connection], in configuration: RouterConfiguration, proxies: ProxyEnvironment
    ) async throws -> [ConnectionTestResult] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let network = try HTTPTransport(eventLoopGroup: group)
        var catalog = ProviderCatalog.builtIn
        catalog.environmentProxies = proxies
        let tester = UpstreamConnectionTester(
            transport: RoutedTransport(
                network: network, proxied: ProxyTransport(beside: network, eventLoopGroup: group)),
            eventLoopGroup: group, catalog: catalog)
        var results: [ConnectionTestResult] = []
        for var connection in connections {
            connection.proxies = configuration.proxies
            let node = configuration.nodes.first { $0.id.rawValue == connection.provider.rawValue }
            results.append(await tester.test(connection, node: node))
        }
        try await group.shutdownGracefully()
        return results
    }
}
