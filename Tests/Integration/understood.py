"""What an upstream of any dialect was told, read into one form."""

import json
from dataclasses import dataclass, field


@dataclass
class Understood:
    """
    turns: ("user", text), ("image", data URL), ("model", text), ("thought", text), ("call", id, name, arguments),
    ("result", id, text, is an error), in the order they were said.
    """

    system: str = ""
    turns: list[tuple] = field(default_factory=list)
    tools: dict[str, object] = field(default_factory=dict)
    schema: object = None
    limit: int | None = None
    stops: list[str] = field(default_factory=list)
    temperature: float | None = None
    # auto, none, required, or the name of the one tool.
    choice: str | None = None

    def of(self, *kinds: str) -> list[tuple]:
        return [turn for turn in self.turns if turn[0] in kinds]

    @property
    def calls(self) -> list[tuple]:
        return [turn[1:] for turn in self.of("call")]

    @property
    def results(self) -> list[tuple]:
        return [turn[1:] for turn in self.of("result")]


def request(recorded) -> Understood:
    return READERS[recorded.dialect](recorded.json)


def _texts(content) -> list[str]:
    if isinstance(content, str) or content is None:
        return [content] if content else []
    return [part["text"] for part in content if part.get("text")]


def _joined(content) -> str:
    return "".join(_texts(content))


def _chat(body) -> Understood:
    found = Understood(
        limit=body.get("max_completion_tokens") or body.get("max_tokens"),
        stops=_listed(body.get("stop")),
        temperature=body.get("temperature"),
        schema=((body.get("response_format") or {}).get("json_schema") or {}).get("schema"),
    )
    found.tools = {t["function"]["name"]: t["function"].get("parameters") for t in body.get("tools") or []}
    found.choice = _choice(body.get("tool_choice"))
    for message in body["messages"]:
        content, role = message.get("content"), message["role"]
        match role:
            case "system" | "developer":
                found.system += _joined(content)
            case "tool":
                found.turns.append(_result(message["tool_call_id"], _joined(content)))
            case "user" | "assistant":
                if thought := message.get("reasoning_content"):
                    found.turns.append(("thought", thought))
                found.turns += [("user" if role == "user" else "model", text) for text in _texts(content)]
                for part in content if isinstance(content, list) else []:
                    if part["type"] == "image_url":
                        found.turns.append(("image", part["image_url"]["url"]))
                for call in message.get("tool_calls") or []:
                    function = call["function"]
                    found.turns.append(("call", call["id"], function["name"], json.loads(function["arguments"])))
    return found


def _responses(body) -> Understood:
    found = Understood(
        system=body.get("instructions") or "",
        limit=body.get("max_output_tokens"),
        temperature=body.get("temperature"),
        schema=((body.get("text") or {}).get("format") or {}).get("schema"),
    )
    found.tools = {tool["name"]: tool.get("parameters") for tool in body.get("tools") or []}
    found.choice = _choice(body.get("tool_choice"))
    items = body["input"]
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        match item.get("type", "message"):
            case "message" if item["role"] in ("system", "developer"):
                found.system += _joined(item["content"])
            case "message":
                kind = "user" if item["role"] == "user" else "model"
                found.turns += [(kind, text) for text in _texts(item["content"])]
                for part in item["content"] if isinstance(item["content"], list) else []:
                    if part["type"] == "input_image":
                        found.turns.append(("image", part["image_url"]))
            case "reasoning":
                found.turns.append(("thought", "".join(part["text"] for part in item["summary"])))
            case "function_call":
                found.turns.append(("call", item["call_id"], item["name"], json.loads(item["arguments"])))
            case "function_call_output":
                found.turns.append(_result(item["call_id"], _joined(item["output"])))
    return found


