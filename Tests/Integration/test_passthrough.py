"""Same dialect on both sides: the upstream gets the client's bytes, the client the upstream's."""

import json

import pytest
import raw_http
from mock_upstream import Answer, Redacted, Text, Thinking, ToolCall, anthropic_wire, faults, openai_wire, say
from router import CORE, PREFIX

# Odd white space, key order, `1.0`, escapes, a text that equals the model's name, a nested key of the same name.
ODD = {
    "openai": rb"""  { "messages" : [ {"content":"MODEL \u00e9\/ \ud83d\ude42","role" : "user"} ],
	"temperature": 1.0, "seed":7,
"x_unknown":{"model":"MODEL","list":[1e5, -0.0,1E+2]} ,"model":"MODEL", "user":"a\tb" }
""",
    "anthropic": rb"""{"max_tokens":  64 ,
  "x_unknown" : {"b":1.0,"a":[1e5,-0.0]},
"messages":[{"role":"user","content":[{"text":"MODEL \u00e9\/","type":"text"}]}],
  "model" :"MODEL","metadata":{ "user_id":"u" } }""",
}


def sent(router, mock, dialect, body, *headers):
    mock.unchecked = {"odd-model"}
    answer = raw_http.post(router, dialect, body, *headers)
    assert answer.status == 200, answer
    return mock.last


@pytest.mark.parametrize("dialect", CORE)
def test_request_bytes_are_the_clients_but_for_the_model(router, mock, dialect):
    name = f"{PREFIX[dialect]}/odd-model".encode()
    body = ODD[dialect].replace(b"MODEL", name)
    where = body.rindex(b'"model"')
    expected = body[:where] + body[where:].replace(name, b"odd-model", 1)
    assert sent(router, mock, dialect, body).body == expected


@pytest.mark.parametrize("dialect", CORE)
def test_escaped_model_name(router, mock, dialect):
    body = raw_http.chat_body("MODEL").replace(b"MODEL", PREFIX[dialect].encode() + rb"\/odd-m\u006fdel")
    assert sent(router, mock, dialect, body).model == "odd-model"


@pytest.mark.parametrize(
    "options",
    [
        b"",
        b',"stream_options": { "include_obfuscation" :false }',
        b',"stream_options":{"include_usage":false}',
        b',"stream_options":null',
    ],
)
def test_usage_is_asked_for_by_the_smallest_change(router, mock, options):
    body = (
        b'{"model":"mo/odd-model","stream":true,"messages":[{"role":"user","content":"x"}]' + options + b', "z" : 1.0}'
    )
    request = sent(router, mock, "openai", body)
    assert request.json["stream_options"]["include_usage"] is True
    assert b', "z" : 1.0' in request.body
    if b"obfuscation" in options:
        assert b'"include_obfuscation" :false' in request.body


def test_a_client_that_asked_for_usage_itself_changes_nothing(router, mock):
    body = (
        b'{"model":"mo/odd-model","stream":true, "stream_options" : {"include_usage":true},'
        b'"messages":[{"role":"user","content":"x"}]}'
    )
    assert sent(router, mock, "openai", body).body == body.replace(b"mo/odd-model", b"odd-model")


def test_dialect_headers_pass(router, mock):
    request = sent(
        router,
        mock,
        "anthropic",
        raw_http.chat_body("ma/odd-model"),
        "anthropic-version: 2023-06-01",
        "anthropic-beta: context-1m-2025-08-07,files-api-2025-04-14",
    )
    assert request.header("anthropic-version") == "2023-06-01"
    assert request.header("anthropic-beta") == "context-1m-2025-08-07,files-api-2025-04-14"


def test_version_for_clients_that_name_none(router, mock):
    plain = sent(router, mock, "anthropic", raw_http.chat_body("ma/odd-model"))
    assert plain.header_values("anthropic-version") == ["2026-10-21"]
    sampled = sent(router, mock, "anthropic", raw_http.chat_body("ma/odd-model", temperature=0.5))
    assert sampled.header_values("anthropic-version") == ["2023-06-01"]


@pytest.mark.parametrize("dialect", CORE)
def test_both_credentials_of_a_client_become_one(router, mock, dialect):
    request = sent(
        router, mock, dialect, raw_http.chat_body(f"{PREFIX[dialect]}/odd-model"), f"x-api-key: {router.key}"
    )
    assert len(request.header_values("x-api-key") + request.header_values("authorization")) == 1
    assert router.key not in str(request.headers)


