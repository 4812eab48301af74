"""HTTP by hand, for what no client library would send or accept."""

import http.client
import json
import socket
import time


class Wire:
    """One TCP connection to the daemon."""

    # For all answers: what it read ahead belongs to the next one. Made with the first, for it holds the socket open.
    _reader = None

    def __init__(self, daemon, timeout: float = 10, receive_buffer: int | None = None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", daemon.port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        if self._reader:
            self._reader.end()

    def send(self, data: bytes):
        self.socket.sendall(data)

    def answer(self, method: str = "POST") -> "RawAnswer":
        """Reads one whole answer. A truncated one raises IncompleteRead."""
        self._reader = self._reader or _SharedReader(self.socket)
        response = http.client.HTTPResponse(self._reader, method=method)
        response.begin()
        return RawAnswer(response.status, response.getheaders(), response.read(), response.version)

    def read_until(self, mark: bytes) -> bytes:
        data = b""
        while mark not in data:
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise AssertionError(f"closed before {mark!r} came: {data[-300:]!r}")
            data += piece
        return data

    def is_closed(self, within: float = 3.0) -> bool:
        """Whether the daemon ends the connection; bytes that arrive first are thrown away."""
        deadline = time.monotonic() + within
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.socket.settimeout(left)
                if not self.socket.recv(1 << 16):
                    return True
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return False


class _SharedReader:
    """What `HTTPResponse` takes for a socket; it closes its file after each answer, the one behind it stays open."""

    def __init__(self, connection: socket.socket):
        self._file = connection.makefile("rb")

    def makefile(self, *_):
        return self

    def close(self):
        """The connection goes on."""

    def flush(self):
        """Nothing is written here."""

    def end(self):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)


class RawAnswer:
    def __init__(self, status, headers, body, version):
        self.status, self.body, self.version = status, body, version
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:500]!r}"


def request_bytes(
    path: str,
    body: bytes,
    *headers: str,
    method: str = "POST",
    length: bool = True,
    key: str | None = None,
    version: str = "1.1",
) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "host: 127.0.0.1", "content-type: application/json", *headers]
    if key:
        lines.append(f"authorization: Bearer {key}")
    if length:
        lines.append(f"content-length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}


def chat_body(model: str, stream: bool = False, **extra) -> bytes:
    """A body both dialects take."""
    body = {"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "Hello"}]}
    return json.dumps(body | ({"stream": True} if stream else {}) | extra).encode()


def request_of(dialect: str, model: str, stream: bool = False) -> tuple[str, dict]:
    """(path, body) of the shortest request of any dialect."""
    said = [{"role": "user", "content": "Hello"}]
    match dialect:
        case "gemini":
            method = "streamGenerateContent?alt=sse" if stream else "generateContent"
            return f"/v1beta/models/{model}:{method}", {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
        case "ollama":
            return "/api/chat", {"model": model, "messages": said, "stream": stream}
        case "responses":
            return "/v1/responses", {"model": model, "input": "Hello", "stream": stream}
    return PATHS[dialect], {"model": model, "max_tokens": 64, "messages": said, "stream": stream}


def exchange(
    router, path: str, body: dict | bytes, *headers: str, method: str = "POST", key: str | None = ""
) -> RawAnswer:
    """
    One request on a connection of its own.
    - key: None sends none.
    """
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with Wire(router.daemon) as wire:
        credential = router.key if key == "" else key
        wire.send(request_bytes(path, data, *headers, "connection: close", method=method, key=credential))
        return wire.answer(method)


def post(router, dialect: str, body: bytes, *headers: str) -> RawAnswer:
    """One request on a connection of its own."""
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS[dialect], body, *headers, "connection: close", key=router.key))
        return wire.answer()
