"""What an upstream received, read without regard to its dialect."""

import json


def _parts(content) -> list[dict]:
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def text(content) -> str:
    return "".join(part.get("text", "") for part in _parts(content))


def system(recorded) -> list[str]:
    """The instructions before the first turn, one text each."""
    if recorded.dialect == "anthropic":
        return [part["text"] for part in _parts(recorded.json.get("system"))]
    found = []
    for message in recorded.json["messages"]:
        if message["role"] not in ("system", "developer"):
            break
        found.append(text(message["content"]))
    return found


def turns(recorded) -> list[tuple[str, str]]:
    """(role, text) of the user's and the assistant's turns; tool results are left out."""
    found = []
    for message in recorded.json["messages"]:
        said = text([part for part in _parts(message.get("content")) if part.get("type") == "text"])
        if message["role"] in ("user", "assistant") and said:
            found.append((message["role"], said))
    return found


def calls(recorded) -> list[tuple[str, str, object]]:
    """(id, name, arguments) of the calls in the history."""
    found = []
    for message in recorded.json["messages"]:
        for call in message.get("tool_calls") or []:
            found.append((call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])))
        for part in _parts(message.get("content")):
            if part.get("type") == "tool_use":
                found.append((part["id"], part["name"], part["input"]))
    return found


def results(recorded) -> list[tuple[str, str, bool]]:
    """(call id, text, is an error) of the tool results in the history."""
    found = []
    for message in recorded.json["messages"]:
        if message["role"] == "tool":
            said = text(message["content"])
            found.append((message["tool_call_id"], said, said.startswith("Error")))
        for part in _parts(message.get("content")):
            if part.get("type") == "tool_result":
                found.append((part["tool_use_id"], text(part.get("content")), part.get("is_error", False)))
    return found


def images(recorded) -> list[str]:
    """URL of every image, as a data URL where the bytes were sent; also those inside tool results."""
    found = []

    def look(content):
        for part in _parts(content):
            match part.get("type"):
                case "image_url":
                    found.append(part["image_url"]["url"])
                case "image":
                    source = part["source"]
                    found.append(source.get("url") or f"data:{source['media_type']};base64,{source['data']}")
                case "tool_result":
                    look(part.get("content"))

    for message in recorded.json["messages"]:
        look(message.get("content"))
    return found


def documents(recorded) -> list[str]:
    """The PDF files, as data URLs."""
    found = []
    for message in recorded.json["messages"]:
        for part in _parts(message.get("content")):
            if part.get("type") == "file":
                found.append(part["file"]["file_data"])
            if part.get("type") == "document":
                found.append(f"data:{part['source']['media_type']};base64,{part['source']['data']}")
    return found


def tools(recorded) -> dict[str, dict]:
    """Name and schema of the declared tools."""
    found = {}
    for tool in recorded.json.get("tools") or []:
        function = tool.get("function") or tool
        found[function["name"]] = function.get("parameters") or function.get("input_schema")
    return found


def tool_choice(recorded) -> str | None:
    """auto, none, required, or the name of the one tool."""
    choice = recorded.json.get("tool_choice")
    if isinstance(choice, str) or choice is None:
        return choice
    if choice["type"] in ("function", "tool"):
        return (choice.get("function") or choice)["name"]
    return {"any": "required"}.get(choice["type"], choice["type"])


def is_serial(recorded) -> bool:
    """Whether parallel calls were switched off."""
    choice = recorded.json.get("tool_choice")
    return (
        recorded.json.get("parallel_tool_calls") is False
        or isinstance(choice, dict)
        and choice.get("disable_parallel_tool_use", False)
    )


def stops(recorded) -> list[str]:
    stop = recorded.json.get("stop") or recorded.json.get("stop_sequences") or []
    return [stop] if isinstance(stop, str) else stop


def output_schema(recorded) -> dict | None:
    if form := recorded.json.get("response_format"):
        return form["json_schema"]["schema"]
    return ((recorded.json.get("output_config") or {}).get("format") or {}).get("schema")


def losses(heard) -> set[str]:
    """The fields that the translation header names."""
    entries = heard.headers.get("x-omniroute-translation", "").split(", ")
    return {entry.split(";")[0].removeprefix("dropped=") for entry in entries if entry}
