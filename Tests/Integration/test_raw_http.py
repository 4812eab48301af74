"""Requests that no SDK would send: each gets a clear error in its dialect, never a hang or a crash."""

import gzip
import json
import socket

import pytest
import raw_http
from mock_upstream import Gate, faults, say
from raw_http import PATHS, Wire, chat_body, request_bytes
from router import CORE, PREFIX

BAD_BODIES = {
    "empty": b"",
    "not-json": b"hello",
    "truncated": b'{"model":"mo/m","messages":[',
    "two-values": b"{} {}",
    "array": b"[]",
    "string": b'"x"',
    "null": b"null",
    "nul-bytes": b"\x00\x00\x00",
    "bad-utf8": b'{"model":"mo/m","messages":[{"role":"user","content":"\xff\xfe"}]}',
    "lone-comma": b'{"model":"mo/m",}',
    "bare-word": b"{model:1}",
    "control-in-string": b'{"model":"m\no/m"}',
    "deep": b'{"model":"mo/m","messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "no-model": b'{"messages":[]}',
    "model-number": b'{"model":7,"messages":[]}',
    "model-empty": b'{"model":"","messages":[]}',
    "model-null": b'{"model":null,"messages":[]}',
}
WRONG_TYPES = [
    {"messages": "x"},
    {"messages": [7]},
    {"messages": [{"role": "user", "content": 7}]},
    {"messages": [{"role": "alien", "content": "x"}]},
    {"messages": [{"content": "x"}]},
    {"tools": "x"},
    {"tools": [{}]},
    {"temperature": "hot"},
    {"max_tokens": "many"},
    {"max_tokens": -5},
    {"stream": "yes"},
]


def is_error(dialect: str, answer, status: int):
    assert answer.status == status, answer
    assert answer.headers["content-type"].startswith("application/json")
    error = answer.json["error"]
    assert error["message"]
    if dialect == "openai":
        assert {"type", "param", "code"} <= set(error)
    else:
        assert answer.json["type"] == "error"
    return error


@pytest.mark.parametrize("dialect", CORE)
@pytest.mark.parametrize("name", BAD_BODIES)
def test_malformed_bodies(router, mock, dialect, name):
    is_error(dialect, raw_http.post(router, dialect, BAD_BODIES[name]), 400)
    assert mock.requests == []


@pytest.mark.parametrize("dialect", CORE)
@pytest.mark.parametrize("change", WRONG_TYPES, ids=str)
def test_wrong_types_name_the_field(router, mock, dialect, change):
    """Towards the other dialect the router has to understand the body itself."""
    other = {"openai": "ma/m", "anthropic": "mo/m"}[dialect]
    body = json.dumps(json.loads(chat_body(other)) | change).encode()
    error = is_error(dialect, raw_http.post(router, dialect, body), 400)
    assert next(iter(change)) in json.dumps(error)
    assert mock.requests == []


@pytest.mark.parametrize("dialect", CORE)
@pytest.mark.parametrize("name", ["mo/", "nowhere/m", "never-heard-of-it", "x" * 5000, "sim/echoo"])
def test_unknown_model(router, mock, dialect, name):
    error = is_error(dialect, raw_http.post(router, dialect, chat_body(name)), 404)
    assert error["type"] == {"openai": "invalid_request_error", "anthropic": "not_found_error"}[dialect]
    if dialect == "openai":
        assert error["code"] == "model_not_found"
    assert len(error["message"]) < 1000


@pytest.mark.parametrize("dialect", CORE)
def test_near_matches_are_offered(router, mock, dialect):
    error = is_error(dialect, raw_http.post(router, dialect, chat_body("sim/ecoh")), 404)
    assert "sim/echo" in error["message"]


@pytest.mark.parametrize("dialect", CORE)
def test_wrong_method_and_path(router, mock, dialect):
    for method, path, status in (
        ("GET", PATHS[dialect], 405),
        ("DELETE", PATHS[dialect], 405),
        ("POST", "/v1/nothing", 404),
    ):
        with Wire(router.daemon) as wire:
            wire.send(
                request_bytes(
                    path, b"{}" if method == "POST" else b"", method=method, key=router.key, length=method == "POST"
                )
            )
            answer = wire.answer(method)
        assert answer.status == status, (method, path, answer)
        assert answer.json["error"]["message"]
        if status == 405:
            assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("dialect", CORE)
