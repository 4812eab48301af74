"""OpenAI Responses."""

import json

import payloads
from payloads import dump, server_sent

MODEL = "gpt-4.1-mini"
NODE = {"type": "openai-compatible", "apiType": "responses"}
BASE = "/v1"
CONTENT_TYPE = "text/event-stream"
ID = "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b"
ITEM = "msg_67ccd2bf17f0819081ff3bb2cf6508e60bb6a6b452d3795b"
# Where the text of a stream belongs; the events of its head come first in the count of all.
PLACE = {"item_id": ITEM, "output_index": 0, "content_index": 0}
HEAD_EVENTS = 4


def path(model, is_streaming):
    return "/v1/responses"


def headers(key):
    return {"Authorization": f"Bearer {key}"}


# Requests. Coding agents keep their history themselves, hence `store`.


def conversation(model, is_streaming=False):
    body = {"model": model, "max_output_tokens": payloads.MAX_TOKENS, "temperature": payloads.TEMPERATURE,
            "store": False}
    if is_streaming:
        body["stream"] = True
    turns = [{"role": role, "content": text} for role, text in payloads.TURNS]
    return dump(body | {"instructions": payloads.SYSTEM, "input": turns})


def agent(model, steps=payloads.AGENT_STEPS, is_streaming=False):
    body = {"model": model, "max_output_tokens": payloads.AGENT_MAX_TOKENS, "store": False, "tool_choice": "auto",
            "parallel_tool_calls": False}
    if is_streaming:
        body["stream"] = True
    tools = [
        {"type": "function", "name": tool.name, "description": tool.description, "strict": False,
         "parameters": tool.schema}
        for tool in payloads.tools()
    ]
    items = [_message("user", "input_text", payloads.AGENT_TASK)]
    for step in payloads.steps(steps):
        items += [
            _message("assistant", "output_text", step.note),
            {"type": "function_call", "call_id": step.call, "name": step.name,
             "arguments": dump(step.arguments).decode()},
            {"type": "function_call_output", "call_id": step.call, "output": step.result},
        ]
    items.append(_message("user", "input_text", payloads.AGENT_LAST))
    return dump(body | {"instructions": payloads.AGENT_SYSTEM, "tools": tools, "input": items})


def _message(role, kind, text):
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


# Answers


def answer():
    return dump(_response("completed", payloads.ANSWER, 57))


def _response(status, text=None, count=None):
    return {
        "id": ID, "object": "response", "created_at": 1741476542, "status": status, "error": None,
        "incomplete_details": None, "instructions": None, "metadata": {}, "model": MODEL,
        "output": [] if text is None else [_item("completed", text)],
        "parallel_tool_calls": True, "temperature": 0.2, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": None if count is None else {
            "input_tokens": 412, "input_tokens_details": {"cached_tokens": 256, "cache_write_tokens": 0},
            "output_tokens": count, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 412 + count,
        },
    }


def _item(status, text=None):
    return {"type": "message", "id": ITEM, "role": "assistant", "status": status,
            "content": [] if text is None else [_part(text)]}


def _part(text):
    return {"type": "output_text", "text": text, "annotations": []}


def _event(number, kind, fields):
    kind = f"response.{kind}"
    return server_sent({"type": kind, "sequence_number": number} | fields, kind)


def stream_head():
    response = _response("in_progress")
    return (_event(0, "created", {"response": response}) + _event(1, "in_progress", {"response": response})
            + _event(2, "output_item.added", {"output_index": 0, "item": _item("in_progress")})
            + _event(3, "content_part.added", PLACE | {"part": _part("")}))


def stream_text(index):
    return payloads.piece(index, 0)


def stream_event(index):
    return _event(HEAD_EVENTS + index, "output_text.delta", PLACE | {"delta": stream_text(index), "logprobs": []})


def stream_tail(count):
    """The ends of part, item and answer, each with the whole text."""
    number, text = HEAD_EVENTS + count, "".join(stream_text(index) for index in range(count))
    return (_event(number, "output_text.done", PLACE | {"text": text, "logprobs": []})
            + _event(number + 1, "content_part.done", PLACE | {"part": _part(text)})
            + _event(number + 2, "output_item.done", {"output_index": 0, "item": _item("completed", text)})
            + _event(number + 3, "completed", {"response": _response("completed", text, count)}))


# Checks


def _text_of(response):
    parts = [part for item in response["output"] if item["type"] == "message" for part in item["content"]]
    return "".join(part["text"] for part in parts if part["type"] == "output_text")


def text_of_answer(body):
    return _text_of(json.loads(body))


def read_stream(body):
    values = [json.loads(event) for event in payloads.data_of_events(body)]
    texts = [value["delta"] for value in values if value["type"] == "response.output_text.delta"]
    is_whole = (bool(values) and values[-1]["type"] == "response.completed"
                and [value["sequence_number"] for value in values] == list(range(len(values)))
                and _text_of(values[-1]["response"]) == "".join(texts))
    return texts, is_whole
