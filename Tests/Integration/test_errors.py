"""Upstream errors before the first event: the right exception of the SDK, the words kept, the wait kept."""

import email.utils
import json
import time

import pytest
import raw_http
from daemon import free_port
from mock_upstream import faults, say
from router import CORE, PREFIX

EXCEPTIONS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "InternalServerError",
}


@pytest.mark.parametrize("status", EXCEPTIONS)
def test_status_becomes_the_sdks_exception(client, model, stream, mock, status):
    mock.always(faults.error(status, f"upstream words {status}"))
    with pytest.raises(getattr(client.errors, EXCEPTIONS[status])) as caught:
        client.ask(model, stream=stream)
    assert f"upstream words {status}" in str(caught.value)
    assert caught.value.status_code == status or (status == 503 and caught.value.status_code == 529)
    assert caught.value.response.headers["x-request-id"]


def test_overloaded_is_529_for_anthropic_and_503_for_openai(client, mock, stream):
    mock.always(faults.error(529, "Overloaded"))
    with pytest.raises(client.errors.InternalServerError) as caught:
        client.ask("ma/mock-model", stream=stream)
    assert caught.value.status_code == {"openai": 503, "anthropic": 529}[client.dialect]


@pytest.mark.parametrize("kind", ["seconds", "date"])
def test_retry_after_is_kept(client, model, mock, kind):
    wait = "17" if kind == "seconds" else email.utils.formatdate(time.time() + 60, usegmt=True)
    mock.always(faults.error(429, "slow down", retry_after=wait))
    with pytest.raises(client.errors.RateLimitError) as caught:
        client.ask(model)
    told = int(caught.value.response.headers["retry-after"])
    assert told == 17 if kind == "seconds" else 50 <= told <= 61


def test_no_retry_after_is_made_up_for_what_waiting_does_not_mend(client, model, mock):
    mock.always(faults.error(400, "bad"))
    with pytest.raises(client.errors.BadRequestError) as caught:
        client.ask(model)
    assert "retry-after" not in caught.value.response.headers


@pytest.mark.parametrize("dialect", CORE)
@pytest.mark.parametrize("status", [400, 429, 500])
def test_shape_is_the_clients(router, mock, dialect, upstream, status):
    mock.always(faults.error(status, "words"))
    answer = raw_http.post(router, dialect, raw_http.chat_body(f"{PREFIX[upstream]}/m"))
    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/json")
    error = answer.json["error"]
    if dialect == "openai":
        assert {"message", "type", "param", "code"} <= set(error)
    else:
        assert answer.json["type"] == "error"
        assert error["type"] == {400: "invalid_request_error", 429: "rate_limit_error", 500: "api_error"}[status]
    assert error["message"] == "words"


def test_context_length_keeps_recognizable_words(client, upstream, model, mock):
    words = {
        "openai": "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000.",
        "anthropic": "prompt is too long: 210000 tokens > 200000 maximum",
    }[upstream]
    mock.always(faults.error(400, words, code="context_length_exceeded"))
    with pytest.raises(client.errors.BadRequestError) as caught:
        client.ask(model)
    if client.dialect == "openai":
        assert caught.value.code == "context_length_exceeded" or client.dialect == upstream
        assert words in str(caught.value)
    else:
        assert "prompt is too long" in str(caught.value) or client.dialect == upstream


def test_an_upstreams_own_key_problem_is_no_secret_leak(client, model, mock):
    mock.always(faults.error(401, "Incorrect API key provided: sk-abcdefghijklmnopqrstuvwxyz at https://api.x/keys"))
    with pytest.raises(client.errors.AuthenticationError) as caught:
        client.ask(model)
    if not (client.dialect == mock.last.dialect):
        assert "sk-abcdefghij" not in str(caught.value)


FAULTS = {
    "html-502": faults.html(502),
    "html-500": faults.html(500),
    "html-200": faults.html(200),
    "invalid-json-200": faults.raw(200, "application/json", b'{"id":"x","choices":[{'),
    "not-an-object-200": faults.raw(200, "application/json", b'"hello"'),
    "error-in-200": faults.error_in_ok(),
    "empty-200": faults.raw(200, "application/json", b""),
    "empty-502": faults.raw(502, "text/plain", b""),
    "other-object-200": faults.raw(200, "application/json", b'{"hello":"world"}'),
    "reset": faults.reset_before_answer(),
    "close": faults.close_before_answer(),
    "close-after-head": faults.close_after_head(),
    "short-length": faults.body_and_close(b'{"id":"x","object":"chat', 4000),
}


@pytest.mark.parametrize("name", FAULTS)
def test_broken_answers_become_clear_errors(client, model, stream, mock, name):
    mock.always(FAULTS[name])
    with pytest.raises(client.errors.APIStatusError) as caught:
        client.ask(model, stream=stream)
    assert 500 <= caught.value.status_code < 600
    assert "<html" not in str(caught.value)
    assert len(str(caught.value)) > 20


def test_nothing_listens(router, client, upstream):
    node = router.admin.node("dead", upstream, f"http://127.0.0.1:{free_port()}/v1")
    try:
        router.admin.connection(node["id"], "k-0123456789abc", "dead")
        with pytest.raises(client.errors.InternalServerError) as caught:
            client.ask("dead/model")
        assert caught.value.status_code in (502, 503)
    finally:
        router.admin.remove_node(node)


HARMLESS = {
    "until-close": {"framing": "close"},
    "gzip": {"encoding": "gzip"},
    "deflate": {"encoding": "deflate"},
    "gzip-chunked": {"encoding": "gzip", "framing": "chunked"},
    "100-continue": {"continue_first": True},
    "connection-close": {"keep_alive": False},
    "chunked": {"framing": "chunked"},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_legal_oddities_of_answers(client, model, stream, mock, name):
    options = HARMLESS[name]
    if stream and options.get("framing") is None and "encoding" in options:
        options = options | {"framing": "chunked"}
    mock.reply_with(faults.framed(say("Grüß dich"), **options))
    assert client.ask(model, stream=stream).text == "Grüß dich"


def test_error_bodies_may_be_compressed(client, model, mock):
    error = faults.error(400, "zipped words")
    mock.always(lambda recorded: error(recorded).with_(encoding="gzip"))
    with pytest.raises(client.errors.BadRequestError, match="zipped words"):
        client.ask(model)


def test_stale_connection_is_retried_unseen(client, model, mock):
    """The server closes an idle connection at the moment the next request goes out on it."""
    client.ask(model)
    before = len(mock.requests)
    mock.closes_stale = True
    assert client.ask(model).text == "Hi!"
    assert mock.closes_stale is False
    assert len(mock.requests) == before + 1


def test_answers_that_are_errors_are_json(router, mock, upstream):
    mock.always(faults.html(503))
    for dialect in CORE:
        answer = raw_http.post(router, dialect, raw_http.chat_body(f"{PREFIX[upstream]}/m"))
        assert json.loads(answer.body)["error"]["message"]
