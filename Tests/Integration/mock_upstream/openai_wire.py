"""Answers in the OpenAI Chat dialect."""

from .answers import Answer, Redacted, Refusal, Text, Thinking, ToolCall, dump
from .reply import Reply

FINISH = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "stop",
    "context_full": "length",
    "pause": "stop",
}
# Frames at the end of a stream that say it is whole: the finish, the usage and `[DONE]`.
TERMINATOR = 3
HEADERS = [("x-request-id", "req_mock_openai"), ("openai-processing-ms", "12")]


def usage(answer: Answer) -> dict:
    counts = answer.usage
    value = {
        "prompt_tokens": counts.openai_prompt,
        "completion_tokens": counts.total_output,
        "total_tokens": counts.openai_prompt + counts.total_output,
    }
    if counts.cache_read or counts.cache_write:
        value["prompt_tokens_details"] = {"cached_tokens": counts.cache_read, "audio_tokens": 0}
        if counts.cache_write:
            value["prompt_tokens_details"]["cache_write_tokens"] = counts.cache_write
    if counts.reasoning:
        value["completion_tokens_details"] = {"reasoning_tokens": counts.reasoning}
    return value


def body(answer: Answer, model: str) -> dict:
    message = {"role": "assistant", "content": answer.text or None, "refusal": None}
    for block in answer.blocks:
        match block:
            case Refusal():
                message["refusal"] = block.value
            case Thinking():
                message["reasoning_content"] = message.get("reasoning_content", "") + block.value
    if answer.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in answer.calls
        ]
    return {
        "id": answer.id or "chatcmpl-mock1",
        "object": "chat.completion",
        "created": 1790000000,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": FINISH[answer.reason]}],
        "usage": usage(answer),
        "service_tier": "default",
        "system_fingerprint": "fp_mock",
    }


def deltas(answer: Answer):
    yield {"role": "assistant", "content": "", "refusal": None}
    index = -1
    for block in answer.blocks:
        match block:
            case Text(pieces=pieces):
                yield from ({"content": piece} for piece in pieces)
            case Thinking(value=value):
                yield {"reasoning_content": value}
            case Refusal(value=value):
                yield {"refusal": value}
            case ToolCall():
                index += 1
                yield {
                    "tool_calls": [
                        {
                            "index": index,
                            "id": block.id,
                            "type": "function",
                            "function": {"name": block.name, "arguments": ""},
                        }
                    ]
                }
                for piece in block.pieces:
                    yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            case Redacted():
                raise ValueError("chat has no redacted thinking")


def frames(answer: Answer, model: str, include_usage: bool) -> list[bytes]:
    shell = {
        "id": answer.id or "chatcmpl-mock1",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": model,
        "service_tier": "default",
        "system_fingerprint": "fp_mock",
    }
    tail = {"usage": None} if include_usage else {}
    chunks = [
        {**shell, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}], **tail}
        for delta in deltas(answer)
    ]
    chunks.append(
        {
            **shell,
            "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": FINISH[answer.reason]}],
            **tail,
        }
    )
    if include_usage:
        chunks.append({**shell, "choices": [], "usage": usage(answer)})
    return [b"data: " + dump(chunk) + b"\n\n" for chunk in chunks] + [b"data: [DONE]\n\n"]


def reply(answer: Answer, recorded) -> Reply:
    if recorded.is_stream:
        include_usage = bool((recorded.json.get("stream_options") or {}).get("include_usage"))
        return Reply(
            headers=[("content-type", "text/event-stream; charset=utf-8"), *HEADERS],
            framing="chunked",
            steps=frames(answer, recorded.model, include_usage),
        )
    return Reply(headers=[("content-type", "application/json"), *HEADERS], steps=[dump(body(answer, recorded.model))])


def error_body(message: str, type: str = "invalid_request_error", param=None, code=None) -> bytes:
    return dump({"error": {"message": message, "type": type, "param": param, "code": code}})


def error_frame(message: str, number: int) -> bytes:
    return b"data: " + error_body(message, "server_error") + b"\n\n"
