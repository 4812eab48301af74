"""A conversation in no dialect, put into the words of each client's SDK."""

import base64
import json
from dataclasses import dataclass

import scenarios


@dataclass(frozen=True)
class User:
    text: str
    # Base64 of a PNG.
    image: str | None = None


@dataclass(frozen=True)
class Model:
    """- calls: (id, name, arguments as text)."""

    text: str = ""
    calls: tuple = ()


@dataclass(frozen=True)
class Results:
    """
    - results: (id, name, text).
    - failed: whether the tools could not do what they were asked.
    """

    results: tuple
    failed: bool = False


def ask(client, model: str, turns, stream: bool = False, **wanted):
    """
    - turns: a text, or a list of `User`, `Model` and `Results`.
    - wanted: system, tools (names), choice (auto, none, required or a name), schema (of the output), limit, stops,
      temperature, thinks.
    """
    turns = [User(turns)] if isinstance(turns, str) else turns
    prompt, options = WORDS[client.dialect](turns, wanted)
    return client.ask(model, prompt, stream=stream, **options)


def _chat(turns, wanted):
    messages = [{"role": "system", "content": wanted["system"]}] if "system" in wanted else []
    for turn in turns:
        match turn:
            case User(text=text, image=image):
                parts = [scenarios.words(text), scenarios.image("openai", image)] if image else [text]
                messages.append(scenarios.user(*parts))
            case Model(text=text, calls=calls) if calls:
                messages.append(scenarios.assistant_calls("openai", *calls, text=text or None))
            case Model(text=text):
                messages.append({"role": "assistant", "content": text})
            case Results(results=results):
                messages += scenarios.tool_results("openai", *((id, text) for id, _, text in results))
    options = _picked(wanted, limit="max_completion_tokens", stops="stop", temperature="temperature")
    if "tools" in wanted:
        options["tools"] = scenarios.tools("openai", wanted["tools"])
    if "choice" in wanted:
        options |= scenarios.tool_choice("openai", wanted["choice"])
    if "schema" in wanted:
        options |= scenarios.structured("openai", wanted["schema"])
    if wanted.get("thinks"):
        options["reasoning_effort"] = "medium"
    return messages, options


def _responses(turns, wanted):
    items = []
    for turn in turns:
        match turn:
            case User(text=text, image=image):
                parts = [{"type": "input_text", "text": text}]
                if image:
                    url = f"data:image/png;base64,{image}"
                    parts.append({"type": "input_image", "image_url": url, "detail": "auto"})
                items.append({"role": "user", "content": parts})
            case Model(text=text, calls=calls):
                if text:
                    items.append({"role": "assistant", "content": text})
                items += [
                    {"type": "function_call", "call_id": id, "name": name, "arguments": arguments}
                    for id, name, arguments in calls
                ]
            case Results(results=results):
                items += [{"type": "function_call_output", "call_id": id, "output": text} for id, _, text in results]
    options = _picked(wanted, limit="max_output_tokens", system="instructions", temperature="temperature")
    if "tools" in wanted:
        options["tools"] = [
            {"type": "function", "name": name, "description": "d", "parameters": scenarios.SCHEMA, "strict": True}
            for name in wanted["tools"]
        ]
    if choice := wanted.get("choice"):
        is_mode = choice in ("auto", "none", "required")
        options["tool_choice"] = choice if is_mode else {"type": "function", "name": choice}
    if "schema" in wanted:
        form = {"type": "json_schema", "name": "answer", "strict": True, "schema": wanted["schema"]}
        options["text"] = {"format": form}
    if wanted.get("thinks"):
        options["reasoning"] = {"effort": "medium", "summary": "auto"}
    return items, options


