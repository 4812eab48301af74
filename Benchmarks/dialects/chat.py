"""OpenAI Chat Completions."""

import json

import payloads
from payloads import dump, server_sent

MODEL = "gpt-4o-mini"
NODE = {"type": "openai-compatible", "apiType": "chat"}
BASE = "/v1"
CONTENT_TYPE = "text/event-stream"
ID = "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT"
CREATED = 1741569952


def path(model, is_streaming):
    return "/v1/chat/completions"


def headers(key):
    return {"Authorization": f"Bearer {key}"}


# Requests


def conversation(model, is_streaming=False):
    body = {"model": model, "max_tokens": payloads.MAX_TOKENS, "temperature": payloads.TEMPERATURE}
    if is_streaming:
        body["stream"] = True
    turns = [("system", payloads.SYSTEM), *payloads.TURNS]
    return dump(body | {"messages": [{"role": role, "content": text} for role, text in turns]})


def agent(model, steps=payloads.AGENT_STEPS, is_streaming=False):
    body = {"model": model, "max_tokens": payloads.AGENT_MAX_TOKENS}
    if is_streaming:
        body["stream"] = True
    tools = [
        {"type": "function",
         "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema}}
        for tool in payloads.tools()
    ]
    turns = [{"role": "system", "content": payloads.AGENT_SYSTEM}, {"role": "user", "content": payloads.AGENT_TASK}]
    for step in payloads.steps(steps):
        function = {"name": step.name, "arguments": dump(step.arguments).decode()}
        turns += [
            {"role": "assistant", "content": step.note,
             "tool_calls": [{"id": step.call, "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": step.call, "content": step.result},
        ]
    turns.append({"role": "user", "content": payloads.AGENT_LAST})
    return dump(body | {"tools": tools, "messages": turns})


# Answers


def answer():
    return dump({
        "id": ID, "object": "chat.completion", "created": CREATED, "model": MODEL,
        "choices": [{
            "index": 0, "message": {"role": "assistant", "content": payloads.ANSWER, "refusal": None},
            "logprobs": None, "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 412, "completion_tokens": 57, "total_tokens": 469,
                  "prompt_tokens_details": {"cached_tokens": 256}},
    })


def _chunk(delta, finish=None):
    return server_sent({
        "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": MODEL,
        "system_fingerprint": "fp_44709d6fcb",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    })


def stream_head():
    return _chunk({"role": "assistant", "content": ""})


def stream_text(index):
    return payloads.piece(index, 0)


def stream_event(index):
    return _chunk({"content": stream_text(index)})


def stream_tail(count):
    usage = {"prompt_tokens": 412, "completion_tokens": count, "total_tokens": 412 + count}
    counts = {"id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": MODEL, "choices": [],
              "usage": usage}
    return _chunk({}, "stop") + server_sent(counts) + b"data: [DONE]\n\n"


# Checks


def text_of_answer(body):
    return json.loads(body)["choices"][0]["message"]["content"]


def read_stream(body):
    events = payloads.data_of_events(body)
    values = [json.loads(event) for event in events if event != "[DONE]"]
    texts = [value["choices"][0]["delta"].get("content") for value in values if value["choices"]]
    return [text for text in texts if text], bool(events) and events[-1] == "[DONE]"
