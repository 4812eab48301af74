"""What Ollama refuses, and what it would quietly ignore: here both are mistakes of the router."""

from . import schema
from .media import is_base64


def violation(headers, body, genuine: bool) -> str | None:
    """The message of the first rule broken; None when the request is legal."""
    if any(headers(name) for name in ("x-api-key", "x-goog-api-key", "anthropic-version", "openai-organization")):
        return "headers of another vendor"
    if len(headers("authorization")) > 1:
        return "more than one credential"
    if found := schema.violation("ollama", body):
        return found
    return _think(body) or _messages(body["messages"]) or _tools(body)


def _think(body) -> str | None:
    """An amount is for one family only; which models think at all, a test must script."""
    think = body.get("think")
    if isinstance(think, str) and not body["model"].startswith("gpt-oss"):
        return f'think value "{think}" is not supported for this model'
    return None


def _messages(messages) -> str | None:
    open_calls: list[dict] = []
    for index, message in enumerate(messages):
        where, role = f"messages[{index}]", message["role"]
        for image in message.get("images") or []:
            if not is_base64(image):
                return f"{where}.images: illegal base64 data or unknown format: {image[:40]}"
        if role == "tool":
            match = next((call for call in open_calls if _answers(message, call)), None)
            if match is None:
                return f"{where}: a tool message without its call"
            open_calls.remove(match)
            continue
        if open_calls:
            return f"{where}: calls without tool messages: {open_calls}"
        if message.get("tool_calls") and role != "assistant":
            return f"{where}: only the assistant calls tools"
        if not (message["content"] or message.get("tool_calls") or message.get("images")):
            return f"{where}: an empty message"
        open_calls = list(message.get("tool_calls") or [])
    return f"the last calls have no tool messages: {open_calls}" if open_calls else None


def _answers(message, call) -> bool:
    name, id = message.get("tool_name"), message.get("tool_call_id")
    if not name:
        return False
    return name == call["function"]["name"] and (not id or not call.get("id") or id == call["id"])


def _tools(body) -> str | None:
    names = [tool["function"]["name"] for tool in body.get("tools") or []]
    return "duplicate tool names" if len(set(names)) != len(names) else None