@pytest.mark.parametrize("dialect", CORE)
def test_client_headers_are_not_handed_on(router, mock, dialect):
    request = sent(
        router,
        mock,
        dialect,
        raw_http.chat_body(f"{PREFIX[dialect]}/odd-model"),
        "cookie: auth_token=secret",
        "x-forwarded-for: 10.0.0.1",
        "origin: http://127.0.0.1",
        "x-stainless-os: Linux",
    )
    names = {name.lower() for name, _ in request.headers}
    assert not names & {"cookie", "x-forwarded-for", "origin", "x-stainless-os"}


def test_beta_query_is_accepted(router, mock):
    """C179"""
    with raw_http.Wire(router.daemon) as wire:
        wire.send(raw_http.request_bytes("/v1/messages?beta=true", raw_http.chat_body("ma/m"), key=router.key))
        assert wire.answer().status == 200


FULL = {
    "openai": Answer(blocks=(Thinking("t"), Text("Grüß ", "dich 🙂"), ToolCall("c1", "f", '{"a":1.0}'))),
    "anthropic": Answer(blocks=(Thinking("t"), Redacted(), Text("Grüß ", "dich 🙂"), ToolCall("c1", "f", '{"a":1.0}'))),
}


@pytest.mark.parametrize("dialect", CORE)
def test_whole_answers_are_byte_identical(router, mock, dialect):
    if dialect == "openai":
        body = json.dumps(openai_wire.body(FULL["openai"], "m"), indent=3).encode()
    else:
        body = anthropic_wire.body(FULL["anthropic"], "m").replace(b",", b" ,\n")
    mock.reply_with(faults.verbatim(body, "application/json", pieces=7))
    assert raw_http.post(router, dialect, raw_http.chat_body(f"{PREFIX[dialect]}/m")).body == body


def stream_bytes(dialect) -> bytes:
    if dialect == "openai":
        return b"".join(openai_wire.frames(FULL["openai"], "m", include_usage=True))
    return b"".join(anthropic_wire.frames(FULL["anthropic"], "m"))


@pytest.mark.parametrize("dialect", CORE)
@pytest.mark.parametrize("change", ["as-is", "crlf", "comments", "unknown-event", "odd-json"])
@pytest.mark.parametrize("pieces", [1, 13, 400])
def test_streams_are_byte_identical(router, mock, dialect, change, pieces):
    body = stream_bytes(dialect)
    match change:
        case "crlf":
            body = body.replace(b"\n", b"\r\n")
        case "comments":
            body = b": hello\n\n" + body.replace(b"\n\n", b"\n\n: keepalive\n\n", 3)
        case "unknown-event":
            extra = (
                b'data: {"object":"x.new","choices":[],"added":1.0}\n\n'
                if dialect == "openai"
                else b'event: brand_new\ndata: {"type":"brand_new","n":1.0}\n\n'
            )
            body = body.replace(b"\n\n", b"\n\n" + extra, 1)
        case "odd-json":
            body = body.replace(b'"index":0', b'"index" : 0').replace("ü".encode(), rb"\u00fc")
    mock.reply_with(faults.verbatim(body, "text/event-stream", pieces=pieces))
    asked = {"stream_options": {"include_usage": True}} if dialect == "openai" else {}
    answer = raw_http.post(router, dialect, raw_http.chat_body(f"{PREFIX[dialect]}/m", stream=True, **asked))
    assert answer.body == body


@pytest.mark.parametrize("pieces", [1, 13, 400])
def test_only_the_usage_chunk_is_taken_out(router, mock, pieces):
    """What the client would have received, had the router not asked for usage on its behalf."""
    with_usage = b"".join(openai_wire.frames(FULL["openai"], "m", include_usage=True))
    frames = with_usage.split(b"\n\n")
    expected = b"\n\n".join(frame for frame in frames if b'"choices":[]' not in frame)
    mock.reply_with(faults.verbatim(with_usage, "text/event-stream", pieces=pieces))
    answer = raw_http.post(router, "openai", raw_http.chat_body("mo/m", stream=True))
    assert answer.body.replace(b',"usage":null', b"") == expected.replace(b',"usage":null', b"")


@pytest.mark.parametrize("dialect", CORE)
def test_error_bodies_are_byte_identical(router, mock, dialect):
    body = b'{ "type" : "error","error":{"type":"invalid_request_error", "message":"no \\u00e9", "n":1.0}}'
    mock.always(faults.verbatim(body, "application/json", status=400))
    answer = raw_http.post(router, dialect, raw_http.chat_body(f"{PREFIX[dialect]}/m"))
    assert (answer.status, answer.body) == (400, body)


@pytest.mark.parametrize("dialect", CORE)
def test_no_loss_is_reported_for_passthrough(router, mock, dialect):
    mock.reply_with(say("x"))
    answer = raw_http.post(router, dialect, raw_http.chat_body(f"{PREFIX[dialect]}/m"), "x-omniroute-strict: true")
    assert answer.status == 200
    assert "x-omniroute-translation" not in answer.headers
