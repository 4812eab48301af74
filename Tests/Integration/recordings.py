"""Recorded provider exchanges, read without any SDK and reduced to what they mean."""

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path

import recorded_dialects

FAMILIES = {
    "openai": "openai-chat",
    "responses": "openai-responses",
    "anthropic": "anthropic-messages",
    "gemini": "gemini-generate",
    "ollama": "ollama-chat",
}


@dataclass
class Meaning:
    """An answer without its dialect. finish: stop, stop_sequence, length, tool_use, content_filter, pause."""

    text: str = ""
    refusal: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    finish: str = "stop"
    # Disjoint counts; None when the recording has none.
    usage: dict | None = None

    @property
    def arguments(self) -> list[tuple[str, object]]:
        return [(name, parsed(arguments)) for name, arguments in self.calls]


def parsed(arguments: str) -> object:
    """Arguments as an object; what is no JSON object is kept as raw text."""
    if not arguments.strip():
        return {}
    try:
        value = json.loads(arguments)
    except ValueError:
        return {"_raw": arguments}
    return {} if value is None else value if isinstance(value, dict) else {"_raw": arguments}


class Recording:
    def __init__(self, entry: dict, dialect: str):
        self.entry, self.dialect, self.id = entry, dialect, entry["id"]
        response = entry["response"]
        self.is_stream = "sse" in response
        text = "".join(response["sse"]) if self.is_stream else response.get("body", "")
        # Lone surrogates cannot be bytes; such recordings say so by failing here.
        self.answer = text.encode()
        self.content_type = response["headers"].get("content-type") or (
            "application/json"
            if not self.is_stream
            else "application/x-ndjson"
            if dialect == "ollama"
            else "text/event-stream"
        )
        self.request = entry["request"].get("body", "").encode()

    @property
    def names_model(self) -> bool:
        """Azure names it in the path; empty bodies were not recorded."""
        return b'"model"' in self.request or (self.dialect == "gemini" and bool(self.request))

    def has(self, feature: str) -> bool:
        return feature in self.entry["features"]

    def meaning(self) -> Meaning:
        """- Raises: `recorded_dialects.NoAnswer` when it is an error or lacks its end."""
        bodies = [] if self.is_stream else [json.loads(self.answer)]
        match self.dialect:
            case "openai":
                return openai_stream(self.events()) if self.is_stream else openai_body(*bodies)
            case "anthropic":
                return anthropic_stream(self.events()) if self.is_stream else anthropic_body(*bodies)
            case "responses" if self.is_stream:
                return recorded_dialects.responses_stream(self.events(), Meaning())
            case "responses":
                return recorded_dialects.responses_body(*bodies, Meaning())
            case "gemini":
                return recorded_dialects.gemini_stream(bodies or self.events(), Meaning())
        return recorded_dialects.ollama_stream(bodies or self.events(), Meaning())

    def events(self) -> list[dict]:
        text = self.answer.decode()
        if self.dialect == "ollama":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        found = []
        for block in text.replace("\r\n", "\n").split("\n\n"):
            data = "\n".join(line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:"))
            if data and data != "[DONE]":
                found.append(json.loads(data))
        return found


def load(folder: str, dialect: str) -> list[Recording]:
    with gzip.open(Path(folder) / f"{FAMILIES[dialect]}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [Recording(json.loads(line), dialect) for line in lines]


def _text_of(content) -> str:
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part.get("type") == "text")
    # Cloudflare sends structured output as an object instead of its text.
    return json.dumps(content, separators=(",", ":")) if isinstance(content, dict) else content or ""


FINISH = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "content_filter",
}


def _openai_finish(reason, has_calls: bool) -> str:
    finish = FINISH.get(reason, "stop")
    return "tool_use" if finish == "stop" and has_calls else finish


def _openai_usage(usage: dict | None) -> dict | None:
    if not usage or usage.get("prompt_tokens") is None:
        return None
    details, output_details = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    prompt, output = usage["prompt_tokens"], usage.get("completion_tokens") or 0
    reasoning = output_details.get("reasoning_tokens") or 0
    if reasoning and usage.get("total_tokens") == prompt + output + reasoning:
        output += reasoning  # xAI counts reasoning beside the rest
    # Some vendors report more cached tokens than tokens; a part cannot exceed its whole.
    read = min(prompt, details.get("cached_tokens") or 0)
    write = min(prompt - read, details.get("cache_write_tokens") or usage.get("cache_creation_input_tokens") or 0)
    return {
        "prompt": prompt,
        "output": output,
        "cache_read": read,
        "cache_write": write,
        "reasoning": min(output, reasoning),
    }


