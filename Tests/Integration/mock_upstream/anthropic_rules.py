"""What Anthropic refuses although its types allow it."""

import base64
import re

from . import hosted_rules, schema

VERSIONS = {"2023-06-01", "2026-10-21"}
SAMPLING = ("temperature", "top_p", "top_k")
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
TOOL_ID = re.compile(r"[a-zA-Z0-9_-]+")
# Everything this mock signs begins so; what it never issued is no signature of this provider.
SIGNATURE = re.compile(r"E[A-Za-z0-9+/=_-]{3,}")


class Refused(Exception):
    pass


def violation(headers, body, genuine: bool) -> str | None:
    """The message of the first rule broken; None when the request is legal."""
    try:
        version = _headers(headers)
        if not isinstance(body, dict):
            raise Refused("the body must be an object")
        declared = {k: v for k, v in body.items() if version != "2023-06-01" or k not in SAMPLING}
        betas = [beta for value in headers("anthropic-beta") for beta in value.split(",")]
        if found := schema.violation("anthropic-beta" if betas else "anthropic", declared):
            raise Refused(found)
        _sampling(body)
        _messages(body, genuine)
        _tools(body)
        hosted_rules.anthropic(body, betas, Refused)
        _thinking(body)
        _cache_marks(body)
        _output_format(body)
    except Refused as refused:
        return str(refused)
    return None


def claude_version(model: str) -> tuple[int, int]:
    """(4, 6) of `claude-opus-4-6`; models of other names count as the oldest."""
    numbers = [int(part) for part in re.split(r"[-.@_]", model) if part.isdigit() and len(part) <= 2]
    if "claude" not in model or not numbers:
        return 0, 0
    return numbers[0], numbers[1] if len(numbers) > 1 else 0


def _headers(headers) -> str:
    keys, bearers = headers("x-api-key"), headers("authorization")
    if len(keys) + len(bearers) != 1:
        raise Refused(f"exactly one of x-api-key and authorization is needed, got {len(keys) + len(bearers)}")
    if bearers and not bearers[0].startswith("Bearer "):
        raise Refused("authorization: Bearer is needed")
    versions = headers("anthropic-version")
    if len(versions) != 1:
        raise Refused(f"anthropic-version: header is required exactly once, got {versions}")
    if versions[0] not in VERSIONS:
        raise Refused(f"anthropic-version: '{versions[0]}' is not a valid version")
    if headers("openai-organization") or headers("openai-project"):
        raise Refused("headers of another vendor")
    return versions[0]


def _sampling(body):
    if body.get("temperature") is not None and not 0 <= body["temperature"] <= 1:
        raise Refused("temperature: range: 0..1")
    given = [name for name in SAMPLING if name in body]
    if given and claude_version(body["model"]) >= (4, 7):
        raise Refused(f"{given[0]}: not supported by this model")
    if "temperature" in given and "top_p" in given and claude_version(body["model"]) >= (4, 0):
        raise Refused("temperature and top_p cannot both be specified for this model")
    if body["max_tokens"] < 1:
        raise Refused("max_tokens: must be greater than 0")
    for stop in body.get("stop_sequences") or []:
        if not stop.strip():
            raise Refused("stop_sequences: each stop sequence must contain non-whitespace")


def _blocks(content) -> list[dict]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _messages(body, genuine: bool):
    messages = body["messages"]
    turns = [m for m in messages if m["role"] != "system"]
    if len(turns) < len(messages) and (not genuine or claude_version(body["model"]) < (4, 8)):
        raise Refused("messages: role 'system' is not supported by this model")
    if not turns or turns[0]["role"] != "user":
        raise Refused('messages: first message must use the "user" role')
    merged = []
    for turn in turns:
        blocks = _blocks(turn["content"])
        if not blocks and turn is not turns[-1]:
            raise Refused("messages: all messages must have non-empty content except for the optional final assistant")
        for block in blocks:
            _block(block)
        if merged and merged[-1][0] == turn["role"]:
            merged[-1][1].extend(blocks)
        else:
            merged.append((turn["role"], list(blocks)))
    _pairing(merged)
    for message in _blocks(body.get("system") or []):
        _text(message, "system")
    if merged[-1][0] == "assistant":
        if claude_version(body["model"]) >= (4, 6):
            raise Refused("messages: this model does not support assistant message prefill")
        if merged[-1][1] and merged[-1][1][-1].get("text", "x")[-1:].isspace():
            raise Refused("messages: final assistant content cannot end with trailing whitespace")


