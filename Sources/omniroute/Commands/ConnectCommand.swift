import ArgumentParser
import Foundation
import OmniCore
import OmniJSON
import OmniStore
import OmniTools

/// Makes a tool on this machine call the router.
struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Connect a tool on this machine, such as Claude Code or Codex.",
        discussion: """
            Without a tool it says which there are. The tool's own file is changed where address, key and model stand, \
            and nowhere else; a copy is kept. The tool gets a client key of its own.
            """)

    @OptionGroup var options: SettingsOptions
    @Argument(help: "The tool, such as claude or codex.") var tool: String?
    @Option(help: ArgumentHelp("The model it asks for.", valueName: "name")) var model: String?
    @Option(help: ArgumentHelp("The address it calls; the daemon's own unless given.", valueName: "url"))
    var address: String?
    @Option(help: ArgumentHelp("A client key whose name and limits its key takes over.", valueName: "id"))
    var key: String?
    @Flag(help: "Only show what would change.") var dryRun = false
    @Flag(help: "Put the files back as they were before the last change.") var undo = false
    @Flag(help: "Take away what connecting wrote.") var remove = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard !(undo && remove) else { throw ValidationError("--undo and --remove are two different things") }
        guard tool != nil || !(undo || remove || dryRun) else { throw ValidationError("which tool?") }
        guard !(undo && dryRun) else { throw ValidationError("--undo has no --dry-run") }
    }

    func run() async throws {
        let store = try await OpenStore.open(options)
        let bench = store.settings.toolBench(clock: SystemClock())
        guard let name = tool else { return await list(bench) }
        guard let tool = CodingTool.named(name) else {
            throw CommandFailure(
                "no tool is called \(name); there are " + CodingTool.all.map(\.id).joined(separator: ", "))
        }
        do {
            if undo {
                try await restore(tool, bench)
            } else if remove {
                show(try await bench.disconnect(tool, isDryRun: dryRun), "disconnected")
            } else {
                try await connect(tool, bench, store)
            }
        } catch let fault as ToolFault {
            throw CommandFailure(fault.field.map { "\(Self.option($0)): \(fault.message)" } ?? fault.message)
        } catch let error as StoreError {
            throw CommandFailure(error.message)
        }
    }

    /// As the option is called here.
    private static func option(_ field: String) -> String {
        ["model": "--model", "baseUrl": "--address", "keyId": "--key"][field] ?? field
    }

    private func connect(_ tool: CodingTool, _ bench: ToolBench, _ store: OpenStore) async throws {
        var request = ToolRequest()
        request.address = address
        request.keyID = key
        request.model = model
        request.isDryRun = dryRun
        let keys = ToolKeys(
            store: store.store.configuration, publish: { store.tellDaemon() },
            makeID: { UUID().uuidString.lowercased() })
        let outcome = try await bench.connect(tool, request, keys: keys)
        show(outcome, "connected to \(outcome.address ?? "")")
        guard !json else { return }
        if let use = outcome.key {
            let verb = use.isNew ? dryRun ? "would be made" : "was made" : "is used"
            Console.line("client key \"\(use.name)\" \(verb)")
        }
        for warning in outcome.warnings { Console.line("note: \(warning)") }
    }

    private func restore(_ tool: CodingTool, _ bench: ToolBench) async throws {
        guard let backup = bench.backups.list(toolID: tool.id).first else {
            throw CommandFailure("there is nothing to undo for \(tool.name)")
        }
        show(try await bench.restore(backup), "as before \(ISOTime.string(backup.createdAt))")
    }

    private func show(_ outcome: ToolOutcome, _ state: String) {
        guard !json else {
            Console.json { writer in
                writer.beginObject()
                writer.key("tool")
                writer.string(outcome.tool.id)
                writer.key("changed")
                writer.value(!outcome.files.isEmpty)
                writer.key("dryRun")
                writer.value(outcome.isDryRun)
                writer.key("files")
                writer.beginArray()
                for file in outcome.files { writer.string("~/\(file.path)") }
                writer.endArray()
                writer.key("diff")
                writer.string(outcome.diff)
                if let id = outcome.backupID {
                    writer.key("backupId")
                    writer.string(id)
                }
                if let use = outcome.key {
                    writer.key("keyName")
                    writer.string(use.name)
                    writer.key("keyCreated")
                    writer.value(use.isNew)
                }
                writer.endObject()
            }
            return
        }
        if outcome.isDryRun { Console.line(outcome.diff.isEmpty ? "nothing would change" : outcome.diff) }
        guard !outcome.isDryRun else { return }
        guard !outcome.files.isEmpty else { return Console.line("\(outcome.tool.name): nothing to change") }
        Console.line("\(outcome.tool.name): \(state)")
        for file in outcome.files { Console.line("  ~/\(file.path)") }
    }

    private func list(_ bench: ToolBench) async {
        let standings = await bench.standings()
        guard json else {
            for standing in standings {
                let found = standing.runtime.installed ? "found" : "not found"
                let state = standing.isConnected ? "connected" : found
                let columns = [(standing.tool.id, 12), (state, 11)].map { text, width in
                    text.padding(toLength: width, withPad: " ", startingAt: 0)
                }
                Console.line(columns.joined() + standing.tool.name)
            }
            return
        }
        Console.json { writer in
            writer.beginArray()
            for standing in standings {
                writer.beginObject()
                writer.key("tool")
                writer.string(standing.tool.id)
                writer.key("installed")
                writer.value(standing.runtime.installed)
                writer.key("runnable")
                writer.value(standing.runtime.runnable)
                writer.key("connected")
                writer.value(standing.isConnected)
                writer.endObject()
            }
            writer.endArray()
        }
    }
}