def test_body_too_large_by_its_length(impatient, mock, dialect):
    """64 KiB are allowed there. Refused without waiting for the body."""
    with Wire(impatient.daemon) as wire:
        wire.send(request_bytes(PATHS[dialect], b"", "content-length: 1000000", length=False, key=impatient.key))
        error = is_error(dialect, wire.answer(), 413)
    assert "65536" in error["message"] or "large" in error["message"]


@pytest.mark.parametrize("dialect", CORE)
def test_body_too_large_counted_while_reading(impatient, mock, dialect):
    with Wire(impatient.daemon) as wire:
        wire.send(request_bytes(PATHS[dialect], b"", "transfer-encoding: chunked", length=False, key=impatient.key))
        try:
            for _ in range(20):
                wire.send(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
        except ConnectionError:
            pass
        is_error(dialect, wire.answer(), 413)
        assert wire.is_closed()


@pytest.mark.parametrize("dialect", CORE)
def test_largest_allowed_body_passes(impatient, mock, dialect):
    body = chat_body(f"{PREFIX[dialect]}/m")
    body = body.replace(b"Hello", b"H" * (65536 - len(body) + 5))
    assert len(body) == 65536
    assert raw_http.post(impatient, dialect, body).status == 200


def test_chunked_request_body(router, mock):
    body = chat_body("mo/m")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 10]), body[i : i + 10]) for i in range(0, len(body), 10))
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS["openai"], b"", "transfer-encoding: chunked", length=False, key=router.key))
        wire.send(chunks + b"0\r\n\r\n")
        assert wire.answer().status == 200


def test_expect_100_continue(router, mock):
    body = chat_body("mo/m")
    with Wire(router.daemon) as wire:
        wire.send(
            request_bytes(
                PATHS["openai"],
                b"",
                "expect: 100-continue",
                f"content-length: {len(body)}",
                length=False,
                key=router.key,
            )
        )
        assert wire.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        wire.send(body)
        assert wire.answer().status == 200


BAD_HEADS = {
    "no-version": b"POST /v1/messages\r\n\r\n",
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "bad-header-name": b"POST /v1/messages HTTP/1.1\r\nhost: x\r\nbad name: 1\r\ncontent-length: 2\r\n\r\n{}",
    "negative-length": b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: -2\r\n\r\n{}",
    "two-lengths": b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "length-and-chunked": b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n"
    b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad-chunk": b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
    "huge-header": b"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-big: " + b"a" * 200_000 + b"\r\n\r\n",
    "nul-in-header": b"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-a: a\x00b\r\ncontent-length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", BAD_HEADS)
def test_bad_heads_get_an_error_or_a_closed_connection(router, mock, name):
    with Wire(router.daemon) as wire:
        try:
            wire.send(BAD_HEADS[name])
            wire.socket.settimeout(3)
            answered = wire.socket.recv(1 << 16)
        except ConnectionError:
            answered = b""
        assert answered == b"" or answered.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answered[:200]
        assert wire.is_closed()
    assert mock.requests == []
    assert raw_http.post(router, "openai", chat_body("mo/m")).status == 200


def test_slow_body_is_read(router, mock):
    data = request_bytes(PATHS["openai"], chat_body("mo/m"), key=router.key)
    with Wire(router.daemon) as wire:
        for byte in data:
            wire.send(bytes([byte]))
        assert wire.answer().status == 200


@pytest.mark.parametrize("stream", [False, True])
def test_half_closed_client_gets_all_or_nothing(router, mock, stream):
    """A FIN may mean departure (then the upstream call ends) or not (then the answer is whole); never half of it."""
    gate = Gate()
    mock.reply_with(
        faults.Scripted(
            lambda recorded: (reply := faults.normal(recorded, say("Hi!"))).with_(steps=[gate, *reply.steps])
        )
    )
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS["anthropic"], chat_body("ma/m", stream=stream), key=router.key))
        mock.wait_until(lambda: mock.requests, why="the request arrived")
        wire.socket.shutdown(socket.SHUT_WR)
        raw = b""
        wire.socket.settimeout(2)
        try:
            while piece := wire.socket.recv(1 << 16):
                raw += piece
        except TimeoutError:
            gate.open()
            wire.socket.settimeout(10)
            while piece := wire.socket.recv(1 << 16):
                raw += piece
    if raw:
        assert b"Hi!" in raw
        assert raw.endswith((b"0\r\n\r\n", b"}"))
    else:
        mock.wait_until(lambda: mock.last.disconnected_at, timeout=1, why="upstream cancelled")


