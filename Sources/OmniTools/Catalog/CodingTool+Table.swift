extension CodingTool {
    /// All tools, in the order in which they are shown.
    public static let all: [CodingTool] = [
        claude, codex, gemini, opencode, droid, openclaw, cline, kilo, `continue`, aider, cursor,
    ]

    /// It adds `/v1/messages` itself, so its address ends before.
    private static let claude = CodingTool(
        id: "claude", aliases: ["claude-code"], name: "Claude Code", commands: ["claude"], timeout: .seconds(4),
        model: .optional, modelNames: ["opus", "sonnet", "haiku"],
        files: [
            File(choices: [
                Choice(
                    path: ".claude/settings.json", format: .json,
                    edits: [
                        .value(["env", "ANTHROPIC_BASE_URL"], .address(""), .always),
                        .value(["env", "ANTHROPIC_AUTH_TOKEN"], .secret, .always),
                        .value(["env", "ANTHROPIC_DEFAULT_OPUS_MODEL"], .namedModel("opus"), .always),
                        .value(["env", "ANTHROPIC_DEFAULT_SONNET_MODEL"], .namedModel("sonnet"), .always),
                        .value(["env", "ANTHROPIC_DEFAULT_HAIKU_MODEL"], .namedModel("haiku"), .always),
                    ],
                    conflicts: [
                        Conflict(
                            path: ["env", "ANTHROPIC_API_KEY"],
                            reason: "Claude Code sends this key beside the one of the router"),
                        Conflict(
                            path: ["apiKeyHelper"], reason: "Claude Code may use the key this program prints instead"),
                        Conflict(
                            path: ["env", "CLAUDE_CODE_USE_BEDROCK"], reason: "Claude Code calls Bedrock instead"),
                        Conflict(
                            path: ["env", "CLAUDE_CODE_USE_VERTEX"], reason: "Claude Code calls Vertex instead"),
                    ])
            ])
        ],
        source: "https://code.claude.com/docs/en/settings")

    /// The key stands in the provider's own table: `auth.json` may hold the person's login, which stays as it is.
    private static let codex = CodingTool(
        id: "codex", name: "Codex", commands: ["codex"], timeout: .seconds(4),
        files: [
            File(choices: [
                Choice(
                    path: ".codex/config.toml", format: .toml,
                    edits: [
                        .value(["model"], .model(""), .beside(["model_provider"], "omniroute")),
                        .value(["model_provider"], .text("omniroute"), .beginning("omniroute")),
                        .value(["model_providers", "omniroute", "name"], .text("OmniRoute"), .never),
                        .value(["model_providers", "omniroute", "base_url"], .address("/v1"), .never),
                        .value(["model_providers", "omniroute", "wire_api"], .text("responses"), .never),
                        .value(["model_providers", "omniroute", "experimental_bearer_token"], .secret, .never),
                    ],
                    owned: [["model_providers", "omniroute"]],
                    conflicts: [
                        Conflict(path: ["profile"], reason: "the profile may name another provider"),
                        Conflict(
                            path: ["model_providers", "omniroute", "env_key"],
                            reason: "Codex takes the key from this variable instead"),
                        Conflict(
                            path: ["model_providers", "omniroute", "auth"],
                            reason: "Codex asks this program for the key instead"),
                    ])
            ])
        ],
        source: "https://developers.openai.com/codex/config-reference")

    private static let gemini = CodingTool(
        id: "gemini-cli", aliases: ["gemini"], name: "Gemini CLI", commands: ["gemini"], timeout: .seconds(12),
        files: [
            File(choices: [
                Choice(
                    path: ".gemini/.env", format: .environment,
                    edits: [
                        .value(["GOOGLE_GEMINI_BASE_URL"], .address(""), .always),
                        .value(["GEMINI_API_KEY"], .secret, .always),
                        .value(["GEMINI_MODEL"], .model(""), .always),
                    ],
                    conflicts: [
                        Conflict(path: ["GOOGLE_API_KEY"], reason: "Gemini CLI may use this key instead"),
                        Conflict(path: ["GOOGLE_GENAI_USE_VERTEXAI"], reason: "Gemini CLI calls Vertex instead"),
                    ])
            ]),
            File(choices: [
                Choice(
                    path: ".gemini/settings.json", format: .json,
                    edits: [
                        .value(
                            ["security", "auth", "selectedType"], .text("gemini-api-key"), .beginning("gemini-api-key"))
                    ],
                    conflicts: [
                        Conflict(path: ["model", "name"], reason: "the variable GEMINI_MODEL wins over this model")
                    ])
            ]),
        ],
        source: "https://geminicli.com/docs/get-started/configuration")

    private static let opencode = CodingTool(
        id: "opencode", name: "OpenCode", commands: ["opencode"], timeout: .seconds(12),
        files: [
            File(choices: [
                providerTable(".config/opencode/opencode.json", schema: "https://opencode.ai/config.json"),
                providerTable(".config/opencode/opencode.jsonc", schema: "https://opencode.ai/config.json"),
            ])
        ],
        source: "https://opencode.ai/docs/providers")

    private static let kilo = CodingTool(
        id: "kilo", aliases: ["kilocode", "kilo-code"], name: "Kilo Code", commands: ["kilo", "kilocode"],
        timeout: .seconds(4),
        files: [
            File(choices: [
                providerTable(".config/kilo/kilo.json", schema: "https://app.kilo.ai/config.json"),
                providerTable(".config/kilo/kilo.jsonc", schema: "https://app.kilo.ai/config.json"),
            ])
        ],
        source: "https://kilo.ai/docs/code-with-ai/agents/custom-models")

    /// The shape that OpenCode and its descendants share.
    private static func providerTable(_ path: String, schema: String) -> Choice {
        let provider = ["provider", "omniroute"]
        return Choice(
            path: path, format: .json,
            edits: [
                .missing(["$schema"], .text(schema)),
                .value(["model"], .model("omniroute/"), .beginning("omniroute/")),
                .value(provider + ["npm"], .text("@ai-sdk/openai-compatible"), .never),
                .value(provider + ["name"], .text("OmniRoute"), .never),
                .value(provider + ["options", "baseURL"], .address("/v1"), .never),
                .value(provider + ["options", "apiKey"], .secret, .never),
                .value(provider + ["models"], .modelTable, .never),
            ],
            owned: [provider],
            conflicts: [
                Conflict(path: ["enabled_providers"], reason: "only providers in this list are used")
            ])
    }

    private static let droid = CodingTool(
        id: "droid", aliases: ["factory"], name: "Factory Droid", commands: ["droid"], timeout: .seconds(8),
        files: [
            File(choices: [
                Choice(
                    path: ".factory/settings.json", format: .json,
                    edits: [
                        .entry(
                            DocumentEdit.Entry(list: ["customModels"], name: "id", text: "custom:OmniRoute-0"),
                            [
                                ToolEdit.Member("model", .model("")),
                                ToolEdit.Member("id", .text("custom:OmniRoute-0")),
                                ToolEdit.Member("displayName", .text("OmniRoute")),
                                ToolEdit.Member("baseUrl", .address("/v1")),
                                ToolEdit.Member("apiKey", .secret),
                                ToolEdit.Member("maxOutputTokens", .fixed(.number(131_072))),
                                ToolEdit.Member("noImageSupport", .fixed(.flag(false))),
                                ToolEdit.Member("provider", .text("openai")),
                            ])
                    ])
            ])
        ],
        source: "https://docs.factory.ai/cli/byok")

    private static let openclaw = CodingTool(
        id: "openclaw", name: "OpenClaw", commands: ["openclaw"], timeout: .seconds(12),
        files: [
            File(choices: [
                Choice(
                    path: ".openclaw/openclaw.json", format: .json,
                    edits: [
                        .value(
                            ["agents", "defaults", "model", "primary"], .model("omniroute/"), .beginning("omniroute/")),
                        .value(["models", "providers", "omniroute", "baseUrl"], .address("/v1"), .never),
                        .value(["models", "providers", "omniroute", "apiKey"], .secret, .never),
                        .value(["models", "providers", "omniroute", "api"], .text("openai-completions"), .never),
                        .value(["models", "providers", "omniroute", "models"], .modelList, .never),
                    ],
                    owned: [["models", "providers", "omniroute"]],
                    conflicts: [
                        Conflict(
                            path: ["agents", "defaults", "models"], reason: "only models in this list may be used")
                    ])
            ])
        ],
        source: "https://docs.openclaw.ai/gateway/config-tools/custom-providers")

    private static let cline = CodingTool(
        id: "cline", name: "Cline", commands: ["cline"], timeout: .seconds(12),
        files: [
            File(choices: [
                Choice(
                    path: ".cline/data/settings/providers.json", format: .json,
                    edits: [
                        .missing(["version"], .fixed(.number(1))),
                        .value(["lastUsedProvider"], .text("openai-compatible"), .beginning("openai-compatible")),
                        .value(clineSettings + ["provider"], .text("openai-compatible"), .never),
                        .value(clineSettings + ["baseUrl"], .address("/v1"), .never),
                        .value(clineSettings + ["apiKey"], .secret, .never),
                        .value(clineSettings + ["model"], .model(""), .never),
                        .missing(["providers", "openai-compatible", "updatedAt"], .time),
                        .missing(["providers", "openai-compatible", "tokenSource"], .text("manual")),
                    ],
                    owned: [["providers", "openai-compatible"]])
            ])
        ],
        source: "https://docs.cline.bot/cli/configuration")

    private static let clineSettings = ["providers", "openai-compatible", "settings"]

    private static let `continue` = CodingTool(
        id: "continue", name: "Continue", commands: [], timeout: .seconds(4),
        files: [
            File(choices: [
                Choice(
                    path: ".continue/config.yaml", format: .yaml,
                    edits: [
                        .missing(["name"], .text("Local Config")),
                        .missing(["version"], .text("1.0.0")),
                        .missing(["schema"], .text("v1")),
                        .entry(
                            DocumentEdit.Entry(list: ["models"], name: "name", text: "OmniRoute"),
                            [
                                ToolEdit.Member("name", .text("OmniRoute")),
                                ToolEdit.Member("provider", .text("openai")),
                                ToolEdit.Member("model", .model("")),
                                ToolEdit.Member("apiBase", .address("/v1")),
                                ToolEdit.Member("apiKey", .secret),
                            ]),
                    ]),
                Choice(
                    path: ".continue/config.json", format: .json,
                    edits: [
                        .entry(
                            DocumentEdit.Entry(list: ["models"], name: "title", text: "OmniRoute"),
                            [
                                ToolEdit.Member("title", .text("OmniRoute")),
                                ToolEdit.Member("provider", .text("openai")),
                                ToolEdit.Member("model", .model("")),
                                ToolEdit.Member("apiBase", .address("/v1")),
                                ToolEdit.Member("apiKey", .secret),
                            ])
                    ]),
            ])
        ],
        source: "https://docs.continue.dev/reference")

    private static let aider = CodingTool(
        id: "aider", name: "Aider", commands: ["aider"], timeout: .seconds(12),
        files: [
            File(choices: [
                Choice(
                    path: ".aider.conf.yml", format: .yaml,
                    edits: [
                        .value(["model"], .model("openai/"), .beginning("openai/")),
                        .value(["openai-api-base"], .address("/v1"), .always),
                        .value(["openai-api-key"], .secret, .always),
                    ])
            ])
        ],
        source: "https://aider.chat/docs/config/aider_conf.html")

    private static let cursor = CodingTool(
        id: "cursor", name: "Cursor", commands: ["cursor-agent", "agent", "cursor"], timeout: .seconds(12), files: [],
        manual:
            "Settings > Models > OpenAI API Key: enter the key, switch on \"Override OpenAI Base URL\" and enter the "
            + "address. Cursor's servers call it, so it must be reachable from the internet; Cursor's command line "
            + "takes no other address.",
        source: "https://cursor.com/docs")
}
