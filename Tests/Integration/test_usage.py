"""What is remembered of requests: exact figures, failures too, no contents."""

import time

import pytest
import raw_http
from mock_upstream import Usage, faults, say
from router import CORE

COUNTS = Usage(input=24, cache_read=64, cache_write=32, output=20, reasoning=40)


@pytest.fixture
def watched(router, upstream):
    """A node of its own, so that its figures start at nothing."""
    node = router.admin.node("watched", upstream, router.mock.url(upstream))
    router.admin.connection(node["id"], "watched-key-0123456789", "watched account")
    yield node
    router.admin.remove_node(node)


def logged(admin, node, count: int) -> list[dict]:
    """The records of this node's requests, newest first; written in batches, hence the wait."""
    deadline = time.monotonic() + 5
    while True:
        rows = admin.call("GET", f"/api/usage/request-logs?provider={node['id']}")["logs"]
        if len(rows) >= count:
            return rows
        assert time.monotonic() < deadline, f"{len(rows)} of {count} requests were logged"
        time.sleep(0.02)


@pytest.mark.parametrize("dialect", CORE)
def test_figures_of_one_request(router, upstream, mock, watched, stream, dialect):
    mock.reply_with(say("x", usage=COUNTS))
    answer = raw_http.post(router, dialect, raw_http.chat_body("watched/m", stream=stream))
    row = logged(router.admin, watched, 1)[0]
    assert row["id"] == answer.headers["x-request-id"]
    assert row["tokens"] == {
        "in": 120,
        "out": 60,
        "input": 24,
        "cacheRead": 64,
        "cacheWrite": 32,
        "output": 20,
        "reasoning": 40,
        "estimated": False,
    }
    assert (row["status"], row["model"], row["stream"], row["error"]) == (200, "watched/m", stream, None)
    assert row["account"] == "watched account"
    assert row["servedModel"] == "m"
    assert row["path"] == raw_http.PATHS[dialect]
    assert row["attempts"] == 1
    assert row["duration"] >= 0


def test_figures_add_up(router, mock, watched):
    mock.always(say("x", usage=COUNTS))
    for _ in range(5):
        raw_http.post(router, "openai", raw_http.chat_body("watched/m"))
    logged(router.admin, watched, 5)
    history = router.admin.call("GET", "/api/usage/history")
    mine = history["byProvider"][watched["id"]]
    assert (mine["requests"], mine["promptTokens"], mine["completionTokens"]) == (5, 600, 300)
    assert history["totalRequests"] >= 5
    account = [entry for entry in history["byAccount"].values() if entry.get("accountName") == "watched account"]
    assert [entry["requests"] for entry in account][-1] == 5
    assert any(entry["apiKeyName"] == "integration" for entry in history["byApiKey"].values() if "apiKeyName" in entry)


def test_failures_are_counted(router, mock, watched):
    mock.always(faults.error(500))
    raw_http.post(router, "openai", raw_http.chat_body("watched/m"))
    mock.always(faults.cut(say("Grüß ", "dich"), 4))
    raw_http.post(router, "anthropic", raw_http.chat_body("watched/m", stream=True))
    rows = logged(router.admin, watched, 2)
    assert all(row["error"] for row in rows)
    assert router.admin.call("GET", "/api/usage/history")["byProvider"][watched["id"]]["errors"] == 2


def test_departed_client_is_499(router, mock, watched):
    mock.always(faults.stalled(say("first ", "second"), 4))
    with raw_http.Wire(router.daemon) as wire:
        wire.send(raw_http.request_bytes("/v1/messages", raw_http.chat_body("watched/m", stream=True), key=router.key))
        wire.read_until(b"first")
    assert logged(router.admin, watched, 1)[0]["status"] == 499


def test_compact_log(router, mock, watched):
    raw_http.post(router, "openai", raw_http.chat_body("watched/m"))
    logged(router.admin, watched, 1)
    lines = router.admin.call("GET", "/api/usage/logs")
    assert all(isinstance(line, str) for line in lines)
    mine = next(line for line in lines if " watched/m " in line)
    fields = [field.strip() for field in mine.split("|")]
    assert len(fields) == 7
    assert fields[-3:] == ["11", "7", "200"]


def test_queries_are_checked(router):
    for query in ("limit=0", "limit=x", "limit=100000", "offset=-1", "status=maybe"):
        router.admin.call("GET", f"/api/usage/request-logs?{query}", expect=400)
    assert len(router.admin.call("GET", "/api/usage/request-logs?limit=1")["logs"]) <= 1


def test_estimates_are_marked(router, upstream, mock, watched):
    """An upstream that counts nothing: the router guesses, and says so."""
    body = {
        "openai": b'{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":'
        b'{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}',
        "anthropic": b'{"id":"x","type":"message","role":"assistant","model":"m","content":'
        b'[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null}',
    }[upstream]
    mock.always(faults.verbatim(body, "application/json"))
    raw_http.post(router, upstream, raw_http.chat_body("watched/m"))
    assert logged(router.admin, watched, 1)[0]["tokens"]["estimated"] is True
