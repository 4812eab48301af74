import ArgumentParser
import Foundation
import Logging
import NIOPosix
import OmniCore
import OmniHTTP
import OmniProviders
import OmniStore

/// Tells the whole interface, without a daemon.
struct OpenAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Print the OpenAPI document of the daemon's interface.",
        discussion: "The same as a running daemon serves at /api/openapi.json.")

    @Flag(help: "Print it as Markdown, for people: docs/api.md.")
    var markdown = false

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("omniroute-\(UUID().uuidString)")
            .path
        defer {
            try? FileManager.default.removeItem(atPath: folder)  // What is left in the system's folder is empty.
        }
        let document = try interface(in: folder).openAPI.json
        guard markdown else { return Console.line(String(decoding: document, as: UTF8.self)) }
        let text = try APIGuide(document).markdown
        Console.line(String(text.dropLast()))
    }

    /// The interface over an empty store, which declares all its routes and is asked nothing.
    private func interface(in folder: String) throws -> ManagementAPI {
        let store = try DataStore.open(path: folder, encryptionKey: nil, exclusive: true)
        let group = MultiThreadedEventLoopGroup.singleton
        let clock = SystemClock()
        let transport = SimulatorTransport(clock: clock)
        let engine = InferenceEngine(transport: transport, recorder: store.usage, clock: clock)
        return ManagementAPI(
            dependencies: ManagementDependencies(
                store: store.configuration, usage: store.usage,
                tester: UpstreamConnectionTester(
                    transport: transport, eventLoopGroup: group, catalog: .builtIn, clock: clock),
                modelTester: EngineModelTester(engine: engine, eventLoopGroup: group), catalog: .builtIn, clock: clock,
                publish: {}, initialPassword: nil, usesSecureCookies: false, origins: OriginPolicy(),
                version: Omniroute.version, logger: Logger(label: "openapi")))
    }
}
