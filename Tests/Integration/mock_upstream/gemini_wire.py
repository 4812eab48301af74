"""Answers in the Gemini dialect."""

import json

from .answers import Answer, Redacted, Refusal, Text, Thinking, ToolCall, dump
from .reply import Reply

FINISH = {
    "length": "MAX_TOKENS",
    "context_full": "MAX_TOKENS",
    "content_filter": "SAFETY",
    "refusal": "SAFETY",
}
STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
TERMINATOR = 1


def usage(answer: Answer) -> dict:
    """Fields that would be zero are absent, and there is none for written caches."""
    counts = answer.usage
    found = {
        "promptTokenCount": counts.openai_prompt,
        "cachedContentTokenCount": counts.cache_read,
        "candidatesTokenCount": counts.output,
        "thoughtsTokenCount": counts.reasoning,
        "totalTokenCount": counts.openai_prompt + counts.total_output,
    }
    return {key: value for key, value in found.items() if value}


def parts(answer: Answer, stream: bool) -> list[dict]:
    """The signature of a thought stands on the part that follows it; in streamed text on an empty part at its end."""
    found, signature = [], None
    for block in answer.blocks:
        match block:
            case Thinking():
                if block.value:
                    found.append({"text": block.value, "thought": True})
                signature = block.signature
                continue
            case ToolCall():
                arguments = json.loads(block.arguments or "{}")
                made = [{"functionCall": {"id": block.id, "name": block.name, "args": arguments}}]
            case Text():
                made = [{"text": piece} for piece in block.pieces] if stream else [{"text": block.value}]
                if stream and signature:
                    made.append({"text": ""})
            case Refusal():
                made = [{"text": block.value}]
            case Redacted():
                raise ValueError("Gemini has no redacted thinking")
        if signature:
            made[-1]["thoughtSignature"] = signature
            signature = None
        found += made
    return found


def _shell(answer: Answer, model: str, candidate: dict, counts: dict) -> dict:
    return {
        "candidates": [candidate],
        "usageMetadata": counts,
        "modelVersion": model,
        "responseId": answer.id or "mock-response-1",
    }


def body(answer: Answer, model: str) -> dict:
    content = {"role": "model", "parts": parts(answer, stream=False)}
    reason = FINISH.get(answer.reason, "STOP")
    return _shell(answer, model, {"content": content, "finishReason": reason, "index": 0}, usage(answer))


def chunks(answer: Answer, model: str) -> list[dict]:
    early = {"promptTokenCount": answer.usage.openai_prompt, "totalTokenCount": answer.usage.openai_prompt}
    found = [
        _shell(answer, model, {"content": {"role": "model", "parts": [part]}, "index": 0}, early)
        for part in parts(answer, stream=True)
    ]
    last = {"content": {"role": "model", "parts": [{"text": ""}]}, "index": 0}
    last["finishReason"] = FINISH.get(answer.reason, "STOP")
    return [*found, _shell(answer, model, last, usage(answer))]


def frames(answer: Answer, model: str) -> list[bytes]:
    return [b"data: " + dump(chunk) + b"\r\n\r\n" for chunk in chunks(answer, model)]


def reply(answer: Answer, recorded) -> Reply:
    if not recorded.is_stream:
        return Reply(
            headers=[("content-type", "application/json; charset=UTF-8")], steps=[dump(body(answer, recorded.model))]
        )
    if "alt=sse" in recorded.target:
        return Reply(
            headers=[("content-type", "text/event-stream")], framing="chunked", steps=frames(answer, recorded.model)
        )
    steps = [(b"[" if i == 0 else b",\r\n") + dump(chunk) for i, chunk in enumerate(chunks(answer, recorded.model))]
    return Reply(
        headers=[("content-type", "application/json; charset=UTF-8")], framing="chunked", steps=[*steps, b"]"]
    )


def error_body(message: str, status: int = 400) -> bytes:
    return dump({"error": {"code": status, "message": message, "status": STATUS.get(status, "UNKNOWN")}})


def error_frame(message: str, number: int) -> bytes:
    return b"data: " + error_body(message, 503) + b"\r\n\r\n"
