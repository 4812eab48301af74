"""Same dialect on both sides for Responses, Gemini and Ollama: the bytes of each side reach the other as they are."""

import json

import pytest
import raw_http
from mock_upstream import Answer, Text, Thinking, ToolCall, faults, gemini_wire, ollama_wire, responses_wire
from router import PREFIX

THREE = ("responses", "gemini", "ollama")
WIRES = {"responses": responses_wire, "gemini": gemini_wire, "ollama": ollama_wire}
# Odd white space, key order, numbers, escapes, unknown members, a text that equals the model's name.
ODD = {
    "responses": rb"""  { "input" : [ {"content":"MODEL \u00e9\/ \ud83d\ude42","role" : "user"} ],
	"temperature": 1.0, "store":false, "max_output_tokens":20,
"x_unknown":{"model":"MODEL","list":[1e5, -0.0,1E+2]} ,"model":"MODEL", "user":"a\tb" }
""",
    "gemini": rb"""{"contents" : [ {"parts":[{"text":"MODEL \u00e9\/"}], "role":"user"} ],
  "x_unknown" : {"model":"MODEL","b":1.0,"a":[1e5,-0.0]}, "generation_config":{ "temperature" : 1.0 } }""",
    "ollama": rb"""{"messages":[{"content":"MODEL \u00e9\/","role":"user"}], "x_unknown" : {"model":"MODEL","b":1.0},
  "model" :"MODEL", "options":{ "num_ctx":4096.0 }  ,"stream":false}""",
}
FULL = Answer(blocks=(Thinking("t"), Text("Grüß ", "dich 🙂"), ToolCall("c1", "f", '{"a":1.0}')))


def path_of(dialect: str, name: str, stream: bool = False) -> str:
    return raw_http.request_of(dialect, name, stream)[0]


@pytest.mark.parametrize("dialect", THREE)
def test_request_bytes_are_the_clients_but_for_the_model(router, mock, dialect):
    mock.unchecked = {"odd-model"}
    name = f"{PREFIX[dialect]}/odd-model"
    body = ODD[dialect].replace(b"MODEL", name.encode())
    answer = raw_http.exchange(router, path_of(dialect, name), body)
    assert answer.status == 200, answer
    expected = body
    if dialect != "gemini":
        where = body.rindex(b'"model"')
        expected = body[:where] + body[where:].replace(name.encode(), b"odd-model", 1)
    assert mock.last.body == expected
    assert mock.last.model == "odd-model"


@pytest.mark.parametrize("dialect", THREE)
def test_whole_answer_bytes(router, mock, dialect):
    body = json.dumps(WIRES[dialect].body(FULL, "mock-model"), indent=3).encode()
    mock.reply_with(faults.verbatim(body, "application/json; charset=UTF-8", pieces=7))
    answer = raw_http.exchange(router, *raw_http.request_of(dialect, f"{PREFIX[dialect]}/m"))
    assert answer.status == 200
    assert answer.body == body
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("pieces", [1, 13, 400])
@pytest.mark.parametrize("dialect", THREE)
def test_stream_bytes(router, mock, dialect, pieces):
    body = b"".join(WIRES[dialect].frames(FULL, "mock-model"))
    content_type = "application/x-ndjson" if dialect == "ollama" else "text/event-stream"
    mock.reply_with(faults.verbatim(body, content_type, pieces=pieces))
    answer = raw_http.exchange(router, *raw_http.request_of(dialect, f"{PREFIX[dialect]}/m", stream=True))
    assert answer.body == body
    assert answer.headers["content-type"].startswith(content_type)


@pytest.mark.parametrize("dialect", THREE)
def test_error_body_bytes(router, mock, dialect):
    """The upstream's own words about its own dialect are the best there are."""
    mock.always(faults.error(400, "bad «thing»"))
    answer = raw_http.exchange(router, *raw_http.request_of(dialect, f"{PREFIX[dialect]}/m"))
    assert answer.status == 400
    assert "bad «thing»" in answer.body.decode()


def test_gemini_stream_in_array_framing_passes(router, mock):
    """A Gemini client without `alt=sse` before a Gemini upstream reads one JSON array."""
    mock.reply_with(FULL)
    path = path_of("gemini", "mg/m", stream=True).removesuffix("?alt=sse")
    answer = raw_http.exchange(router, path, raw_http.request_of("gemini", "mg/m")[1])
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == gemini_wire.chunks(FULL, "m")
