"""One accepted TCP connection: requests in, raw bytes out."""

import asyncio
import socket
import struct
import time
import urllib.parse
from dataclasses import dataclass, field


class BadRequest(Exception):
    """The bytes on the wire are not HTTP a provider would read."""


@dataclass
class Recorded:
    """One request exactly as it arrived, and what became of its answer."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection_number: int
    received_at: float = field(default_factory=time.monotonic)
    json: object = None
    dialect: str | None = None
    violation: str | None = None
    # Seconds of the monotonic clock; None while the client is still connected or the answer is incomplete.
    disconnected_at: float | None = None
    answered_at: float | None = None
    # Bytes of the answer handed to the socket so far; grows while a stream runs.
    sent_bytes: int = 0

    def header(self, name: str) -> str | None:
        values = self.header_values(name)
        return values[0] if values else None

    def header_values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def path(self) -> str:
        return self.target.split("?", 1)[0]

    @property
    def model(self) -> str:
        if self.dialect == "gemini":
            return urllib.parse.unquote(self.path.split("/models/", 1)[1].rpartition(":")[0])
        return self.json.get("model", "") if isinstance(self.json, dict) else ""

    @property
    def is_stream(self) -> bool:
        if self.dialect == "gemini":
            return self.path.endswith(":streamGenerateContent")
        # Ollama streams unless told not to.
        return isinstance(self.json, dict) and self.json.get("stream", self.dialect == "ollama") is True

    @property
    def credential(self) -> str:
        bearer = (self.header("authorization") or "").removeprefix("Bearer ")
        return self.header("x-api-key") or self.header("x-goog-api-key") or bearer


class Connection:
    """Reads requests and keeps watching for the client's departure while an answer is written."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int):
        self.reader, self.writer, self.number = reader, writer, number
        self.buffer = bytearray()
        self.gone = asyncio.Event()
        self.arrived = asyncio.Event()
        self.pump = asyncio.ensure_future(self._pump())

    async def _pump(self):
        try:
            while data := await self.reader.read(1 << 16):
                self.buffer += data
                self.arrived.set()
        except OSError:
            pass
        self.gone.set()
        self.arrived.set()

    async def _more(self):
        """Waits for bytes beyond those in the buffer; false at the end of the client's side."""
        if self.gone.is_set():
            return False
        self.arrived.clear()
        before = len(self.buffer)
        await self.arrived.wait()
        return len(self.buffer) > before or not self.gone.is_set()

    async def _line(self) -> bytes:
        while (end := self.buffer.find(b"\r\n")) < 0:
            if len(self.buffer) > 1 << 16:
                raise BadRequest("a header line without end")
            if not await self._more():
                raise EOFError
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        return line

    async def _exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            if not await self._more():
                raise EOFError
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    async def read_request(self) -> Recorded | None:
        """The next request; None when the client closed between requests."""
        try:
            method, target, version = (await self._line()).decode("latin-1").split(" ")
        except EOFError:
            return None
        except ValueError as error:
            raise BadRequest("the request line has not three parts") from error
        if version != "HTTP/1.1":
            raise BadRequest(f"spoke {version}")
        headers = []
        while line := await self._line():
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or name != name.strip() or not name:
                raise BadRequest(f"malformed header line {line!r}")
            headers.append((name, value.strip()))
        recorded = Recorded(method, target, headers, b"", self.number)
        if not recorded.header("host"):
            raise BadRequest("no host header")
        lengths, codings = recorded.header_values("content-length"), recorded.header_values("transfer-encoding")
        if len(lengths) + len(codings) > 1:
            raise BadRequest("ambiguous body length")
        if (recorded.header("expect") or "").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if lengths:
            recorded.body = await self._exactly(int(lengths[0]))
        elif codings:
            recorded.body = await self._chunked()
        return recorded

    async def _chunked(self) -> bytes:
        body = bytearray()
        while size := int((await self._line()).split(b";")[0], 16):
            body += await self._exactly(size)
            if await self._line():
                raise BadRequest("a chunk longer than it said")
        while await self._line():
            pass
        return bytes(body)

    async def close(self):
        self.pump.cancel()
        self.writer.close()

    async def reset(self):
        """Ends the connection with RST instead of FIN."""
        self.pump.cancel()
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
