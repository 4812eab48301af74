"""The requests that are sent and the answers of the upstream: fixed text, so that every run does the same work."""

import json

import dialects

PROSE = (
    "The router keeps one connection pool for each event loop, so a request never leaves the loop that accepted it. "
    "When the upstream answers, its bytes are translated where they lie and written once. "
)
CODE = (
    "func lookup(_ name: String) -> Route? {\n\tguard let entry = table[name.lowercased()] else { return nil }\n"
    "\t// caf\u00e9, \u201cquoted\u201d and C:\\\\path stay what they are\n"
    "\treturn entry.isEnabled ? entry.route : nil\n}\n"
)
ANSWER = (
    "A bounded queue costs records when the disk is stuck, and never memory. One writer takes what has gathered and "
    "commits it in a single transaction; readers are not disturbed because the journal is written ahead."
)
MODELS = {"chat": "gpt-4o-mini", "messages": "claude-sonnet-4-5"}
# The two dialects that everything is measured with; the pairs are measured with all five.
PATHS = {"chat": "/v1/chat/completions", "messages": "/v1/messages"}
ALL = (*PATHS, *dialects.MODELS)


def path(dialect, model):
    return PATHS[dialect] if dialect in PATHS else dialects.path(dialect, model)


def model(dialect):
    return (MODELS | dialects.MODELS)[dialect]


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


# Requests


def conversation(dialect, model, stream=False):
    """A chat of about 1.6 KB."""
    system = "You are a careful assistant. Answer in plain words and name your sources. " + PROSE
    turns = [
        {"role": "user", "content": "How does the usage ledger work? " + PROSE},
        {"role": "assistant", "content": PROSE * 4},
        {"role": "user", "content": "And what happens when the disk is slow? " + PROSE[:130]},
    ]
    if dialect in dialects.MODELS:
        return dump(dialects.conversation(dialect, model, system, turns, stream))
    body = {"model": model, "max_tokens": 1024, "temperature": 0.2}
    if stream:
        body["stream"] = True
    if dialect == "messages":
        return dump(body | {"system": system, "messages": turns})
    return dump(body | {"messages": [{"role": "system", "content": system}] + turns})


def _tool_schema(index):
    properties = {
        f"{name}_{index}": {"type": kind, "description": PROSE[:150]}
        for name, kind in (("path", "string"), ("limit", "integer"), ("pattern", "string"), ("force", "boolean"))
    }
    properties["edits"] = {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"before": {"type": "string"}, "after": {"type": "string"}, "line": {"type": "number"}},
            "required": ["before", "after"],
        },
    }
    return {"type": "object", "properties": properties, "required": [f"path_{index}"], "additionalProperties": False}


def agent(dialect, model, stream=False, steps=40):
    """A coding agent's request of about 100 KB: 24 tools and 40 steps, each a tool call and its result."""
    system = "You are a coding agent. " + PROSE * 20
    body = {"model": model, "max_tokens": 4096}
    if stream:
        body["stream"] = True
    tools, turns = [], []
    for index in range(24):
        name, description = f"tool_{index}", PROSE * 3
        if dialect == "messages":
            tools.append({"name": name, "description": description, "input_schema": _tool_schema(index)})
        else:
            function = {"name": name, "description": description, "parameters": _tool_schema(index)}
            tools.append({"type": "function", "function": function})
    turns.append({"role": "user", "content": "Please find out why the build is slow. " + PROSE})
    for step in range(steps):
        call, name = f"call_{step:08d}", f"tool_{step % 24}"
        arguments = {f"path_{step % 24}": f"Sources/Module{step}/File.swift", f"pattern_{step % 24}": CODE[:120]}
        note, result = f"Step {step}: " + PROSE[:100], CODE * 5
        if dialect == "messages":
            turns.append({
                "role": "assistant",
                "content": [
                    {"type": "text", "text": note},
                    {"type": "tool_use", "id": call, "name": name, "input": arguments},
                ],
            })
            turns.append({
                "role": "user", "content": [{"type": "tool_result", "tool_use_id": call, "content": result}],
            })
        else:
            function = {"name": name, "arguments": dump(arguments).decode()}
            turns.append({
                "role": "assistant", "content": note,
                "tool_calls": [{"id": call, "type": "function", "function": function}],
            })
            turns.append({"role": "tool", "tool_call_id": call, "content": result})
    turns.append({"role": "user", "content": "Go on."})
    if dialect == "messages":
        return dump(body | {"system": system, "tools": tools, "messages": turns})
    return dump(body | {"tools": tools, "messages": [{"role": "system", "content": system}] + turns})


