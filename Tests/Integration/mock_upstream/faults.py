"""Ways an upstream fails. Each takes the dialect from the request, so that one test covers both."""

from collections.abc import Callable
from dataclasses import dataclass

from . import anthropic_wire, openai_wire
from .answers import Answer
from .reply import Close, Hang, Pause, Reply, Reset

ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
OPENAI_TYPES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("permission_error", None),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", None),
}


@dataclass(frozen=True)
class Scripted:
    """A reply that is made once the request is known."""

    make: Callable

    def __call__(self, recorded) -> Reply:
        return self.make(recorded)


def normal(recorded, answer: Answer) -> Reply:
    return (openai_wire if recorded.dialect == "openai" else anthropic_wire).reply(answer, recorded)


def error(status: int, message: str = "upstream says no", retry_after: str | None = None, code: str | None = None):
    def make(recorded):
        if recorded.dialect == "anthropic":
            body = anthropic_wire.error_body(message, ANTHROPIC_TYPES.get(status, "api_error"))
        else:
            type, default = OPENAI_TYPES.get(status, ("server_error", None))
            body = openai_wire.error_body(message, type, code=code or default)
        headers = [("content-type", "application/json")]
        if retry_after is not None:
            headers.append(("retry-after", retry_after))
        return Reply(status=status, headers=headers, steps=[body])

    return Scripted(make)


def raw(status: int, content_type: str, body: bytes, **options):
    return Scripted(
        lambda recorded: Reply(status=status, headers=[("content-type", content_type)], steps=[body], **options)
    )


def html(status: int):
    page = b"<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>cloud front</h1></body></html>"
    return raw(status, "text/html", page)


def error_in_ok(message: str = "quota gone"):
    """HTTP 200 with an error object for a body."""
    return Scripted(
        lambda recorded: Reply(
            headers=[("content-type", "application/json")],
            steps=[
                anthropic_wire.error_body(message, "api_error")
                if recorded.dialect == "anthropic"
                else openai_wire.error_body(message, "server_error")
            ],
        )
    )


def reset_before_answer():
    return Scripted(lambda recorded: Reply(head=False, steps=[Reset()]))


def close_before_answer():
    return Scripted(lambda recorded: Reply(head=False, steps=[Close()]))


def close_after_head():
    return Scripted(lambda recorded: normal(recorded, Answer()).with_(steps=[Close()], framing="chunked"))


def silent():
    return Scripted(lambda recorded: Reply(head=False, steps=[Hang()]))


def _changed(answer: Answer, change: Callable):
    return Scripted(lambda recorded: change(recorded, normal(recorded, answer)))


def cut(answer: Answer, frames: int, end=Close):
    """The stream breaks below HTTP after so many frames."""
    return _changed(answer, lambda recorded, reply: reply.with_(steps=reply.steps[:frames] + [end()]))


def unterminated(answer: Answer):
    """The HTTP answer ends properly, the event stream does not: its terminator (and finish) are missing."""
    drop = {"openai": 3, "anthropic": 2}
    return _changed(answer, lambda recorded, reply: reply.with_(steps=reply.steps[: -drop[recorded.dialect]]))


def error_event(answer: Answer, frames: int, message: str = "Overloaded"):
    def change(recorded, reply):
        body = (
            anthropic_wire.error_body(message, "overloaded_error")
            if recorded.dialect == "anthropic"
            else openai_wire.error_body(message, "server_error")
        )
        lead = b"event: error\ndata: " if recorded.dialect == "anthropic" else b"data: "
        return reply.with_(steps=reply.steps[:frames] + [lead + body + b"\n\n"])

    return _changed(answer, change)


def stalled(answer: Answer, frames: int):
    return _changed(answer, lambda recorded, reply: reply.with_(steps=reply.steps[:frames] + [Hang()]))


def one_byte_writes(answer: Answer):
    return _changed(
        answer, lambda recorded, reply: reply.with_(steps=[bytes([byte]) for byte in b"".join(reply.steps)])
    )


def respelled(answer: Answer, line_end: bytes = b"\r\n", comments: bool = True, space: bool = True):
    """The same events with other line ends, comments between them, or no space after the colon."""

    def change(recorded, reply):
        steps = []
        for frame in reply.steps:
            if not space:
                frame = frame.replace(b"data: ", b"data:", 1).replace(b"event: ", b"event:", 1)
            lead = b": comment\n: OPENROUTER PROCESSING\n\n" if comments else b""
            steps.append((lead + frame).replace(b"\n", line_end))
        return reply.with_(steps=steps)

    return _changed(answer, change)


def whole(answer: Answer):
    """All events in one write."""
    return _changed(answer, lambda recorded, reply: reply.with_(steps=[b"".join(reply.steps)]))


def framed(answer: Answer, **options):
    """The same answer with other options of `Reply`: framing, encoding, continue_first, keep_alive."""
    return _changed(answer, lambda recorded, reply: reply.with_(**options))


def slowly(answer: Answer, seconds: float):
    """A pause before every frame."""
    return _changed(
        answer,
        lambda recorded, reply: reply.with_(steps=[step for frame in reply.steps for step in (Pause(seconds), frame)]),
    )


def body_and_close(body: bytes, promised: int):
    """Promises more bytes than it sends."""
    return Scripted(
        lambda recorded: Reply(
            headers=[("content-type", "application/json"), ("content-length", str(promised))],
            framing="raw",
            steps=[body, Close()],
        )
    )


def verbatim(body: bytes, content_type: str, status: int = 200, pieces: int = 1):
    """Recorded bytes, cut into so many writes."""
    size = max(1, -(-len(body) // pieces))
    steps = [body[i : i + size] for i in range(0, len(body), size)]
    return Scripted(
        lambda recorded: Reply(status=status, headers=[("content-type", content_type)], steps=steps, framing="chunked")
    )
