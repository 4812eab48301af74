"""What the OpenAI Responses API refuses although its types allow it."""

from . import hosted_rules, schema
from .anthropic_rules import SIGNATURE
from .media import is_data_url
from .openai_rules import NAME, REASONING_MODEL

CALLS = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}


def violation(headers, body, genuine: bool) -> tuple[str, str | None] | None:
    """(message, parameter) of the first rule broken; None when the request is legal."""
    credentials = headers("authorization")
    if len(credentials) != 1 or not credentials[0].startswith("Bearer "):
        return "exactly one Authorization: Bearer header is needed", None
    if any(headers(name) for name in ("x-api-key", "x-goog-api-key", "anthropic-version", "anthropic-beta")):
        return "headers of another vendor", None
    if not isinstance(body, dict):
        return "the body must be an object", None
    if found := schema.violation("responses", body):
        return found, found.split(":")[0]
    for rule in (_input, _tools, hosted_rules.responses, _options):
        if found := rule(body):
            return found
    return _reasoning_model(body) if genuine and REASONING_MODEL.match(body["model"]) else None


def _input(body):
    items = body.get("input")
    if items is None or items == []:
        return "Missing required parameter: 'input'.", "input"
    if isinstance(items, str):
        return None
    ids = [item["id"] for item in items if item.get("id")]
    if len(set(ids)) != len(ids):
        return "Duplicate item found in input", "input"
    outputs = [item["call_id"] for item in items if item.get("type") in CALLS.values()]
    seen = []
    for index, item in enumerate(items):
        where = f"input[{index}]"
        kind = item.get("type", "message")
        if kind in CALLS:
            if not 1 <= len(item["call_id"]) <= 64:
                return "call_id is too long, maximum 64", f"{where}.call_id"
            if not NAME.fullmatch(item["name"]):
                return "string does not match pattern '^[a-zA-Z0-9_-]+$'", f"{where}.name"
            if item["call_id"] in seen:
                return "duplicate call_id", f"{where}.call_id"
            if item["call_id"] not in outputs:
                return f"No tool output found for function call {item['call_id']}.", "input"
            seen.append(item["call_id"])
        elif kind in CALLS.values():
            if item["call_id"] not in seen:
                return f"No tool call found for function call output with call_id {item['call_id']}.", "input"
            if outputs.count(item["call_id"]) > 1:
                return "more than one output of a call", "input"
            if found := _parts(item["output"], "user", f"{where}.output"):
                return found
        elif kind == "message":
            if found := _parts(item["content"], item["role"], f"{where}.content"):
                return found
        elif kind == "reasoning":
            if found := _reasoning(body, items, index):
                return found
    return None


def _reasoning(body, items, index):
    item = items[index]
    state = item.get("encrypted_content")
    if not state and not body.get("store", True):
        return f"Item with id '{item['id']}' not found. Items are not persisted when `store` is set to false.", "input"
    if state and not SIGNATURE.fullmatch(state):
        return "The encrypted content could not be verified.", f"input[{index}].encrypted_content"
    if not item["id"].startswith("rs_"):
        return "Invalid 'id': expected an ID that begins with 'rs'.", f"input[{index}].id"
    following = items[index + 1] if index + 1 < len(items) else {}
    if following.get("role", "assistant") != "assistant" or following.get("type") in CALLS.values() or not following:
        return f"Item '{item['id']}' of type 'reasoning' was provided without its required following item.", "input"
    return None


def _parts(content, role, where):
    if content == []:
        return "[] is too short", where
    for part in content if isinstance(content, list) else []:
        expected = ("output_text", "refusal") if role == "assistant" else ("input_text", "input_image", "input_file")
        if part["type"] not in expected:
            return f"Invalid value: '{part['type']}'. Supported values are: {expected}", where
        url = part.get("image_url") or ""
        if url.startswith("data:") and not is_data_url(url, "image/"):
            return f"invalid image data URL: {url[:60]}", where
        data = part.get("file_data") or ""
        if data and not is_data_url(data, ""):
            return f"invalid file_data: {data[:60]}", where
        if data and part.get("filename", "").endswith(".pdf") != data.startswith("data:application/pdf;"):
            return f"the file {part.get('filename')} is not what it is called: {data[:60]}", where
    return None


def _tools(body):
    tools, choice = body.get("tools"), body.get("tool_choice")
    names = [tool["name"] for tool in tools or [] if "name" in tool]
    if choice not in (None, "auto", "none") and not tools:
        return "Tool choice requires 'tools'.", "tool_choice"
    if len(set(names)) != len(names):
        return "duplicate tool names", "tools"
    for index, tool in enumerate(tools or []):
        where = f"tools[{index}]"
        if tool["type"] not in ("function", "custom"):
            continue
        if not NAME.fullmatch(tool["name"]):
            return "string does not match pattern '^[a-zA-Z0-9_-]+$'", f"{where}.name"
        parameters = tool.get("parameters")
        if parameters is not None and parameters.get("type") != "object":
            return "schema must have type 'object' at its root", f"{where}.parameters"
        if tool["type"] == "function" and tool.get("strict", True) and parameters is not None:
            if found := strict_schema(parameters):
                return f"Invalid schema for function '{tool['name']}': {found}", f"{where}.parameters"
    if isinstance(choice, dict) and choice["type"] in ("function", "custom") and choice["name"] not in names:
        return "Tool choice not found in 'tools'", "tool_choice"
    return None


def strict_schema(node) -> str | None:
    """Why a schema cannot be enforced."""
    if isinstance(node, list):
        return next((found for member in node if (found := strict_schema(member))), None)
    if not isinstance(node, dict):
        return None
    properties = node.get("properties")
    if node.get("type") == "object":
        if node.get("additionalProperties") is not False:
            return "'additionalProperties' is required to be supplied and to be false."
        if set(node.get("required") or []) != set(properties or {}):
            return "'required' is required to be an array including every key in properties."
    members = [*(properties or {}).values(), node.get("items"), node.get("anyOf"), *(node.get("$defs") or {}).values()]
    return strict_schema([member for member in members if member])


def _options(body):
    form = (body.get("text") or {}).get("format") or {}
    if form.get("type") == "json_schema":
        if not NAME.fullmatch(form["name"]):
            return "invalid schema name", "text.format.name"
        if form.get("strict") and (found := strict_schema(form["schema"])):
            return f"Invalid schema for response_format: {found}", "text.format.schema"
    for name, low, high in (("temperature", 0, 2), ("top_p", 0, 1), ("top_logprobs", 0, 20)):
        if body.get(name) is not None and not low <= body[name] <= high:
            return f"{name} must be between {low} and {high}", name
    if body.get("max_output_tokens") is not None and body["max_output_tokens"] < 16:
        return "Invalid 'max_output_tokens': Expected a value >= 16", "max_output_tokens"
    if body.get("stream_options") is not None and not body.get("stream"):
        return "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
    return None


def _reasoning_model(body):
    if (body.get("reasoning") or {}).get("effort") != "none":
        for name in ("temperature", "top_p"):
            if body.get(name) not in (None, 1):
                return f"Unsupported parameter: '{name}' is not supported with this model.", name
    return None
