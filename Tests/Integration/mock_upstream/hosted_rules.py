"""What the vendors refuse of tools they run themselves, and of the traces these leave in a history."""

import re

SERVER_BETAS = re.compile(r"mcp-client-20\d\d-\d\d-\d\d")
SERVER_CALL = re.compile(r"srvtoolu_[a-zA-Z0-9_]+")
# The one version of the beta that has no toolsets.
WITHOUT_TOOLSETS = "mcp-client-2025-04-04"
HOSTED_NAMES = {"web_search_": "web_search", "web_fetch_": "web_fetch", "code_execution_": "code_execution"}


def _blocks(content) -> list[dict]:
    return [] if isinstance(content, str) else content


def anthropic(body, betas, refused):
    tools = body.get("tools") or []
    for tool in tools:
        kind = tool.get("type", "custom")
        for prefix, name in HOSTED_NAMES.items():
            if kind.startswith(prefix) and tool["name"] != name:
                raise refused(f"tools.{kind}.name: Input should be '{name}'")
        if tool.get("allowed_domains") and tool.get("blocked_domains"):
            raise refused("tools: only one of allowed_domains and blocked_domains may be given")
    _servers(body, tools, betas, refused)
    declared = {name for tool in tools for prefix, name in HOSTED_NAMES.items() if tool.get("type", "").startswith(prefix)}
    servers = {server["name"] for server in body.get("mcp_servers") or []}
    for message in body["messages"]:
        _history(_blocks(message["content"]), declared, servers, refused)


def _servers(body, tools, betas, refused):
    toolsets = [tool["mcp_server_name"] for tool in tools if tool.get("type") == "mcp_toolset"]
    names = [server["name"] for server in body.get("mcp_servers") or []]
    if not toolsets and not names:
        return
    if not any(SERVER_BETAS.fullmatch(beta) for beta in betas):
        raise refused("mcp_servers: Extra inputs are not permitted")
    if len(set(names)) != len(names):
        raise refused("mcp_servers: names must be unique")
    if WITHOUT_TOOLSETS not in betas and sorted(toolsets) != sorted(names):
        raise refused("mcp_servers: every server must be referenced by exactly one mcp_toolset")
    for server in body["mcp_servers"]:
        if not server["url"].startswith("https://"):
            raise refused("mcp_servers.url: must begin with https://")


def _history(blocks, declared, servers, refused):
    """Every result has its call before it, and every call a tool of the request."""
    calls = {}
    for block in blocks:
        kind = block["type"]
        if kind == "server_tool_use":
            if not SERVER_CALL.fullmatch(block["id"]):
                raise refused("messages.server_tool_use.id: String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'")
            name = block["name"].removeprefix("bash_").removeprefix("text_editor_")
            if name in HOSTED_NAMES.values() and name not in declared:
                raise refused(f"messages: server_tool_use of '{name}', which is not among the tools")
            calls[block["id"]] = kind
        elif kind == "mcp_tool_use":
            if block["server_name"] not in servers:
                raise refused(f"messages: MCP server '{block['server_name']}' not found in mcp_servers")
            calls[block["id"]] = kind
        elif kind.endswith("_tool_result") and kind != "tool_result":
            wanted = "mcp_tool_use" if kind == "mcp_tool_result" else "server_tool_use"
            if calls.pop(block["tool_use_id"], None) != wanted:
                raise refused(f"messages: `{kind}` without its `{wanted}`")
            for result in block["content"] if kind == "web_search_tool_result" else []:
                if isinstance(result, dict) and not result.get("encrypted_content"):
                    raise refused("messages.web_search_tool_result: Invalid `encrypted_content`")


def responses(body):
    for index, tool in enumerate(body.get("tools") or []):
        where = f"tools[{index}]"
        if tool["type"] == "mcp":
            if sum(name in tool for name in ("server_url", "connector_id", "tunnel_id")) != 1:
                return "exactly one of server_url, connector_id and tunnel_id is needed", where
            headers = {name.lower() for name in tool.get("headers") or {}}
            if "authorization" in headers and "authorization" in tool:
                return "authorization is given twice", where
    labels = [tool["server_label"] for tool in body.get("tools") or [] if tool["type"] == "mcp"]
    if len(set(labels)) != len(labels):
        return "duplicate server_label", "tools"
    prefixes = {"web_search_call": "ws_", "code_interpreter_call": "ci_", "mcp_call": "mcp_"}
    for index, item in enumerate(body["input"] if isinstance(body.get("input"), list) else []):
        prefix = prefixes.get(item.get("type"))
        if prefix and not re.fullmatch(prefix + "[A-Za-z0-9_-]+", item["id"]):
            return f"Invalid 'id': expected an ID that begins with '{prefix[:-1]}'.", f"input[{index}].id"
        if item.get("type") == "code_interpreter_call" and not item["container_id"]:
            return "Invalid 'container_id'.", f"input[{index}].container_id"
    return None


def gemini(body, refused):
    for tool in body.get("tools") or []:
        for server in tool.get("mcpServers") or []:
            if not (server.get("streamableHttpTransport") or {}).get("url"):
                raise refused("tools.mcp_servers.streamable_http_transport.url: required")
    for content in body["contents"]:
        before = None
        for part in content["parts"]:
            if "codeExecutionResult" in part and before != "executableCode":
                raise refused("code execution result parts must come immediately after executable code parts")
            if before == "executableCode" and "codeExecutionResult" not in part:
                raise refused("executable code parts must be followed by a code execution result")
            before = next((name for name in ("executableCode", "codeExecutionResult") if name in part), None)
