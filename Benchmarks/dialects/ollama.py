"""Ollama's own interface, whose streams are lines of JSON."""

import json

import payloads
from payloads import dump

MODEL = "qwen3"
NODE = {"type": "ollama-compatible"}
BASE = ""
CONTENT_TYPE = "application/x-ndjson"
CREATED = "2026-09-21T10:00:00.123456789Z"


def path(model, is_streaming):
    return "/api/chat"


def headers(key):
    return {"Authorization": f"Bearer {key}"}


# Requests. Without `stream` the answer would be one.


def conversation(model, is_streaming=False):
    turns = [("system", payloads.SYSTEM), *payloads.TURNS]
    return dump({
        "model": model, "stream": is_streaming,
        "options": {"num_predict": payloads.MAX_TOKENS, "temperature": payloads.TEMPERATURE},
        "messages": [{"role": role, "content": text} for role, text in turns],
    })


def agent(model, steps=payloads.AGENT_STEPS, is_streaming=False):
    tools = [
        {"type": "function",
         "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema}}
        for tool in payloads.tools()
    ]
    turns = [{"role": "system", "content": payloads.AGENT_SYSTEM}, {"role": "user", "content": payloads.AGENT_TASK}]
    for step in payloads.steps(steps):
        function = {"index": 0, "name": step.name, "arguments": step.arguments}
        turns += [
            {"role": "assistant", "content": step.note, "tool_calls": [{"id": step.call, "function": function}]},
            {"role": "tool", "tool_name": step.name, "tool_call_id": step.call, "content": step.result},
        ]
    turns.append({"role": "user", "content": payloads.AGENT_LAST})
    return dump({
        "model": model, "stream": is_streaming, "options": {"num_predict": payloads.AGENT_MAX_TOKENS},
        "tools": tools, "messages": turns,
    })


# Answers


def _line(text):
    return {"model": MODEL, "created_at": CREATED, "message": {"role": "assistant", "content": text}, "done": False}


def _last(text, count):
    return _line(text) | {
        "done": True, "done_reason": "stop", "total_duration": 5191566416, "load_duration": 2154458,
        "prompt_eval_count": 412, "prompt_eval_duration": 383809000, "eval_count": count,
        "eval_duration": 4799921000,
    }


def answer():
    return dump(_last(payloads.ANSWER, 57))


def stream_head():
    """The first line has text already."""
    return b""


def stream_text(index):
    return payloads.piece(index, 118)


def stream_event(index):
    return dump(_line(stream_text(index))) + b"\n"


def stream_tail(count):
    return dump(_last("", count)) + b"\n"


# Checks


def text_of_answer(body):
    return json.loads(body)["message"]["content"]


def read_stream(body):
    values = [json.loads(line) for line in body.splitlines()]
    texts = [value["message"]["content"] for value in values]
    ends = [value["done"] for value in values]
    return [text for text in texts if text], ends.count(True) == 1 and ends[-1]