def openai_body(body: dict) -> Meaning:
    choice = min(body["choices"], key=lambda choice: choice.get("index", 0))
    message = choice["message"]
    meaning = Meaning(_text_of(message.get("content")), message.get("refusal") or "")
    for call in message.get("tool_calls") or []:
        function = call.get("function") or {"name": call["custom"]["name"], "arguments": call["custom"]["input"]}
        arguments = function.get("arguments") or ""
        meaning.calls.append((function["name"], arguments if isinstance(arguments, str) else json.dumps(arguments)))
    if legacy := message.get("function_call"):
        meaning.calls.append((legacy["name"], legacy.get("arguments") or ""))
    meaning.finish = _openai_finish(choice.get("finish_reason"), bool(meaning.calls))
    meaning.usage = _openai_usage(body.get("usage"))
    return meaning


def openai_stream(chunks: list[dict]) -> Meaning:
    meaning, calls, reason = Meaning(), {}, None
    for chunk in chunks:
        if usage := _openai_usage(chunk.get("usage")):
            meaning.usage = usage
        for choice in chunk.get("choices") or []:
            if choice.get("index", 0):
                continue
            delta = choice.get("delta") or {}
            meaning.text += _text_of(delta.get("content"))
            meaning.refusal += delta.get("refusal") or ""
            reason = choice.get("finish_reason") or reason
            pieces = delta.get("tool_calls") or (
                [{"index": 0, "function": delta["function_call"]}] if delta.get("function_call") else []
            )
            for piece in pieces:
                call = calls.setdefault(piece.get("index") or 0, ["", ""])
                function = piece.get("function") or {}
                call[0] += function.get("name") or ""
                call[1] += function.get("arguments") or ""
    meaning.calls = [(name, arguments) for _, (name, arguments) in sorted(calls.items())]
    meaning.finish = _openai_finish(reason, bool(meaning.calls))
    return meaning


STOP = {
    "end_turn": "stop",
    "tool_use": "tool_use",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
    "pause_turn": "pause",
}


def _anthropic_usage(usage: dict) -> dict:
    iterations = usage.get("iterations") or []
    if any(iteration["type"] == "compaction" for iteration in iterations):
        # The numbers at the top leave the compaction out.
        usage = {
            key: sum(iteration.get(key) or 0 for iteration in iterations)
            for key in ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        }
    read, write = usage.get("cache_read_input_tokens") or 0, usage.get("cache_creation_input_tokens") or 0
    return {
        "prompt": (usage.get("input_tokens") or 0) + read + write,
        "output": usage.get("output_tokens") or 0,
        "cache_read": read,
        "cache_write": write,
        "reasoning": (usage.get("output_tokens_details") or {}).get("thinking_tokens") or 0,
    }


def anthropic_body(body: dict) -> Meaning:
    meaning = Meaning("".join(block["text"] for block in body["content"] if block["type"] == "text"))
    meaning.calls = [
        (block["name"], json.dumps(block["input"])) for block in body["content"] if block["type"] == "tool_use"
    ]
    meaning.finish = STOP.get(body.get("stop_reason"), "stop")
    meaning.usage = _anthropic_usage(body["usage"])
    return meaning


def anthropic_stream(events: list[dict]) -> Meaning:
    meaning, blocks, usage, reason = Meaning(), {}, {}, None
    for event in events:
        match event["type"]:
            case "message_start":
                usage |= event["message"]["usage"]
            case "content_block_start":
                block = event["content_block"]
                blocks[event["index"]] = [block, ""]
                meaning.text += block.get("text") or "" if block["type"] == "text" else ""
            case "content_block_delta":
                delta = event["delta"]
                if delta["type"] == "text_delta":
                    meaning.text += delta["text"]
                elif delta["type"] == "input_json_delta":
                    blocks[event["index"]][1] += delta["partial_json"]
            case "message_delta":
                reason = event["delta"].get("stop_reason")
                usage |= {key: value for key, value in (event.get("usage") or {}).items() if value is not None}
    meaning.calls = [
        (block["name"], arguments or json.dumps(block.get("input") or {}))
        for _, (block, arguments) in sorted(blocks.items())
        if block["type"] == "tool_use"
    ]
    meaning.finish = STOP.get(reason, "stop")
    meaning.usage = _anthropic_usage(usage)
    return meaning
