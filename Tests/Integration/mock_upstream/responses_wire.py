"""Answers in the OpenAI Responses dialect."""

from .answers import Answer, Redacted, Refusal, Text, Thinking, ToolCall, dump
from .openai_wire import HEADERS, error_body
from .reply import Reply

INCOMPLETE = {"length": "max_output_tokens", "context_full": "max_output_tokens", "content_filter": "content_filter"}
# Frames at the end of a stream that say it is whole.
TERMINATOR = 1


def usage(answer: Answer) -> dict:
    counts = answer.usage
    return {
        "input_tokens": counts.openai_prompt,
        "input_tokens_details": {"cached_tokens": counts.cache_read, "cache_write_tokens": counts.cache_write},
        "output_tokens": counts.total_output,
        "output_tokens_details": {"reasoning_tokens": counts.reasoning},
        "total_tokens": counts.openai_prompt + counts.total_output,
    }


def item(block, index: int) -> dict:
    match block:
        case Text():
            part = {"type": "output_text", "text": block.value, "annotations": [], "logprobs": []}
            return _message([part], index)
        case Refusal():
            return _message([{"type": "refusal", "refusal": block.value}], index)
        case Thinking():
            summary = [{"type": "summary_text", "text": block.value}] if block.value else []
            return _reasoning(summary, block.signature, index)
        case Redacted():
            return _reasoning([], block.data, index)
        case ToolCall():
            return {
                "id": f"fc_mock{index}",
                "type": "function_call",
                "status": "completed",
                "call_id": block.id,
                "name": block.name,
                "arguments": block.arguments,
            }
    raise TypeError(block)


def _message(content: list, index: int) -> dict:
    shell = {"id": f"msg_mock{index}", "type": "message", "status": "completed", "role": "assistant"}
    return {**shell, "content": content}


def _reasoning(summary: list, state: str, index: int) -> dict:
    return {"id": f"rs_mock{index}", "type": "reasoning", "summary": summary, "encrypted_content": state}


def body(answer: Answer, model: str, status: str | None = None) -> dict:
    reason = INCOMPLETE.get(answer.reason)
    status = status or ("incomplete" if reason else "completed")
    ended = status != "in_progress"
    return {
        "id": answer.id or "resp_mock1",
        "object": "response",
        "created_at": 1790000000,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": reason} if reason and ended else None,
        "instructions": None,
        "max_output_tokens": None,
        "model": model,
        "output": [item(block, index) for index, block in enumerate(answer.blocks)] if ended else [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage(answer) if ended else None,
        "metadata": {},
    }


def _message_events(whole: dict, block):
    name, key = ("output_text", "text") if isinstance(block, Text) else ("refusal", "refusal")
    part = whole["content"][0]
    where = {"item_id": whole["id"], "content_index": 0}
    extra = {"logprobs": []} if key == "text" else {}
    yield {"type": "response.content_part.added", **where, "part": {**part, key: ""}}
    for piece in block.pieces if isinstance(block, Text) else (block.value,):
        yield {"type": f"response.{name}.delta", **where, "delta": piece, **extra}
    yield {"type": f"response.{name}.done", **where, key: part[key], **extra}
    yield {"type": "response.content_part.done", **where, "part": part}


def _reasoning_events(whole: dict):
    for part in whole["summary"]:
        where = {"item_id": whole["id"], "summary_index": 0}
        yield {"type": "response.reasoning_summary_part.added", **where, "part": {**part, "text": ""}}
        yield {"type": "response.reasoning_summary_text.delta", **where, "delta": part["text"]}
        yield {"type": "response.reasoning_summary_text.done", **where, "text": part["text"]}
        yield {"type": "response.reasoning_summary_part.done", **where, "part": part}


def _call_events(whole: dict, block: ToolCall):
    where = {"item_id": whole["id"]}
    for piece in block.pieces:
        yield {"type": "response.function_call_arguments.delta", **where, "delta": piece}
    yield {
        "type": "response.function_call_arguments.done",
        **where,
        "name": block.name,
        "arguments": block.arguments,
    }


def events(answer: Answer, model: str):
    begun = body(answer, model, "in_progress")
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, block in enumerate(answer.blocks):
        whole = item(block, index)
        match whole["type"]:
            case "message":
                empty, inner = {**whole, "status": "in_progress", "content": []}, _message_events(whole, block)
            case "reasoning":
                empty, inner = {**whole, "summary": [], "encrypted_content": None}, _reasoning_events(whole)
            case "function_call":
                empty, inner = {**whole, "status": "in_progress", "arguments": ""}, _call_events(whole, block)
        yield {"type": "response.output_item.added", "output_index": index, "item": empty}
        for event in inner:
            yield {**event, "output_index": index}
        yield {"type": "response.output_item.done", "output_index": index, "item": whole}
    final = body(answer, model)
    yield {"type": f"response.{final['status']}", "response": final}


def frame(event: dict) -> bytes:
    return b"event: " + event["type"].encode() + b"\ndata: " + dump(event) + b"\n\n"


def frames(answer: Answer, model: str) -> list[bytes]:
    return [frame({**event, "sequence_number": number}) for number, event in enumerate(events(answer, model))]


def reply(answer: Answer, recorded) -> Reply:
    if recorded.is_stream:
        return Reply(
            headers=[("content-type", "text/event-stream; charset=utf-8"), *HEADERS],
            framing="chunked",
            steps=frames(answer, recorded.model),
        )
    return Reply(headers=[("content-type", "application/json"), *HEADERS], steps=[dump(body(answer, recorded.model))])


def error_frame(message: str, number: int) -> bytes:
    """- number: how many frames came before it."""
    event = {"type": "error", "code": "server_error", "message": message, "param": None}
    return frame({**event, "sequence_number": number})


__all__ = ["TERMINATOR", "body", "error_body", "error_frame", "frames", "reply"]
