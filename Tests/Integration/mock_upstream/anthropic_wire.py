"""Answers in the Anthropic Messages dialect."""

import json

from .answers import Answer, Redacted, Refusal, Text, Thinking, ToolCall, dump
from .reply import Reply

STOP = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_use": "tool_use",
    "content_filter": "refusal",
    "refusal": "refusal",
    "context_full": "model_context_window_exceeded",
    "pause": "pause_turn",
}
# Frames at the end of a stream that say it is whole.
TERMINATOR = 2
HEADERS = [("request-id", "req_mock_anthropic"), ("anthropic-ratelimit-requests-remaining", "99")]


def usage(answer: Answer) -> dict:
    counts = answer.usage
    value = {"input_tokens": counts.input, "output_tokens": counts.total_output}
    if counts.cache_read or counts.cache_write:
        value["cache_read_input_tokens"] = counts.cache_read
        value["cache_creation_input_tokens"] = counts.cache_write
        value["cache_creation"] = {"ephemeral_5m_input_tokens": counts.cache_write, "ephemeral_1h_input_tokens": 0}
    if counts.reasoning:
        value["output_tokens_details"] = {"thinking_tokens": counts.reasoning}
    return value


def block(part) -> dict:
    match part:
        case Text() | Refusal():
            return {"type": "text", "text": part.value}
        case Thinking():
            return {"type": "thinking", "thinking": part.value, "signature": part.signature}
        case Redacted():
            return {"type": "redacted_thinking", "data": part.data}
        case ToolCall():
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": json.loads(part.arguments or "{}")}
    raise TypeError(part)


def _block_json(part) -> bytes:
    """The input keeps the text of its arguments, number forms and all."""
    if not isinstance(part, ToolCall):
        return dump(block(part))
    shell = dump({"type": "tool_use", "id": part.id, "name": part.name})
    return shell[:-1] + b',"input":' + (part.arguments or "{}").encode() + b"}"


def body(answer: Answer, model: str) -> bytes:
    shell = dump({"id": answer.id or "msg_mock1", "type": "message", "role": "assistant", "model": model})
    tail = dump({"stop_reason": STOP[answer.reason], "stop_sequence": answer.stop_sequence, "usage": usage(answer)})
    content = b",".join(_block_json(part) for part in answer.blocks)
    return shell[:-1] + b',"content":[' + content + b"]," + tail[1:]


def events(answer: Answer, model: str):
    start = {**usage(answer), "output_tokens": 1}
    start.pop("output_tokens_details", None)
    yield {
        "type": "message_start",
        "message": {
            "id": answer.id or "msg_mock1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": start,
        },
    }
    yield {"type": "ping"}
    for index, part in enumerate(answer.blocks):
        empty = block(part)
        match part:
            case Text(pieces=pieces):
                empty["text"] = ""
                inner = [{"type": "text_delta", "text": piece} for piece in pieces]
            case Refusal(value=value):
                empty["text"] = ""
                inner = [{"type": "text_delta", "text": value}]
            case Thinking(value=value, signature=signature):
                empty |= {"thinking": "", "signature": ""}
                inner = [{"type": "thinking_delta", "thinking": value}] if value else []
                inner.append({"type": "signature_delta", "signature": signature})
            case ToolCall():
                empty["input"] = {}
                inner = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *part.pieces]]
            case Redacted():
                inner = []
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        yield from ({"type": "content_block_delta", "index": index, "delta": delta} for delta in inner)
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": STOP[answer.reason], "stop_sequence": answer.stop_sequence},
        "usage": usage(answer),
    }
    yield {"type": "message_stop"}


def frame(event: dict) -> bytes:
    return b"event: " + event["type"].encode() + b"\ndata: " + dump(event) + b"\n\n"


def frames(answer: Answer, model: str) -> list[bytes]:
    return [frame(event) for event in events(answer, model)]


def reply(answer: Answer, recorded) -> Reply:
    if recorded.is_stream:
        return Reply(
            headers=[("content-type", "text/event-stream; charset=utf-8"), *HEADERS],
            framing="chunked",
            steps=frames(answer, recorded.model),
        )
    return Reply(headers=[("content-type", "application/json"), *HEADERS], steps=[body(answer, recorded.model)])


def error_body(message: str, type: str = "invalid_request_error") -> bytes:
    return dump({"type": "error", "error": {"type": type, "message": message}, "request_id": "req_mock_anthropic"})


def error_frame(message: str, number: int) -> bytes:
    return b"event: error\ndata: " + error_body(message, "overloaded_error") + b"\n\n"