def test_half_a_request_and_gone(router, mock):
    for cut in (10, 80, 200):
        with Wire(router.daemon) as wire:
            wire.send(request_bytes(PATHS["openai"], chat_body("mo/m"), key=router.key)[:cut])
    assert raw_http.post(router, "openai", chat_body("mo/m")).status == 200


def test_pipelined_requests_are_answered_in_order(router, mock):
    for number in range(4):
        mock.reply_with(say(f"answer {number}"), model=f"m{number}")
    requests = [
        request_bytes(PATHS[dialect], chat_body(f"{PREFIX[dialect]}/m{number}"), key=router.key)
        for number, dialect in enumerate(["openai", "anthropic", "openai", "anthropic"])
    ]
    with Wire(router.daemon) as wire:
        wire.send(b"".join(requests))
        for number in range(4):
            assert f"answer {number}".encode() in wire.answer().body


def test_connection_is_kept_after_answers_and_errors(router, mock):
    with Wire(router.daemon) as wire:
        for body, status in (
            (chat_body("mo/m"), 200),
            (b"{", 400),
            (chat_body("ma/m", stream=True), 200),
            (chat_body("nowhere/x"), 404),
            (chat_body("ma/m"), 200),
        ):
            wire.send(request_bytes(PATHS["openai"], body, key=router.key))
            assert wire.answer().status == status
        wire.send(request_bytes("/api/monitoring/health", b"", method="GET", length=False))
        assert wire.answer("GET").json["status"] == "healthy"


def test_management_and_inference_take_turns_on_a_connection(router, mock):
    with Wire(router.daemon) as wire:
        for _ in range(3):
            wire.send(request_bytes("/api/monitoring/health", b"", method="GET", length=False))
            assert wire.answer("GET").json["status"] == "healthy"
            wire.send(request_bytes(PATHS["openai"], chat_body("mo/m"), key=router.key))
            assert "choices" in wire.answer().json


@pytest.mark.parametrize("before", ["nothing", "inference", "management"])
def test_what_is_not_http_is_refused(router, mock, before):
    with Wire(router.daemon) as wire:
        if before == "inference":
            wire.send(request_bytes(PATHS["openai"], chat_body("mo/m"), key=router.key))
            assert wire.answer().status == 200
        if before == "management":
            wire.send(request_bytes("/api/monitoring/health", b"", method="GET", length=False))
            assert wire.answer("GET").status == 200
        wire.send(b"\x00\x01 is no request\r\n\r\n")
        assert wire.answer().status == 400
        assert wire.socket.recv(1) == b""


@pytest.mark.parametrize("before", ["nothing", "inference"])
def test_idle_client_that_closes_its_side_is_let_go(router, mock, before):
    with Wire(router.daemon) as wire:
        if before == "inference":
            wire.send(request_bytes(PATHS["openai"], chat_body("mo/m"), key=router.key))
            assert wire.answer().status == 200
        wire.socket.shutdown(socket.SHUT_WR)
        wire.socket.settimeout(5)
        assert wire.socket.recv(1) == b""


@pytest.mark.parametrize("stream", [False, True])
def test_http_1_0_client(router, mock, stream):
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS["anthropic"], chat_body("ma/m", stream=stream), key=router.key, version="1.0"))
        raw = b""
        while piece := wire.socket.recv(1 << 16):
            raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b" 200 " in head
    assert b"transfer-encoding" not in head.lower()
    assert b"Hi!" in body
    assert body.rstrip().endswith(b"}")


def test_head_of_every_answer_is_safe(router, mock):
    """A request id that could break the head, or is too long, is replaced."""
    for given in ("a b", "x" * 200, "é"):
        with Wire(router.daemon) as wire:
            wire.send(
                request_bytes(PATHS["openai"], chat_body("mo/m"), key=router.key).replace(
                    b"host:", b"x-request-id: " + given.encode() + b"\r\nhost:", 1
                )
            )
            answer = wire.answer()
        assert answer.status == 200
        assert answer.headers["x-request-id"].isascii()
        assert answer.headers["x-request-id"] != given


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "br"])
def test_compressed_request_is_decoded_or_refused(router, mock, encoding):
    body = chat_body("mo/m")
    data = gzip.compress(body) if encoding == "gzip" else b"\x28\xb5\x2f\xfd" + body
    with Wire(router.daemon) as wire:
        wire.send(request_bytes(PATHS["openai"], data, f"content-encoding: {encoding}", key=router.key))
        answer = wire.answer()
    assert answer.status in ((200, 415) if encoding == "gzip" else (400, 415)), answer
