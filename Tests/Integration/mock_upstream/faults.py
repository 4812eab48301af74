"""Ways an upstream fails. Each takes the dialect from the request, so that one test covers all."""

from collections.abc import Callable
from dataclasses import dataclass

from . import wires
from .answers import Answer
from .reply import Close, Hang, Pause, Reply, Reset


@dataclass(frozen=True)
class Scripted:
    """A reply that is made once the request is known."""

    make: Callable

    def __call__(self, recorded) -> Reply:
        return self.make(recorded)


def normal(recorded, answer: Answer) -> Reply:
    return wires.WIRES[recorded.dialect].reply(answer, recorded)


def error(status: int, message: str = "upstream says no", retry_after: str | None = None, code: str | None = None):
    def make(recorded):
        body = wires.error_body(recorded.dialect, status, message, code=code)
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
            steps=[wires.error_body(recorded.dialect, 500, message)],
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
    return _changed(
        answer,
        lambda recorded, reply: reply.with_(steps=reply.steps[: -wires.WIRES[recorded.dialect].TERMINATOR]),
    )


def error_event(answer: Answer, frames: int, message: str = "Overloaded"):
    def change(recorded, reply):
        frame = wires.WIRES[recorded.dialect].error_frame(message, frames)
        if reply.steps[0].startswith(b"["):
            frame = b",\r\n" + wires.error_body("gemini", 503, message) + b"]"
        return reply.with_(steps=reply.steps[:frames] + [frame])

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


def with_headers(answer: Answer, headers: list[tuple[str, str]]):
    """The same answer with more in its head."""
    return _changed(answer, lambda recorded, reply: reply.with_(headers=[*reply.headers, *headers]))


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
