"""What each dialect's SDK asks besides answers: lists, single models, counts, versions; framing; keys; names."""

import json

import anthropic
import httpx
import ollama
import openai
import pytest
import raw_http
import understood
from google import genai
from google.genai import errors, types
from mock_upstream import Answer, Gate, Text, ToolCall, faults, say
from router import DIALECTS, PREFIX

MODEL = "sim/echo"


def test_models_of_the_gemini_sdk(sdk_clients, router):
    sdk = sdk_clients["gemini"].sdk
    listed = {model.name: model for model in sdk.models.list()}
    assert f"models/{MODEL}" in listed
    assert all("generateContent" in model.supported_actions for model in listed.values())
    for name in (MODEL, f"models/{MODEL}"):
        assert sdk.models.get(model=name).name == f"models/{MODEL}"


def test_models_of_the_ollama_sdk(sdk_clients, router):
    sdk = sdk_clients["ollama"].sdk
    assert MODEL in [model.model for model in sdk.list().models]
    shown = sdk.show(MODEL)
    assert "completion" in shown.capabilities
    assert sdk.ps().models == []


def test_lists_agree(router):
    """Every dialect names the same models."""

    def fetched(path):
        return router.admin.http.get(path, headers={"authorization": f"Bearer {router.key}"}).json()

    chat = {model["id"] for model in fetched("/v1/models")["data"]}
    assert {model["name"].removeprefix("models/") for model in fetched("/v1beta/models")["models"]} == chat
    assert {model["model"] for model in fetched("/api/tags")["models"]} == chat


def test_ollama_version(router):
    for path in ("/api/version", "/v1/api/version"):
        assert router.admin.http.get(path).json()["version"].count(".") == 2


NOWHERE = "sim/nothing-of-this-name"


def test_unknown_model_of_each_sdk(sdk_clients, router):
    with pytest.raises(openai.NotFoundError):
        sdk_clients["responses"].ask(NOWHERE)
    with pytest.raises(openai.NotFoundError):
        sdk_clients["responses"].ask(NOWHERE, stream=True)
    with pytest.raises(anthropic.NotFoundError):
        sdk_clients["anthropic"].ask(NOWHERE)
    for ask in (
        lambda sdk: sdk.models.get(model=NOWHERE),
        lambda sdk: sdk.models.generate_content(model=NOWHERE, contents="x"),
        lambda sdk: list(sdk.models.generate_content_stream(model=NOWHERE, contents="x")),
    ):
        with pytest.raises(errors.ClientError) as caught:
            ask(sdk_clients["gemini"].sdk)
        assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")
    for ask in (
        lambda sdk: sdk.show(NOWHERE),
        lambda sdk: sdk.chat(NOWHERE, [{"role": "user", "content": "x"}]),
        lambda sdk: list(sdk.chat(NOWHERE, [{"role": "user", "content": "x"}], stream=True)),
    ):
        with pytest.raises(ollama.ResponseError) as caught:
            ask(sdk_clients["ollama"].sdk)
        assert caught.value.status_code == 404


def is_error_of(dialect: str, answer, status: int) -> bool:
    """Whether an answer has the error shape of the dialect."""
    error = answer.json.get("error")
    if answer.status != status or not answer.headers["content-type"].startswith("application/json"):
        return False
    match dialect:
        case "ollama":
            return isinstance(error, str) and set(answer.json) == {"error"}
        case "gemini":
            return error["code"] == status and error["message"] != "" and error["status"].isupper()
        case "anthropic":
            return answer.json["type"] == "error" and bool(error["type"])
    return {"message", "type", "param", "code"} <= set(error)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_errors_have_the_shape_of_the_dialect(router, mock, dialect, stream):
    path, body = raw_http.request_of(dialect, NOWHERE, stream)
    assert is_error_of(dialect, raw_http.exchange(router, path, body), 404)
    path, body = raw_http.request_of(dialect, MODEL, stream)
    assert is_error_of(dialect, raw_http.exchange(router, path, b'{"model":'), 400)
    assert is_error_of(dialect, raw_http.exchange(router, path, body, key="sk-omni-wrong0123456789"), 401)
    assert is_error_of(dialect, raw_http.exchange(router, path, b"", method="PUT"), 405)


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/v1beta/nothing", "gemini"),
        ("/v1beta/models/sim/echo:fly", "gemini"),
        ("/v1/responses/resp_x/nothing", "responses"),
        ("/v1/messages/nothing", "anthropic"),
    ],
)
def test_unknown_paths_have_the_shape_of_the_dialect(router, path, dialect):
    assert is_error_of(dialect, raw_http.exchange(router, path, {}), 404)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_key_as_each_sdk_sends_it(impatient, mock, dialect):
    """A daemon that requires a key takes it from wherever the SDK puts it, and never hands it on."""
    client = impatient.client(dialect)
    try:
        assert client.ask(f"{PREFIX[dialect]}/m").text == "Hi!"
        assert client.ask("mo/m", stream=True).text == "Hi!"
        assert impatient.key not in str(mock.requests)
    finally:
        client.close()