# Answers


def answer(dialect):
    """A whole answer of about 0.6 KB."""
    if dialect == "messages":
        return dump({
            "id": "msg_01XFDUDYJgAACzvnptvVoYEL", "type": "message", "role": "assistant", "model": MODELS[dialect],
            "content": [{"type": "text", "text": ANSWER}], "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": 412, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 256,
                      "output_tokens": 57},
        })
    return dump({
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "object": "chat.completion", "created": 1741569952,
        "model": MODELS[dialect],
        "choices": [{
            "index": 0, "message": {"role": "assistant", "content": ANSWER, "refusal": None}, "logprobs": None,
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 412, "completion_tokens": 57, "total_tokens": 469,
                  "prompt_tokens_details": {"cached_tokens": 256}},
    })


def _server_sent(value, name=None):
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + dump(value) + b"\n\n"


def _chunk(delta, finish=None):
    return _server_sent({
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "object": "chat.completion.chunk", "created": 1741569952,
        "model": MODELS["chat"], "system_fingerprint": "fp_44709d6fcb",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    })


def stream_head(dialect):
    """What comes before the first text."""
    if dialect == "messages":
        message = {
            "id": "msg_01XFDUDYJgAACzvnptvVoYEL", "type": "message", "role": "assistant", "model": MODELS[dialect],
            "content": [], "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": 412, "cache_read_input_tokens": 256, "output_tokens": 1},
        }
        block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        return (_server_sent({"type": "message_start", "message": message}, "message_start")
                + _server_sent(block, "content_block_start"))
    return _chunk({"role": "assistant", "content": ""})


def stream_event(dialect, index):
    """One piece of text, an event of about 250 bytes in both dialects."""
    if dialect == "messages":
        start = index * 7 % 60
        text = f"{index:04d} " + ANSWER[start:start + 118] + "\n"
        delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        return _server_sent(delta, "content_block_delta")
    return _chunk({"content": f"{index:04d} \"ok\"\n"})


def stream_tail(dialect, count):
    """The terminators."""
    if dialect == "messages":
        end = {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
               "usage": {"output_tokens": count}}
        return (_server_sent({"type": "content_block_stop", "index": 0}, "content_block_stop")
                + _server_sent(end, "message_delta") + _server_sent({"type": "message_stop"}, "message_stop"))
    usage = {"prompt_tokens": 412, "completion_tokens": count, "total_tokens": 412 + count}
    counts = {"id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "object": "chat.completion.chunk",
              "created": 1741569952, "model": MODELS["chat"], "choices": [], "usage": usage}
    return _chunk({}, "stop") + _server_sent(counts) + b"data: [DONE]\n\n"


def stream(dialect, count):
    if dialect in dialects.MODELS:
        return dialects.stream(dialect, [f"{index:04d} \"ok\"\n" for index in range(count)])
    events = b"".join(stream_event(dialect, index) for index in range(count))
    return stream_head(dialect) + events + stream_tail(dialect, count)


# Checks


def text_of_answer(dialect, body):
    value = json.loads(body)
    if dialect == "messages":
        return "".join(block["text"] for block in value["content"] if block["type"] == "text")
    return value["choices"][0]["message"]["content"]


def read_stream(dialect, body):
    """Returns the number of events that carry text, and whether the stream ended as its dialect demands."""
    if dialect in dialects.MODELS:
        return dialects.read_stream(dialect, body)
    events = [line[6:] for line in body.decode().splitlines() if line.startswith("data: ")]
    if dialect == "messages":
        values = [json.loads(event) for event in events]
        texts = [value for value in values if value["type"] == "content_block_delta" and value["delta"].get("text")]
        return len(texts), bool(values) and values[-1]["type"] == "message_stop"
    values = [json.loads(event) for event in events if event != "[DONE]"]
    texts = [value for value in values if value["choices"] and value["choices"][0]["delta"].get("content")]
    return len(texts), bool(events) and events[-1] == "[DONE]"
