"""Anthropic Messages."""

import json

import payloads
from payloads import dump, server_sent

MODEL = "claude-sonnet-4-5"
NODE = {"type": "anthropic-compatible"}
BASE = "/v1"
CONTENT_TYPE = "text/event-stream"
ID = "msg_01XFDUDYJgAACzvnptvVoYEL"


def path(model, is_streaming):
    return "/v1/messages"


def headers(key):
    return {"x-api-key": key, "anthropic-version": "2023-06-01"}


# Requests


def conversation(model, is_streaming=False):
    body = {"model": model, "max_tokens": payloads.MAX_TOKENS, "temperature": payloads.TEMPERATURE}
    if is_streaming:
        body["stream"] = True
    turns = [{"role": role, "content": text} for role, text in payloads.TURNS]
    return dump(body | {"system": payloads.SYSTEM, "messages": turns})


def agent(model, steps=payloads.AGENT_STEPS, is_streaming=False):
    body = {"model": model, "max_tokens": payloads.AGENT_MAX_TOKENS}
    if is_streaming:
        body["stream"] = True
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.schema} for tool in payloads.tools()
    ]
    turns = [{"role": "user", "content": payloads.AGENT_TASK}]
    for step in payloads.steps(steps):
        call = {"type": "tool_use", "id": step.call, "name": step.name, "input": step.arguments}
        result = {"type": "tool_result", "tool_use_id": step.call, "content": step.result}
        turns += [
            {"role": "assistant", "content": [{"type": "text", "text": step.note}, call]},
            {"role": "user", "content": [result]},
        ]
    turns.append({"role": "user", "content": payloads.AGENT_LAST})
    return dump(body | {"system": payloads.AGENT_SYSTEM, "tools": tools, "messages": turns})


# Answers


def answer():
    return dump({
        "id": ID, "type": "message", "role": "assistant", "model": MODEL,
        "content": [{"type": "text", "text": payloads.ANSWER}], "stop_reason": "end_turn", "stop_sequence": None,
        "usage": {"input_tokens": 412, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 256,
                  "output_tokens": 57},
    })


def _event(value):
    return server_sent(value, value["type"])


def stream_head():
    message = {
        "id": ID, "type": "message", "role": "assistant", "model": MODEL, "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 412, "cache_read_input_tokens": 256, "output_tokens": 1},
    }
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    return _event({"type": "message_start", "message": message}) + _event(block)


def stream_text(index):
    return payloads.piece(index, 118)


def stream_event(index):
    delta = {"type": "text_delta", "text": stream_text(index)}
    return _event({"type": "content_block_delta", "index": 0, "delta": delta})


def stream_tail(count):
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
           "usage": {"output_tokens": count}}
    return _event({"type": "content_block_stop", "index": 0}) + _event(end) + _event({"type": "message_stop"})


# Checks


def text_of_answer(body):
    return "".join(block["text"] for block in json.loads(body)["content"] if block["type"] == "text")


def read_stream(body):
    values = [json.loads(event) for event in payloads.data_of_events(body)]
    texts = [value["delta"].get("text") for value in values if value["type"] == "content_block_delta"]
    return [text for text in texts if text], bool(values) and values[-1]["type"] == "message_stop"