@pytest.mark.parametrize("place", ["x-goog-api-key: KEY", "authorization: Bearer KEY", "x-api-key: KEY", "?key=KEY"])
def test_key_in_every_place(impatient, mock, place):
    place = place.replace("KEY", impatient.key)
    for upstream in DIALECTS:
        path, body = raw_http.request_of("gemini", f"{PREFIX[upstream]}/m", stream=True)
        header = () if place.startswith("?") else (place,)
        path = f"{path}&{place[1:]}" if place.startswith("?") else path
        assert raw_http.exchange(impatient, path, body, *header, key=None).status == 200
        assert impatient.key not in mock.last.target + str(mock.last.headers)
        assert len(mock.last.header_values("x-goog-api-key") + mock.last.header_values("authorization")) <= 1


def test_no_key_is_401_in_every_dialect(impatient, mock):
    for dialect in DIALECTS:
        answer = raw_http.exchange(impatient, *raw_http.request_of(dialect, "mo/m"), key=None)
        assert is_error_of(dialect, answer, 401), dialect
    assert is_error_of("gemini", raw_http.exchange(impatient, "/v1beta/models", b"", method="GET", key=None), 401)
    assert is_error_of("ollama", raw_http.exchange(impatient, "/api/tags", b"", method="GET", key=None), 401)
    assert mock.requests == []


TWO_CALLS = Answer(blocks=(Text("So ", "then."), ToolCall("c1", "f", '{"a":1}'), ToolCall("c2", "f", '{"a":2}')))


def test_gemini_array_framing(router, any_upstream, mock):
    """Without `alt=sse` a stream is one JSON array, whole when it ends."""
    mock.reply_with(TWO_CALLS)
    path, body = raw_http.request_of("gemini", f"{PREFIX[any_upstream]}/m", stream=True)
    answer = raw_http.exchange(router, path.removesuffix("?alt=sse"), body)
    assert answer.headers["content-type"].startswith("application/json")
    chunks = [types.GenerateContentResponse.model_validate(chunk) for chunk in answer.json]
    parts = [part for chunk in chunks for part in (chunk.candidates[0].content.parts or [])]
    assert "".join(part.text or "" for part in parts) == "So then."
    assert [part.function_call.args for part in parts if part.function_call] == [{"a": 1}, {"a": 2}]
    assert [chunk.candidates[0].finish_reason for chunk in chunks if chunk.candidates[0].finish_reason] == ["STOP"]


def test_gemini_event_framing(router, any_upstream, mock):
    mock.reply_with(TWO_CALLS)
    path, body = raw_http.request_of("gemini", f"{PREFIX[any_upstream]}/m", stream=True)
    answer = raw_http.exchange(router, path, body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.body.decode().replace("\r\n", "\n").split("\n\n") if block]
    assert all(block.startswith("data: {") for block in blocks)
    assert json.loads(blocks[-1][6:])["candidates"][0]["finishReason"] == "STOP"


@pytest.mark.parametrize("framing", ["array", "events"])
def test_gemini_stream_that_breaks_holds_the_error(router, any_upstream, mock, framing):
    gate = Gate()

    def held(recorded):
        reply = faults.error_event(say(*"abcdefgh"), 6, "the model fell over")(recorded)
        return reply.with_(steps=[*reply.steps[:6], gate, *reply.steps[6:]])

    mock.always(held)
    path, body = raw_http.request_of("gemini", f"{PREFIX[any_upstream]}/m", stream=True)
    if framing == "array":
        path = path.removesuffix("?alt=sse")
    with raw_http.Wire(router.daemon) as wire:
        wire.send(raw_http.request_bytes(path, json.dumps(body).encode(), "connection: close", key=router.key))
        early = wire.read_until(b'"b"')
        gate.open()
        rest = b""
        while piece := wire.socket.recv(1 << 16):
            rest += piece
    assert early.startswith(b"HTTP/1.1 200")
    last = rest.rsplit(b"error", 1)[1]
    assert b"the model fell over" in last
    assert b"finishReason" not in early + rest
    # An array that breaks is still one array.
    assert (b"]" in last) == (framing == "array")


