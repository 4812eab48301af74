import ArgumentParser
import OmniCore
import OmniJSON
import OmniStore

/// Backups of the configuration, also beside a daemon that runs.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "List, create and restore backups of the configuration.",
        subcommands: [List.self, Create.self, Restore.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List backups, the newest first.")

        @OptionGroup var options: SettingsOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let backups = try await OpenStore.open(options).store.backups.backups()
            guard json else {
                if backups.isEmpty { Console.line("no backups; make one with: omniroute backup create") }
                for backup in backups {
                    let contents = backup.contents
                    Console.line(
                        "\(backup.id.text)  \(backup.size) bytes  \(contents.connections) accounts, "
                            + "\(contents.combos) combos, \(contents.clientKeys) client keys")
                }
                return
            }
            Console.json { writer in
                writer.beginArray()
                for backup in backups {
                    writer.beginObject()
                    writer.key("id")
                    writer.string(backup.id.text)
                    writer.key("createdAt")
                    writer.string(ISOTime.string(backup.id.createdAt))
                    writer.key("size")
                    writer.value(backup.size)
                    writer.key("reason")
                    writer.string(backup.id.reason.rawValue)
                    writer.endObject()
                }
                writer.endArray()
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a backup; its id is printed.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let store = try await OpenStore.open(options)
            do {
                Console.line(try await store.store.backups.create(.manual).id.text)
            } catch let fault as BackupFault {
                throw CommandFailure(fault.message)
            }
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore", abstract: "Put a backup in the place of the configuration.",
            discussion: "What is there is backed up first. A daemon that runs reads the result at once.")

        @OptionGroup var options: SettingsOptions
        @Argument(help: "The backup's id.") var id: String

        func run() async throws {
            guard let backup = BackupID(id) else {
                throw CommandFailure("\(id) is no id of a backup; see: omniroute backup list")
            }
            let store = try await OpenStore.open(options)
            do {
                let report = try await store.store.backups.restore(backup, otherKey: nil)
                store.tellDaemon()
                Console.line("restored; the state before is \(report.safetyCopy.text)")
            } catch let fault as BackupFault {
                throw CommandFailure(fault.message)
            }
        }
    }
}
