import ArgumentParser
import Foundation
import OmniCore
import OmniJSON
import OmniStore

/// Client keys: what programs authenticate with to this daemon.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "List, create and revoke client keys.",
        subcommands: [List.self, Create.self, Revoke.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List client keys.")

        @OptionGroup var options: SettingsOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let keys = try await OpenStore.open(options).configuration().clientKeys
            guard json else {
                if keys.isEmpty { Console.line("no client keys; create one with: omniroute keys create NAME") }
                for key in keys {
                    let state = key.revokedAt != nil ? "revoked" : key.isActive ? "active" : "disabled"
                    Console.line("\(key.id)  \(key.mask)  \(state)  \(key.name)")
                }
                return
            }
            Console.json { writer in
                writer.beginArray()
                for key in keys {
                    writer.beginObject()
                    writer.key("id")
                    writer.string(key.id.rawValue)
                    writer.key("name")
                    writer.string(key.name)
                    writer.key("key")
                    writer.string(key.mask)
                    writer.key("isActive")
                    writer.value(key.isActive && key.revokedAt == nil)
                    writer.key("createdAt")
                    writer.string(ISOTime.string(key.createdAt))
                    writer.endObject()
                }
                writer.endArray()
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a client key; it is shown this once.")

        @OptionGroup var options: SettingsOptions
        @Flag(help: "Print JSON.") var json = false
        @Argument(help: "A name to know it by.") var name: String

        func run() async throws {
            let store = try await OpenStore.open(options)
            let made = ClientKeySecret(
                id: ClientKeyID(UUID().uuidString.lowercased()), name: name, now: SystemClock().wallMilliseconds())
            try await store.store.configuration.insertClientKey(made.key)
            try await store.changed("keys.create", target: made.key.id.rawValue)
            guard json else {
                Console.line(made.secret)
                return
            }
            Console.json { writer in
                writer.beginObject()
                writer.key("id")
                writer.string(made.key.id.rawValue)
                writer.key("name")
                writer.string(name)
                writer.key("key")
                writer.string(made.secret)
                writer.endObject()
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Revoke a client key for good.")

        @OptionGroup var options: SettingsOptions
        @Argument(help: "The key's id.") var id: String

        func run() async throws {
            let store = try await OpenStore.open(options)
            guard var key = try await store.configuration().clientKeys.first(where: { $0.id.rawValue == id }) else {
                throw CommandFailure("no client key has the id \(id); see: omniroute keys list")
            }
            key.isActive = false
            key.revokedAt = key.revokedAt ?? SystemClock().wallMilliseconds()
            _ = try await store.store.configuration.updateClientKey(key)
            try await store.changed("keys.revoke", target: key.id.rawValue)
            Console.line("revoked \(key.name)")
        }
    }
}