@pytest.mark.parametrize("name", ["models/mg/gemini-2.5-pro", "mg/gemini-2.5-pro", "mg/models/a/b:free", "mg%2Fx"])
def test_names_in_gemini_paths(router, mock, name):
    """C187"""
    answer = raw_http.exchange(router, *raw_http.request_of("gemini", name.removeprefix("models/")))
    assert answer.status == 200
    expected = {"mg/models/a/b:free": "models/a/b:free", "mg%2Fx": "x"}.get(name, "gemini-2.5-pro")
    assert mock.last.model.removeprefix("models/") == expected.removeprefix("models/")


def test_gemini_version_one_paths(router, mock):
    path, body = raw_http.request_of("gemini", "mo/m")
    assert raw_http.exchange(router, path.replace("v1beta", "v1"), body).json["candidates"][0]["finishReason"] == "STOP"


def test_gemini_keys_in_snake_case(router, mock):
    body = {
        "contents": [{"role": "user", "parts": [{"text": "x"}]}],
        "system_instruction": {"parts": [{"text": "Be terse."}]},
        "generation_config": {"max_output_tokens": 33},
    }
    raw_http.exchange(router, "/v1beta/models/mo/m:generateContent", body)
    assert mock.last.json["messages"][0]["content"] == "Be terse."
    assert mock.last.json.get("max_completion_tokens", mock.last.json.get("max_tokens")) == 33


def test_count_tokens_of_the_gemini_sdk(sdk_clients, router, any_model):
    counted = sdk_clients["gemini"].sdk.models.count_tokens(model=any_model, contents="Hi " * 400)
    assert 50 < counted.total_tokens < 2000


def test_gemini_sdk_version_one(router, mock):
    """`api_version="v1"` is what some users set."""
    with httpx.Client(trust_env=False) as http:
        options = types.HttpOptions(base_url=router.daemon.url, api_version="v1", httpx_client=http)
        sdk = genai.Client(api_key=router.key, http_options=options)
        assert sdk.models.generate_content(model="ma/m", contents="x").text == "Hi!"


def test_text_completion(sdk_clients, any_model, stream, mock):
    mock.reply_with(say("So ", "be it."))
    sdk = sdk_clients["openai"].sdk
    options = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    answer = sdk.completions.create(model=any_model, prompt="Go", max_tokens=50, **options)
    chunks = list(answer) if stream else [answer]
    assert {chunk.object for chunk in chunks} == {"text_completion"}
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(choice.text for choice in choices) == "So be it."
    assert choices[-1].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens == 7
    assert understood.request(mock.last).turns == [("user", "Go")]


def test_text_completion_of_something_else_is_refused(router, mock):
    for fields in ({}, {"prompt": ["a", "b"]}, {"prompt": "a", "suffix": "b"}, {"messages": []}):
        answer = raw_http.exchange(router, "/v1/completions", {"model": "mo/m", **fields})
        assert is_error_of("openai", answer, 400)
    assert mock.requests == []


def test_ollama_generate(sdk_clients, router, any_model, stream, mock):
    mock.reply_with(say("So ", "be it."))
    sdk = sdk_clients["ollama"].sdk
    answer = sdk.generate(any_model, "Go", system="Be terse.", stream=stream)
    lines = list(answer) if stream else [answer]
    assert "".join(line.response for line in lines) == "So be it."
    assert lines[-1].done_reason == "stop"
    assert lines[-1].eval_count == 7


def test_ollama_streams_unless_told_not_to(router, any_upstream, mock):
    mock.reply_with(say("a", "b"))
    body = {"model": f"{PREFIX[any_upstream]}/m", "messages": [{"role": "user", "content": "x"}]}
    answer = raw_http.exchange(router, "/v1/api/chat", body)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert mock.last.is_stream


def test_ollama_load_needs_no_upstream(sdk_clients, router, mock):
    assert sdk_clients["ollama"].sdk.chat("mo/m", []).done_reason == "load"
    assert sdk_clients["ollama"].sdk.generate("mo/m", keep_alive=0).done_reason == "unload"
    assert mock.requests == []


def test_chat_confined_to_a_provider(router, mock):
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}
    assert raw_http.exchange(router, "/v1/providers/openai/chat/completions", body).status == 200
    assert mock.last.path == "/genuine/openai/v1/chat/completions"
    assert mock.last.model == "gpt-4o"
    foreign = raw_http.exchange(router, "/v1/providers/openai/chat/completions", body | {"model": "anthropic/claude"})
    assert is_error_of("openai", foreign, 400) or is_error_of("openai", foreign, 404)
    assert is_error_of("openai", raw_http.exchange(router, "/v1/providers/nobody/chat/completions", body), 404)
