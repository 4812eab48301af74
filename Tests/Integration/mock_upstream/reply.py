"""What the mock answers: a head and a list of steps. Every fault is a list of steps too."""

import asyncio
import threading
import time
import zlib
from dataclasses import dataclass, field, replace

from .connection import Connection, Recorded


@dataclass
class Pause:
    """Silence of a fixed length, where a test is about time itself."""

    seconds: float


@dataclass
class Gate:
    """Silence until the test opens the gate; lets a test act in the middle of a stream without sleeping."""

    event: threading.Event = field(default_factory=threading.Event)

    def open(self):
        self.event.set()


class Hang:
    """Silence until the client leaves."""


class Reset:
    """TCP reset."""


class Close:
    """FIN at once, whatever the framing had promised."""


REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    529: "Overloaded",
}


@dataclass
class Reply:
    """
    - framing: `length` (the steps that are bytes, added up), `chunked` (each bytes step one chunk), `close`
      (neither; the end of the connection ends the body).
    - head: false writes nothing at all before the steps.
    - encoding: `gzip` or `deflate`; each bytes step is compressed and flushed.
    """

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    steps: list = field(default_factory=list)
    framing: str = "length"
    head: bool = True
    encoding: str | None = None
    continue_first: bool = False
    keep_alive: bool = True

    def with_(self, **changes) -> "Reply":
        return replace(self, **changes)

    async def write(self, connection: Connection, recorded: Recorded) -> bool:
        """Plays the steps. True when the connection can take another request."""
        writer = _Writer(connection, recorded, self.framing == "chunked", _compressor(self.encoding))
        try:
            if self.continue_first:
                await writer.raw(b"HTTP/1.1 100 Continue\r\n\r\n")
            steps = self.steps
            if self.head:
                if self.framing == "length" and self.encoding:
                    steps = [writer.compress(b"".join(s for s in steps if isinstance(s, bytes)), last=True)]
                    writer.compressor = None
                await writer.raw(self._head(steps))
            for step in steps:
                if not await self._play(step, connection, writer):
                    return False
            await writer.finish()
            recorded.answered_at = time.monotonic()
        except (ConnectionError, _ClientGone):
            recorded.disconnected_at = recorded.disconnected_at or time.monotonic()
            return False
        return self.keep_alive and self.framing != "close"

    def _head(self, steps) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.encoding:
            lines.append(f"content-encoding: {self.encoding}")
        if self.framing == "length":
            lines.append(f"content-length: {sum(len(s) for s in steps if isinstance(s, bytes))}")
        elif self.framing == "chunked":
            lines.append("transfer-encoding: chunked")
        if not self.keep_alive or self.framing == "close":
            lines.append("connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    async def _play(self, step, connection: Connection, writer: "_Writer") -> bool:
        match step:
            case bytes():
                await writer.data(step)
            case Pause(seconds=seconds):
                await _until(connection, asyncio.sleep(seconds))
            case Gate(event=event):
                await _until(connection, asyncio.to_thread(_wait, event, connection))
            case Hang():
                await connection.gone.wait()
                raise _ClientGone
            case Reset():
                await connection.reset()
                return False
            case Close():
                await connection.close()
                return False
            case _:
                raise TypeError(f"no such step: {step!r}")
        return True


def _wait(event: threading.Event, connection: Connection):
    # Polls so that a test that never opens its gate cannot keep a thread for ever.
    while not event.wait(0.05):
        if connection.gone.is_set():
            return


async def _until(connection: Connection, work):
    work = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(connection.gone.wait())
    await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    left = gone.done()
    work.cancel()
    gone.cancel()
    if left:
        raise _ClientGone


class _ClientGone(Exception):
    pass


def _compressor(encoding):
    match encoding:
        case None:
            return None
        case "gzip":
            return zlib.compressobj(wbits=31)
        case "deflate":
            return zlib.compressobj(wbits=15)
    raise ValueError(encoding)


class _Writer:
    def __init__(self, connection: Connection, recorded: Recorded, chunked: bool, compressor):
        self.connection, self.recorded, self.chunked = connection, recorded, chunked
        self.compressor = compressor

    def compress(self, data: bytes, last: bool = False) -> bytes:
        return self.compressor.compress(data) + self.compressor.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)

    async def raw(self, data: bytes):
        if self.connection.gone.is_set():
            raise _ClientGone
        self.connection.writer.write(data)
        await self.connection.writer.drain()
        self.recorded.sent_bytes += len(data)

    async def data(self, data: bytes):
        if self.compressor:
            data = self.compress(data)
        if self.chunked and data:
            data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
        await self.raw(data)

    async def finish(self):
        if self.compressor:
            rest = self.compressor.flush(zlib.Z_FINISH)
            self.compressor = None
            await self.data(rest)
        if self.chunked:
            await self.raw(b"0\r\n\r\n")
