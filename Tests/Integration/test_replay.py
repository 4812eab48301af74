"""Logged requests are sent again: to which model, with what in them, and when they cannot be."""

import json
import uuid

import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from mock_upstream import say
from router import DIALECTS, PREFIX, Router


@pytest.fixture(scope="module")
def served(shared_mock):
    router = Router.start(shared_mock)
    router.admin.call("PATCH", "/api/settings", {"bodyLog": {"mode": "all"}})
    yield router
    router.stop()


def ask(router, path: str, body: dict) -> str:
    """The id of a request whose bodies are in the log."""
    id_ = f"replay-{uuid.uuid4().hex[:12]}"
    answer = raw_http.exchange(router, path, body, f"x-request-id: {id_}")
    assert answer.status == 200, answer
    logs = f"/api/usage/request-logs/{id_}"

    def is_written():
        found = router.admin.http.get(logs)
        return found.status_code == 200 and found.json()["log"]["requestBody"] is not None

    router.mock.wait_until(is_written, timeout=4, why="it is written")
    return id_


def replay(router, id_: str, expect=200, **body) -> dict:
    return router.admin.call("POST", f"/api/usage/request-logs/{id_}/replay", body, expect=expect)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_sent_again(served, mock, dialect, stream):
    path, body = raw_http.request_of(dialect, f"{PREFIX[dialect]}/m", stream)
    id_ = ask(served, path, body)
    mock.reply_with(say("once more"))
    again = replay(served, id_)
    assert (again["success"], again["status"], again["redacted"]) == (True, 200, False)
    assert "once more" in json.dumps(again["responseBody"])
    assert again["attempts"] == 1 and again["log"]["servedModel"] == "m" and again["log"]["tokens"]["out"] > 0
    # In one piece, whatever it was before.
    assert isinstance(again["responseBody"], dict) and again["log"]["stream"] is False


def test_another_model_of_another_dialect(served, mock):
    body = {"model": "mo/m", "seed": 3, "stream": True, "stream_options": {"include_usage": True},
            "messages": [{"role": "user", "content": "Remember this"}]}
    id_ = ask(served, "/v1/chat/completions", body)
    again = replay(served, id_, model="ma/other")
    assert again["model"] == "ma/other" and again["format"] == "openai-chat"
    assert mock.last.dialect == "anthropic" and mock.last.json["model"] == "other"
    assert "Remember this" in json.dumps(mock.last.json)
    assert again["translation"] == "dropped=seed;reason=unsupported"
    assert again["responseBody"]["object"] == "chat.completion"
    # It is a request like any other: it stands in the log under a name of its own.
    served.mock.wait_until(
        lambda: served.admin.http.get(f"/api/usage/request-logs/{again['id']}").status_code == 200, timeout=4, why="logged")


def test_failures_are_told(served, mock):
    path, body = raw_http.request_of("openai", "mo/m")
    id_ = ask(served, path, body)
    again = replay(served, id_, model="sim/fail-429")
    assert again["success"] is False and again["status"] == 429
    assert again["responseBody"]["error"]["message"]
    missing = replay(served, id_, model="nobody/none")
    assert missing["status"] == 404


def test_what_is_not_whole_is_not_sent(served, mock):
    picture = "data:image/png;base64," + "iVBORw0KGgo" * 200
    content = [{"type": "image_url", "image_url": {"url": picture}}]
    id_ = ask(served, "/v1/chat/completions", {"model": "mo/m", "messages": [{"role": "user", "content": content}]})
    before = len(mock.requests)
    assert "media" in replay(served, id_, expect=409)["error"]["message"]
    assert len(mock.requests) == before
    served.admin.call("DELETE", f"/api/usage/request-logs/{id_}")
    error = replay(served, id_, expect=409)["error"]
    assert error["code"] == "not_replayable" and "not logged" in error["message"]
    replay(served, "there-is-none", expect=404)


def test_only_its_owner_may(served):
    assert raw_http.exchange(served, "/api/usage/request-logs/x/replay", b"{}").status == 401
