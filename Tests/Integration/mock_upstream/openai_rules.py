"""What OpenAI refuses although its types allow it. Each rule names the parameter it would name."""

import base64
import re

from . import schema

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
REASONING_MODEL = re.compile(r"o\d|gpt-[56]")
# The de-facto additions that compatible servers, not OpenAI itself, understand.
COMPATIBLE_EXTRAS = {"top_k", "min_p", "repetition_penalty"}


def violation(headers, body, genuine: bool) -> tuple[str, str | None] | None:
    """(message, parameter) of the first rule broken; None when the request is legal."""
    credentials = headers("authorization")
    if len(credentials) != 1 or not credentials[0].startswith("Bearer ") or headers("x-api-key"):
        return "exactly one Authorization: Bearer header is needed", None
    if headers("anthropic-version") or headers("anthropic-beta"):
        return "headers of another vendor", None
    if not isinstance(body, dict):
        return "the body must be an object", None
    declared = body if genuine else {k: v for k, v in body.items() if k not in COMPATIBLE_EXTRAS}
    declared = {**declared, "messages": [_without_reasoning(m, genuine) for m in body.get("messages") or []]}
    if found := schema.violation("openai", declared):
        return found, found.split(":")[0]
    for rule in (_messages, _tools, _options):
        if found := rule(body):
            return found
    if not genuine and (found := _functions_only(body)):
        return found
    if genuine and (found := _other_files(body)):
        return found
    return _reasoning_model(body) if genuine and REASONING_MODEL.match(body["model"]) else None


def _other_files(body):
    """OpenAI reads no files but PDFs here; what imitations read is theirs to know."""
    for index, message in enumerate(body["messages"]):
        content = message.get("content")
        for part in content if isinstance(content, list) else []:
            data = (part.get("file") or {}).get("file_data", "")
            if data and not data.startswith("data:application/pdf;"):
                return f"unsupported MIME type '{data[5:].partition(';')[0]}'", f"messages.{index}.content"
    return None


def _without_reasoning(message, genuine: bool):
    """`reasoning_content` is known to compatible servers only."""
    if genuine or not isinstance(message, dict):
        return message
    return {key: value for key, value in message.items() if key != "reasoning_content"}


def _functions_only(body):
    """Tools of the type `custom` are known to OpenAI only."""
    if any(tool["type"] != "function" for tool in body.get("tools") or []):
        return "Input should be 'function'", "tools.0.type"
    calls = [call for message in body["messages"] for call in message.get("tool_calls") or []]
    if any(call["type"] != "function" for call in calls):
        return "Input should be 'function'", "messages.tool_calls.type"
    choice = body.get("tool_choice")
    return ("Input should be 'function'", "tool_choice") if _is_custom(choice) else None


def _is_custom(choice) -> bool:
    return isinstance(choice, dict) and choice["type"] == "custom"


def _messages(body):
    messages = body["messages"]
    if not messages:
        return "[] is too short - 'messages'", "messages"
    open_calls: list[str] = []
    for index, message in enumerate(messages):
        where = f"messages.[{index}]"
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                return (
                    "messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
                    f"{where}.role",
                )
            open_calls.remove(message["tool_call_id"])
            if found := _text_only(message["content"], f"{where}.content"):
                return found
            continue
        if open_calls:
            return (
                f"An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                f"'tool_call_id'. No response for: {', '.join(open_calls)}",
                f"{where}.role",
            )
        if message["role"] == "assistant":
            calls = message.get("tool_calls")
            if calls == []:
                return "[] is too short", f"{where}.tool_calls"
            open_calls = [call["id"] for call in calls or []]
            if len(set(open_calls)) != len(open_calls):
                return "duplicate tool call ids", f"{where}.tool_calls"
            for call in calls or []:
                if not 1 <= len(call["id"]) <= 40:
                    return f"string too long: {len(call['id'])} characters, maximum 40", f"{where}.tool_calls.id"
                if not NAME.fullmatch((call.get("function") or call.get("custom"))["name"]):
                    return "string does not match pattern '^[a-zA-Z0-9_-]+$'", f"{where}.tool_calls.name"
            if message.get("content") is None and not calls and not message.get("refusal"):
                return "an assistant message needs content or tool_calls", f"{where}.content"
        elif message["role"] in ("system", "developer"):
            if found := _text_only(message["content"], f"{where}.content"):
                return found
        elif found := _user(message["content"], where):
            return found
    return ("the last tool calls have no tool messages", "messages") if open_calls else None


