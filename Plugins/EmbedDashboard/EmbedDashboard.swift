import Foundation
import PackagePlugin

/// Embeds the dashboard's files, `Dashboard/Assets` of the target, each time one of them has changed.
@main struct EmbedDashboard: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let folder = target.directoryURL.appending(path: "Dashboard/Assets", directoryHint: .isDirectory)
        let walk = FileManager.default.enumerator(atPath: folder.path())
        let files = (walk?.compactMap { $0 as? String } ?? []).sorted()
        let output = context.pluginWorkDirectoryURL.appending(path: "DashboardFile+Embedded.swift")
        return [
            .buildCommand(
                displayName: "Embedding the dashboard", executable: try context.tool(named: "embed-assets").url,
                arguments: [folder.path(), output.path()], inputFiles: files.map { folder.appending(path: $0) },
                outputFiles: [output])
        ]
    }
}