def _anthropic(body) -> Understood:
    found = Understood(
        system=_joined(body.get("system")),
        limit=body.get("max_tokens"),
        stops=_listed(body.get("stop_sequences")),
        temperature=body.get("temperature"),
        schema=((body.get("output_config") or {}).get("format") or {}).get("schema"),
    )
    found.tools = {tool["name"]: tool.get("input_schema") for tool in body.get("tools") or []}
    found.choice = _choice(body.get("tool_choice"))
    for message in body["messages"]:
        content = message["content"]
        for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            match part["type"]:
                case "text":
                    found.turns.append(("user" if message["role"] == "user" else "model", part["text"]))
                case "image":
                    source = part["source"]
                    url = source.get("url") or f"data:{source['media_type']};base64,{source['data']}"
                    found.turns.append(("image", url))
                case "thinking":
                    found.turns.append(("thought", part["thinking"]))
                case "tool_use":
                    found.turns.append(("call", part["id"], part["name"], part["input"]))
                case "tool_result":
                    text, failed = _joined(part.get("content")), part.get("is_error", False)
                    found.turns.append(("result", part["tool_use_id"], text, failed))
    return found


def _gemini(body) -> Understood:
    options = body.get("generationConfig") or {}
    found = Understood(
        system=_joined((body.get("systemInstruction") or {}).get("parts")),
        limit=options.get("maxOutputTokens"),
        stops=options.get("stopSequences") or [],
        temperature=options.get("temperature"),
        schema=options.get("responseJsonSchema") or options.get("responseSchema"),
    )
    for tool in body.get("tools") or []:
        for function in tool.get("functionDeclarations") or []:
            found.tools[function["name"]] = function.get("parametersJsonSchema") or function.get("parameters")
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    names = calling.get("allowedFunctionNames") or []
    modes = {"AUTO": "auto", "VALIDATED": "auto", "NONE": "none", "ANY": "required"}
    found.choice = names[0] if len(names) == 1 else modes.get(calling.get("mode"))
    for content in body["contents"]:
        for part in content["parts"]:
            if part.get("thought"):
                found.turns.append(("thought", part.get("text", "")))
            elif part.get("text"):
                found.turns.append(("model" if content.get("role") == "model" else "user", part["text"]))
            elif data := part.get("inlineData"):
                found.turns.append(("image", f"data:{data['mimeType']};base64,{data['data']}"))
            elif call := part.get("functionCall"):
                found.turns.append(("call", call.get("id"), call["name"], call.get("args") or {}))
            elif result := part.get("functionResponse"):
                said = result["response"]
                text = said.get("error", said.get("output"))
                text = text if isinstance(text, str) else json.dumps(said, ensure_ascii=False)
                found.turns.append(("result", result.get("id"), text, "error" in said))
    return found


def _ollama(body) -> Understood:
    options = body.get("options") or {}
    found = Understood(
        limit=options.get("num_predict"),
        stops=options.get("stop") or [],
        temperature=options.get("temperature"),
        schema=body.get("format"),
    )
    found.tools = {t["function"]["name"]: t["function"].get("parameters") for t in body.get("tools") or []}
    for message in body["messages"]:
        match message["role"]:
            case "system":
                found.system += message["content"]
                continue
            case "tool":
                found.turns.append(_result(message.get("tool_call_id"), message["content"]))
                continue
        if thought := message.get("thinking"):
            found.turns.append(("thought", thought))
        if message["content"]:
            found.turns.append(("user" if message["role"] == "user" else "model", message["content"]))
        found.turns += [("image", f"data:image/png;base64,{image}") for image in message.get("images") or []]
        for call in message.get("tool_calls") or []:
            found.turns.append(("call", call.get("id"), call["function"]["name"], call["function"]["arguments"]))
    return found


def _choice(choice) -> str | None:
    if isinstance(choice, str) or choice is None:
        return choice
    named = (choice.get("function") or choice).get("name")
    return named or {"any": "required"}.get(choice["type"], choice["type"])


def _result(id, text: str) -> tuple:
    return ("result", id, text, text.startswith("Error"))


def _listed(stop) -> list[str]:
    return [stop] if isinstance(stop, str) else stop or []


READERS = {"openai": _chat, "responses": _responses, "anthropic": _anthropic, "gemini": _gemini, "ollama": _ollama}
