import HTTPTypes
import OmniTools

extension RouteDocument {
    private static let toolID = Parameter(
        "toolId", "The tool, such as `claude` or `codex`; aliases such as `gemini` will do.", .string(minimum: 1))
    private static let dryRun = Parameter("dryRun", "Whether only to answer what would change.", .flag)

    static let listTools = RouteDocument(
        "tools.list", "List the tools, whether they are there and whom they call",
        answers: [
            .ok(
                .record([
                    "tools": .array(of: .tool), "address": .text.meaning("What tools are told to call."),
                    "runtimeMode": .cases(of: ToolSettings.Mode.self), "allowsWrites": .flag,
                ]))
        ])

    static let showTool = RouteDocument(
        "tools.show", "Show whether a tool is there and whom it calls",
        details: "Secrets of its files are not shown. Whether it starts is looked at once a minute at most.",
        path: [toolID], answers: [.ok(.tool)], refusals: [.notFound])

    static let connectTool = RouteDocument(
        "tools.connect", "Make a tool call this router",
        details: "Writes address, client key and model into the tool's own file and leaves the rest of it as it is. "
            + "Texts of keys are not kept: the tool goes on with the key it has, or gets a new one.",
        query: [dryRun], path: [toolID],
        body: .optional(
            .object([
                "model": .string(maximum: 200).orNull.meaning("Most tools are told one."),
                "models": .map(of: .string(maximum: 200).orNull).orNull
                    .meaning("Claude Code: models in place of `opus`, `sonnet` and `haiku`."),
                "keyId": .string(maximum: 200).orNull.meaning("The key whose limits the tool's key takes over."),
                "apiKey": .string(maximum: 500).orNull.meaning("The text of a client key."),
                "baseUrl": .string(maximum: 1000).orNull.meaning(
                    "The address to call; this router's own unless given."),
                "env": .map(of: .text).orNull
                    .meaning("Claude Code: the same as its variables, such as `ANTHROPIC_BASE_URL`."),
                "dryRun": .flag.orNull.meaning("As in the query."),
            ])),
        answers: [.ok(.toolChange)], refusals: [.notFound, .conflict])

    static let disconnectTool = RouteDocument(
        "tools.disconnect", "Take away what connecting a tool wrote",
        details: "What calls another address stays.", query: [dryRun], path: [toolID],
        body: .optional(.object(["dryRun": .flag.orNull])), answers: [.ok(.toolChange)],
        refusals: [.notFound, .conflict])

    static let listToolBackups = RouteDocument(
        "tools.backups", "List the copies of tools' files, the newest first",
        query: [Parameter("tool", "Only those of this tool."), Parameter("toolId", "The same.")],
        answers: [.ok(.record(["backups": .array(of: .toolBackup), "total": .count]))])

    static let restoreToolBackup = RouteDocument(
        "tools.restore", "Put a tool's files back as they were",
        details: "What they are now is copied first, so that this can be taken back the same way.",
        body: .optional(
            .object([
                "backupId": .string(maximum: 200).orNull,
                "tool": .string(maximum: 1000).orNull.meaning("Undoes the last change of this tool."),
                "toolId": .string(maximum: 1000).orNull.meaning("The same."),
            ])),
        answers: [.ok(.toolChange)], refusals: [.notFound, .conflict])

    static let deleteToolBackup = RouteDocument(
        "tools.forget", "Delete a copy of a tool's files", details: "It is named in the query or in the body.",
        query: [Parameter("backupId", "The copy."), Parameter("id", "The same.")],
        body: .optional(.object(["backupId": .string(maximum: 200).orNull])), answers: [.ok(.success)],
        refusals: [.notFound])
}

extension JSONSchema {
    fileprivate static let tool = JSONSchema.component(
        "Tool",
        .record([
            "toolId": .text, "name": .text, "installed": .flag, "runnable": .flag, "command": .text.orNull,
            "commandPath": .text.orNull, "reason": .text.orNull.meaning("Why it cannot be started."),
            "version": .text.orNull, "runtimeMode": .cases(of: ToolSettings.Mode.self), "requiresBinary": .flag,
            "message": .text, "hasOmniRoute": .flag.meaning("Whether it calls this router."),
            "configStatus": .choice("configured", "not_configured", "not_installed", "unknown"),
            "configPath": .text.orNull, "settingsPath": .text.orNull,
            "files": .array(
                of: .record(["path": .text, "format": .choice("json", "toml", "yaml", "environment"), "exists": .flag])),
            "settings": .anyObject.orNull.meaning("What concerns this router, secrets as stars."),
            "config": .anyObject.orNull, "fault": .text.orNull.meaning("Why a file cannot be read."),
            "baseUrl": .text.orNull, "model": .text.orNull, "keyId": .text.orNull, "lastConfiguredAt": .moment.orNull,
            "modelRequired": .flag, "modelNames": .texts, "writable": .flag,
            "manual": .text.orNull.meaning("What to do by hand where there is no file."),
            "manualFiles": .array(of: .record(["path": .text, "text": .text])), "documentation": .text,
        ]))

    fileprivate static let toolChange = JSONSchema.component(
        "ToolChange",
        .record([
            "success": .yes, "message": .text, "toolId": .text, "dryRun": .flag, "changed": .flag,
            "files": .array(of: .record(["path": .text, "change": .choice("created", "changed", "deleted")])),
            "diff": .text.meaning("As `diff -u` writes it, secrets as stars."), "warnings": .texts,
            "backupId": .text.orNull.meaning("The copies from before."), "baseUrl": .text.orNull, "model": .text.orNull,
            "configPath": .text.orNull, "keyId": .text.orNull.optional, "keyName": .text.optional,
            "keyCreated": .flag.optional,
        ]))

    fileprivate static let toolBackup = JSONSchema.component(
        "ToolBackup",
        .record([
            "id": .text, "backupId": .text, "tool": .text, "reason": .choice("connect", "disconnect", "restore"),
            "createdAt": .moment, "files": .array(of: .record(["path": .text, "existed": .flag])),
        ]))
}