def _text_only(content, where):
    if isinstance(content, list) and (not content or any(part["type"] != "text" for part in content)):
        return "only text parts are allowed here", where
    return None


def _user(content, where):
    if content == []:
        return "[] is too short", f"{where}.content"
    for part in content if isinstance(content, list) else []:
        url = (part.get("image_url") or {}).get("url", "")
        data = (part.get("file") or {}).get("file_data", "")
        for value, kind in ((url, "image/"), (data, "")):
            if value.startswith("data:") and not _is_data_url(value, kind):
                return f"invalid data URL: {value[:60]}", f"{where}.content"
        if url and not url.startswith(("data:", "http://", "https://")):
            return "invalid image URL", f"{where}.content"
        if data and not data.startswith("data:"):
            return "file_data must be a data URL", f"{where}.content"
    return None


def _is_data_url(value: str, media_type: str) -> bool:
    head, comma, payload = value[5:].partition(",")
    try:
        return (
            bool(comma)
            and head.startswith(media_type)
            and head.endswith(";base64")
            and bool(base64.b64decode(payload, validate=True))
        )
    except ValueError:
        return False


def _tools(body):
    tools = body.get("tools")
    if tools is None:
        if body.get("tool_choice") is not None:
            return "'tool_choice' is only allowed when 'tools' are specified.", "tool_choice"
        if body.get("parallel_tool_calls") is not None:
            return "'parallel_tool_calls' is only allowed when 'tools' are specified.", "parallel_tool_calls"
        return None
    if not tools:
        return "[] is too short - 'tools'", "tools"
    names = [(tool.get("function") or tool.get("custom"))["name"] for tool in tools]
    for index, name in enumerate(names):
        if not NAME.fullmatch(name):
            return "string does not match pattern '^[a-zA-Z0-9_-]+$'", f"tools[{index}].function.name"
    if len(set(names)) != len(names):
        return "duplicate tool names", "tools"
    for index, tool in enumerate(tools):
        parameters = (tool.get("function") or {}).get("parameters")
        if parameters is not None and parameters.get("type") != "object":
            return "schema must have type 'object' at its root", f"tools[{index}].function.parameters"
    choice = body.get("tool_choice")
    if (
        isinstance(choice, dict)
        and choice["type"] in ("function", "custom")
        and choice[choice["type"]]["name"] not in names
    ):
        return "Tool choice not found in 'tools'", "tool_choice"
    return None


def _options(body):
    if "stream_options" in body and body.get("stream_options") is not None and not body.get("stream"):
        return "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
    stop = body.get("stop")
    if isinstance(stop, list) and not 1 <= len(stop) <= 4:
        return f"Expected 1 to 4 stop sequences, got {len(stop)}", "stop"
    for name, low, high in (
        ("temperature", 0, 2),
        ("top_p", 0, 1),
        ("frequency_penalty", -2, 2),
        ("presence_penalty", -2, 2),
        ("top_logprobs", 0, 20),
    ):
        if body.get(name) is not None and not low <= body[name] <= high:
            return f"{name} must be between {low} and {high}", name
    if "max_tokens" in body and "max_completion_tokens" in body:
        return "max_tokens and max_completion_tokens exclude each other", "max_tokens"
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema" and not NAME.fullmatch(form["json_schema"]["name"]):
        return "invalid schema name", "response_format.json_schema.name"
    if len(body.get("safety_identifier") or "") > 128:
        return "safety_identifier is too long", "safety_identifier"
    return None


def _reasoning_model(body):
    if "max_tokens" in body:
        return (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            "max_tokens",
        )
    if body.get("stop") is not None:
        return "Unsupported parameter: 'stop' is not supported with this model.", "stop"
    if body.get("reasoning_effort") != "none":
        for name in ("temperature", "top_p"):
            if body.get(name) not in (None, 1):
                return f"Unsupported value: '{name}' only takes its default with this model.", name
    return None