def _pairing(turns):
    """Every call is answered in the very next turn, results first; no result without its call."""
    open_ids: list[str] = []
    for role, blocks in turns:
        results = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
        if role == "user":
            if missing := [i for i in open_ids if i not in results]:
                raise Refused(
                    f"messages: `tool_use` ids were found without `tool_result` blocks immediately after: "
                    f"{', '.join(missing)}"
                )
            if strangers := [i for i in results if i not in open_ids]:
                raise Refused(f"messages: unexpected `tool_use_id` found in `tool_result` blocks: {strangers[0]}")
            if len(set(results)) != len(results):
                raise Refused("messages: each tool_use must have a single result")
            if any(b["type"] != "tool_result" for b in blocks[: len(results)]):
                raise Refused("messages: tool_result blocks must come before other content")
        open_ids = [b["id"] for b in blocks if b["type"] == "tool_use"]
        if len(set(open_ids)) != len(open_ids):
            raise Refused("messages: `tool_use` ids must be unique")
    if open_ids:
        raise Refused("messages: the last tool_use blocks have no tool_result")


def _text(block, where="messages"):
    if not block.get("text", "").strip():
        raise Refused(f"{where}: text content blocks must contain non-whitespace text")


def _block(block):
    match block["type"]:
        case "text":
            _text(block)
        case "image" | "document":
            _media(block)
        case "tool_use":
            if not TOOL_ID.fullmatch(block["id"]):
                raise Refused("messages.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
            if not TOOL_NAME.fullmatch(block["name"]):
                raise Refused("messages.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'")
        case "tool_result":
            for inner in _blocks(block.get("content") or []):
                _block(inner)
        case "thinking":
            if not SIGNATURE.fullmatch(block["signature"]):
                raise Refused("messages: Invalid `signature` in `thinking` block")
        case "redacted_thinking":
            if not SIGNATURE.fullmatch(block["data"]):
                raise Refused("messages: Invalid `data` in `redacted_thinking` block")


def _media(block):
    source = block["source"]
    if source["type"] == "base64":
        try:
            data = base64.b64decode(source["data"], validate=True)
        except ValueError as error:
            raise Refused("messages: invalid base64 data") from error
        magic = {
            "image/png": b"\x89PNG",
            "image/jpeg": b"\xff\xd8\xff",
            "image/gif": b"GIF8",
            "image/webp": b"RIFF",
            "application/pdf": b"%PDF",
        }[source["media_type"]]
        if not data.startswith(magic):
            raise Refused(f"messages: the data does not appear to be {source['media_type']}")
    elif source["type"] == "url" and not source["url"].startswith(("https://", "http://")):
        raise Refused("messages: only http(s) URLs are supported")


def _tools(body):
    tools, choice = body.get("tools"), body.get("tool_choice")
    names = [tool["name"] for tool in tools or [] if "name" in tool]
    for tool in tools or []:
        if tool.get("type", "custom") == "custom":
            if not TOOL_NAME.fullmatch(tool["name"]):
                raise Refused("tools.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'")
            if tool["input_schema"].get("type") != "object":
                raise Refused("tools.input_schema.type: Field required to be 'object'")
            if {"oneOf", "anyOf", "allOf"} & set(tool["input_schema"]):
                raise Refused("tools.input_schema: oneOf, allOf, or anyOf are not supported at the top level")
    if len(set(names)) != len(names):
        raise Refused("tools: Tool names must be unique.")
    if choice and not tools:
        raise Refused("tool_choice: may only be specified while providing tools")
    if choice and choice["type"] == "tool" and choice["name"] not in names:
        raise Refused(f"tool_choice: tool '{choice['name']}' not found in provided tools")
    history = any(b["type"] == "tool_use" for m in body["messages"] for b in _blocks(m["content"]))
    if history and not tools:
        raise Refused("tools: required when the messages hold tool_use blocks")


def _thinking(body):
    thinking = body.get("thinking") or {"type": None}
    version = claude_version(body["model"])
    if thinking["type"] == "enabled":
        if version >= (4, 7):
            raise Refused("thinking.type: 'enabled' is not supported by this model, use 'adaptive'")
        if not 1024 <= thinking["budget_tokens"] < body["max_tokens"]:
            raise Refused("thinking.budget_tokens: must be at least 1024 and less than max_tokens")
        if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
            raise Refused("Thinking may not be enabled when tool_choice forces tool use.")
        if "temperature" in body and body["temperature"] != 1 or "top_k" in body:
            raise Refused("temperature may only be set to 1 when thinking is enabled")
    if thinking["type"] == "adaptive" and version != (0, 0) and version < (4, 6):
        raise Refused("thinking.type: 'adaptive' is not supported by this model")
    if thinking["type"] in ("enabled", "adaptive"):
        calls = [m for m in body["messages"] if m["role"] == "assistant"][-1:]
        blocks = _blocks(calls[0]["content"]) if calls else []
        answered = body["messages"][-1]["role"] == "user" and any(
            b["type"] == "tool_result" for b in _blocks(body["messages"][-1]["content"])
        )
        if answered and blocks and blocks[0]["type"] not in ("thinking", "redacted_thinking"):
            raise Refused(
                "messages: Expected `thinking` or `redacted_thinking`, but found "
                f"`{blocks[0]['type']}`. A final assistant message must start with a thinking block."
            )


def _cache_marks(body):
    marks = 0

    def count(value):
        nonlocal marks
        if isinstance(value, dict):
            if value.get("cache_control"):
                marks += 1
                if value.get("type") in ("thinking", "redacted_thinking"):
                    raise Refused("cache_control cannot be set on thinking blocks")
            for key, member in value.items():
                if key not in ("input", "input_schema"):
                    count(member)
        elif isinstance(value, list):
            for member in value:
                count(member)

    count(body)
    if marks > 4:
        raise Refused(f"A maximum of 4 blocks with cache_control may be provided. Found {marks}.")


UNSUPPORTED_IN_SCHEMA = {
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "multipleOf",
    "uniqueItems",
    "maxItems",
    "oneOf",
}


def _output_format(body):
    form = (body.get("output_config") or {}).get("format")
    if form:
        _output_schema(form["schema"], form["schema"])
        if any(
            b.get("citations", {}).get("enabled")
            for m in body["messages"]
            for b in _blocks(m["content"])
            if b["type"] == "document"
        ):
            raise Refused("output_config.format cannot be combined with citations")


def _output_schema(node, root, following=()):
    if not isinstance(node, dict):
        return
    if bad := UNSUPPORTED_IN_SCHEMA & set(node):
        raise Refused(f"output_config.format.schema: For '{node.get('type')}' type, {sorted(bad)[0]} is not supported")
    if node.get("type") == "object" and node.get("additionalProperties") is not False:
        raise Refused("output_config.format.schema: For 'object' type, 'additionalProperties' must be false")
    if not {"type", "anyOf", "allOf", "enum", "const", "$ref"} & set(node):
        raise Refused("output_config.format.schema: a schema needs a type, a combinator, enum or const")
    if reference := node.get("$ref"):
        if reference in following:
            raise Refused(f"output_config.format.schema: recursive references are not supported: {reference}")
        target = root
        for step in reference.removeprefix("#").split("/")[1:]:
            target = target[step]
        _output_schema(target, root, (*following, reference))
    for key in ("properties", "$defs"):
        for member in (node.get(key) or {}).values():
            _output_schema(member, root, following)
    _output_schema(node.get("items"), root, following)
    for key in ("anyOf", "allOf"):
        for member in node.get(key) or []:
            _output_schema(member, root, following)
