"""Answers in the Ollama dialect."""

import json

from .answers import Answer, Redacted, Refusal, Text, Thinking, ToolCall, dump
from .reply import Reply

CREATED = "2026-09-21T10:00:00.123456789Z"
TERMINATOR = 1


def tail(answer: Answer) -> dict:
    return {
        "done": True,
        "done_reason": "length" if answer.reason in ("length", "context_full") else "stop",
        "total_duration": 5191566416,
        "load_duration": 2154458,
        "prompt_eval_count": answer.usage.openai_prompt,
        "prompt_eval_duration": 383809000,
        "eval_count": answer.usage.total_output,
        "eval_duration": 4799921000,
    }


def deltas(answer: Answer):
    index = 0
    for block in answer.blocks:
        match block:
            case Text(pieces=pieces):
                yield from ({"content": piece} for piece in pieces)
            case Refusal(value=value):
                yield {"content": value}
            case Thinking(value=value):
                yield {"content": "", "thinking": value}
            case ToolCall():
                function = {"index": index, "name": block.name, "arguments": json.loads(block.arguments or "{}")}
                yield {"content": "", "tool_calls": [{"id": block.id, "function": function}]}
                index += 1
            case Redacted():
                raise ValueError("Ollama has no redacted thinking")


def body(answer: Answer, model: str) -> dict:
    message = {"role": "assistant", "content": ""}
    for delta in deltas(answer):
        for key, value in delta.items():
            message[key] = message[key] + value if key in message else value
    return {"model": model, "created_at": CREATED, "message": message, **tail(answer)}


def frames(answer: Answer, model: str) -> list[bytes]:
    shell = {"model": model, "created_at": CREATED}
    lines = [{**shell, "message": {"role": "assistant", **delta}, "done": False} for delta in deltas(answer)]
    lines.append({**shell, "message": {"role": "assistant", "content": ""}, **tail(answer)})
    return [dump(line) + b"\n" for line in lines]


def reply(answer: Answer, recorded) -> Reply:
    if recorded.is_stream:
        return Reply(
            headers=[("content-type", "application/x-ndjson")], framing="chunked", steps=frames(answer, recorded.model)
        )
    return Reply(
        headers=[("content-type", "application/json; charset=utf-8")], steps=[dump(body(answer, recorded.model))]
    )


def error_body(message: str) -> bytes:
    return dump({"error": message})


def error_frame(message: str, number: int) -> bytes:
    return error_body(message) + b"\n"