def _anthropic(turns, wanted):
    messages = []
    for turn in turns:
        match turn:
            case User(text=text, image=image):
                parts = [scenarios.words(text), scenarios.image("anthropic", image)] if image else [text]
                messages.append(scenarios.user(*parts))
            case Model(text=text, calls=calls):
                messages.append(scenarios.assistant_calls("anthropic", *calls, text=text))
            case Results(results=results, failed=failed):
                messages += scenarios.tool_results("anthropic", *((id, text) for id, _, text in results))
                for block in messages[-1]["content"] if failed else []:
                    block["is_error"] = True
    options = _picked(wanted, limit="max_tokens", system="system", stops="stop_sequences")
    if "tools" in wanted:
        options["tools"] = scenarios.tools("anthropic", wanted["tools"])
    if "choice" in wanted:
        options |= scenarios.tool_choice("anthropic", wanted["choice"])
    if "schema" in wanted:
        options |= scenarios.structured("anthropic", wanted["schema"])
    if wanted.get("thinks"):
        options["thinking"] = {"type": "enabled", "budget_tokens": 2048}
    return messages, options


def _gemini(turns, wanted):
    contents = []
    for turn in turns:
        match turn:
            case User(text=text, image=image):
                parts = [{"text": text}]
                if image:
                    parts.append({"inline_data": {"mime_type": "image/png", "data": base64.b64decode(image)}})
                contents.append({"role": "user", "parts": parts})
            case Model(text=text, calls=calls):
                parts = [{"text": text}] if text else []
                parts += [
                    {"function_call": {"id": id, "name": name, "args": json.loads(arguments)}}
                    for id, name, arguments in calls
                ]
                contents.append({"role": "model", "parts": parts})
            case Results(results=results, failed=failed):
                key = "error" if failed else "output"
                parts = [
                    {"function_response": {"id": id, "name": name, "response": {key: text}}}
                    for id, name, text in results
                ]
                contents.append({"role": "user", "parts": parts})
    options = _picked(wanted, limit="max_output_tokens", stops="stop_sequences", temperature="temperature")
    options |= _picked(wanted, system="system_instruction")
    if "tools" in wanted:
        declared = [
            {"name": name, "description": "d", "parameters_json_schema": scenarios.SCHEMA} for name in wanted["tools"]
        ]
        options["tools"] = [{"function_declarations": declared}]
    if choice := wanted.get("choice"):
        mode = {"auto": "AUTO", "none": "NONE"}.get(choice, "ANY")
        named = {} if choice in ("auto", "none", "required") else {"allowed_function_names": [choice]}
        options["tool_config"] = {"function_calling_config": {"mode": mode} | named}
    if "schema" in wanted:
        options |= {"response_mime_type": "application/json", "response_json_schema": wanted["schema"]}
    if wanted.get("thinks"):
        options["thinking_config"] = {"include_thoughts": True, "thinking_budget": 8192}
    return contents, options


def _ollama(turns, wanted):
    messages = [{"role": "system", "content": wanted["system"]}] if "system" in wanted else []
    for turn in turns:
        match turn:
            case User(text=text, image=image):
                messages.append({"role": "user", "content": text} | ({"images": [image]} if image else {}))
            case Model(text=text, calls=calls):
                made = [{"function": {"name": name, "arguments": json.loads(given)}} for _, name, given in calls]
                messages.append({"role": "assistant", "content": text} | ({"tool_calls": made} if made else {}))
            case Results(results=results):
                messages += [{"role": "tool", "tool_name": name, "content": text} for _, name, text in results]
    inner = _picked(wanted, limit="num_predict", stops="stop", temperature="temperature")
    options = {"options": inner} if inner else {}
    if "tools" in wanted:
        options["tools"] = scenarios.tools("openai", wanted["tools"])
    if "schema" in wanted:
        options["format"] = wanted["schema"]
    if wanted.get("thinks"):
        options["think"] = True
    return messages, options


def _picked(wanted: dict, **names: str) -> dict:
    return {name: wanted[key] for key, name in names.items() if key in wanted}


WORDS = {"openai": _chat, "responses": _responses, "anthropic": _anthropic, "gemini": _gemini, "ollama": _ollama}
