"""Duplicates of a request: one upstream call, the same answer, nothing of anybody else's."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from mock_upstream import Gate, Usage, faults, say
from mock_upstream.faults import Scripted, normal
from router import DIALECTS, PREFIX, Router

KEY = "idempotency-key: "
ID = "x-request-id: "


def gated(answer, gate: Gate, frames: int = 0):
    """The answer stops after so many frames until the test opens the gate."""

    def make(recorded):
        reply = normal(recorded, answer)
        return reply.with_(steps=reply.steps[:frames] + [gate] + reply.steps[frames:])

    return Scripted(make)


def ask(router, dialect: str, *headers: str, stream=False, model=None, text="Hello", key=""):
    path, body = raw_http.request_of(dialect, model or f"{PREFIX[dialect]}/mock-model", stream)
    body = json.loads(json.dumps(body).replace('"Hello"', json.dumps(text)))
    return raw_http.exchange(router, path, body, *headers, key=key)


def is_replay(answer) -> bool:
    return answer.headers.get("x-omniroute-idempotent") == "true"


@pytest.fixture(params=DIALECTS)
def dialect(request):
    return request.param


def test_concurrent_duplicates_are_one_call(router, mock, dialect, stream):
    gate = Gate()
    mock.always(gated(say("one ", "answer"), gate, 1 if stream else 0))
    name = f"{KEY}concurrent-{dialect}-{stream}"
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(ask, router, dialect, name, stream=stream)
        mock.wait_until(lambda: mock.requests)
        others = [pool.submit(ask, router, dialect, name, stream=stream) for _ in range(5)]
        time.sleep(0.2)
        assert not any(other.done() for other in others)
        gate.open()
        first, others = first.result(10), [other.result(10) for other in others]
    assert len(mock.requests) == 1
    assert first.status == 200 and not is_replay(first)
    for other in others:
        assert (other.status, other.body) == (200, first.body)
        assert is_replay(other)
        assert other.headers["content-type"] == first.headers["content-type"]
    assert len({answer.headers["x-request-id"] for answer in [first, *others]}) == 6
    later = ask(router, dialect, name, stream=stream)
    assert is_replay(later) and later.body == first.body
    assert len(mock.requests) == 1


def test_translated_answers_too(router, mock, stream):
    name = f"{KEY}translated-{stream}"
    answers = [ask(router, "anthropic", name, stream=stream, model="mo/mock-model") for _ in range(2)]
    assert [is_replay(answer) for answer in answers] == [False, True]
    assert answers[0].body == answers[1].body
    assert "request-id" in answers[1].headers
    assert len(mock.requests) == 1


def test_another_body_is_refused(router, mock, dialect):
    name = f"{KEY}reused-{dialect}"
    assert ask(router, dialect, name).status == 200
    refused = ask(router, dialect, name, text="Something else")
    assert refused.status == 422
    assert "Idempotency-Key" in refused.body.decode()
    assert not is_replay(refused)
    if dialect in ("openai", "responses"):
        assert refused.json["error"]["code"] == "idempotency_key_reused"
    assert len(mock.requests) == 1
    # The refusal is nobody's answer.
    assert is_replay(ask(router, dialect, name))


def test_a_request_id_with_another_body_is_another_request(router, mock):
    name = f"{ID}trace-1"
    answers = [ask(router, "openai", name, text=text) for text in ("one", "two", "one", "two")]
    assert [answer.status for answer in answers] == [200] * 4
    assert [is_replay(answer) for answer in answers] == [False, False, True, True]
    assert {answer.headers["x-request-id"] for answer in answers} == {"trace-1"}
    assert len(mock.requests) == 2


def test_requests_without_a_mark_are_never_duplicates(router, mock):
    assert [is_replay(ask(router, "openai")) for _ in range(3)] == [False] * 3
    assert len(mock.requests) == 3


def test_nothing_leaks_between_client_keys(router, mock):
    other = router.admin.key("another client")["key"]
    mock.reply_with(say("for the first"), say("for the other"), say("for nobody"))
    name = f"{KEY}shared-by-chance"
    answers = [ask(router, "openai", name, key=key) for key in (router.key, other, None)]
    assert [is_replay(answer) for answer in answers] == [False] * 3
    assert len({answer.body for answer in answers}) == 3
    again = [ask(router, "openai", name, key=key) for key in (router.key, other, None)]
    assert [answer.body for answer in again] == [answer.body for answer in answers]
    # Another body of another client is no conflict.
    assert ask(router, "openai", f"{ID}shared-id", key=router.key).status == 200
    assert not is_replay(ask(router, "openai", f"{ID}shared-id", key=other))


def test_places_are_apart(router, mock):
    name = f"{KEY}places"
    assert not is_replay(ask(router, "openai", name))
    assert not is_replay(ask(router, "responses", name))
    assert not is_replay(ask(router, "anthropic", name))


@pytest.mark.parametrize("status, kept", [(400, True), (404, True), (429, False), (500, False)])
def test_which_errors_are_repeated(router, mock, status, kept):
    mock.always(faults.error(status))
    first = ask(router, "openai", f"{KEY}error-{status}")
    assert first.status >= 400
    calls = len(mock.requests)
    second = ask(router, "openai", f"{KEY}error-{status}")
    assert is_replay(second) == kept
    assert (len(mock.requests) == calls) or not kept
    if kept:
        assert (second.status, second.body) == (first.status, first.body)


def test_a_broken_stream_is_not_repeated(router, mock):
    mock.reply_with(faults.cut(say("first ", "second"), 3))
    name = f"{KEY}broken"
    broken = ask(router, "openai", name, stream=True)
    assert b"error" in broken.body
    whole = ask(router, "openai", name, stream=True)
    assert not is_replay(whole) and whole.body.endswith(b"data: [DONE]\n\n")
    assert len(mock.requests) == 2


def test_when_the_first_client_leaves_the_next_one_is_served(router, mock, stream):
    gate = Gate()
    mock.reply_with(gated(say("never ", "seen"), gate, 2 if stream else 0))
    name = f"{KEY}abandoned-{stream}"
    path, body = raw_http.request_of("openai", "mo/mock-model", stream)
    with ThreadPoolExecutor(3) as pool:
        with raw_http.Wire(router.daemon) as wire:
            wire.send(raw_http.request_bytes(path, json.dumps(body).encode(), name, key=router.key))
            mock.wait_until(lambda: mock.requests)
            others = [pool.submit(ask, router, "openai", name, stream=stream) for _ in range(3)]
            time.sleep(0.2)
        others = [other.result(10) for other in others]
    gate.open()
    assert [other.status for other in others] == [200] * 3
    assert len({other.body for other in others}) == 1
    assert sorted(is_replay(other) for other in others) == [False, True, True]
    assert len(mock.requests) == 2


def test_a_waiting_client_that_leaves_is_forgotten(router, mock):
    gate = Gate()
    mock.reply_with(gated(say("kept"), gate))
    name = f"{KEY}impatient"
    path, body = raw_http.request_of("openai", "mo/mock-model")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, router, "openai", name)
        mock.wait_until(lambda: mock.requests)
        with raw_http.Wire(router.daemon) as wire:
            wire.send(raw_http.request_bytes(path, json.dumps(body).encode(), name, key=router.key))
            time.sleep(0.1)
        gate.open()
        assert first.result(10).status == 200
    assert is_replay(ask(router, "openai", name))
    assert len(mock.requests) == 1


def test_a_failed_run_goes_to_the_next_in_line(router, mock):
    gate = Gate()

    def failing(recorded):
        reply = faults.error(500).make(recorded)
        return reply.with_(steps=[gate, *reply.steps])

    mock.reply_with(Scripted(failing))
    name = f"{KEY}failing"
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, router, "openai", name)
        mock.wait_until(lambda: mock.requests)
        others = [pool.submit(ask, router, "openai", name) for _ in range(3)]
        time.sleep(0.2)
        gate.open()
        first, others = first.result(15), [other.result(15) for other in others]
    assert first.status >= 500
    # The account rests after its failure, so the next may fail without a call; but everybody has an answer.
    assert all(other.status == 200 or other.status >= 500 for other in others)


def test_an_answer_too_large_to_keep_serves_everybody(router, mock):
    large = say("x" * (5 << 20))
    gate = Gate()
    mock.reply_with(gated(large, gate))
    mock.always(large)
    name = f"{KEY}large"
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(ask, router, "openai", name)
        mock.wait_until(lambda: mock.requests)
        others = [pool.submit(ask, router, "openai", name) for _ in range(2)]
        time.sleep(0.2)
        gate.open()
        answers = [first.result(20), *(other.result(20) for other in others)]
    assert [len(answer.body) > 5 << 20 for answer in answers] == [True] * 3
    assert not any(is_replay(answer) for answer in answers)
    assert len(mock.requests) == 3


def test_the_window_can_be_set_and_ends(router, mock):
    try:
        assert router.admin.call("GET", "/api/settings")["idempotencyWindowMs"] == 5000
        router.admin.call("PATCH", "/api/settings", {"idempotencyWindowMs": 300})
        name = f"{KEY}window"
        assert not is_replay(ask(router, "openai", name))
        time.sleep(0.4)
        assert not is_replay(ask(router, "openai", name, text="another body"))
        router.admin.call("PATCH", "/api/settings", {"idempotencyWindowMs": 86_400_000})
        assert is_replay(ask(router, "openai", name, text="another body"))
        router.admin.call("PATCH", "/api/settings", {"idempotencyWindowMs": 86_400_001}, expect=400)
    finally:
        router.admin.call("PATCH", "/api/settings", {"idempotencyWindowMs": None})


def test_active_keys_are_shown(router, mock):
    admin = router.admin
    try:
        admin.call("PATCH", "/api/settings", {"idempotencyWindowMs": 60_000})
        before = admin.call("GET", "/api/cache")["idempotency"]
        assert before["windowMs"] == 60_000
        for name in ("shown-1", "shown-2", "shown-1"):
            assert ask(router, "openai", f"{KEY}{name}").status == 200
        # Earlier keys may have ended meanwhile, but not under the window that holds now.
        assert admin.call("GET", "/api/cache")["idempotency"]["activeKeys"] == before["activeKeys"] + 2
        admin.call("PATCH", "/api/settings", {"idempotencyWindowMs": None})
        assert admin.call("GET", "/api/cache")["idempotency"]["windowMs"] == 5000
    finally:
        admin.call("PATCH", "/api/settings", {"idempotencyWindowMs": None})


def test_a_duplicate_is_recorded_as_such(router, mock):
    mock.always(say("x", usage=Usage(input=24, output=20)))
    node = router.admin.node("twice", "openai", mock.url("openai"))
    router.admin.connection(node["id"], "twice-key-0123456789", "twice account")
    try:
        for _ in range(2):
            ask(router, "openai", f"{KEY}recorded", model="twice/m")
        deadline = time.monotonic() + 5
        while len(rows := router.admin.call("GET", f"/api/usage/request-logs?provider={node['id']}")["logs"]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        duplicate, original = rows
        assert (duplicate["status"], duplicate["model"], duplicate["attempts"]) == (200, "twice/m", 0)
        assert duplicate["tokens"]["in"] == duplicate["tokens"]["out"] == 0
        assert original["tokens"]["in"] == 24 and original["attempts"] == 1
    finally:
        router.admin.remove_node(node)


def serving(daemon, mock) -> Admin:
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("mo", "openai", mock.url("openai"))
    admin.connection(node["id"], "kept-key-0123456789", "kept account")
    admin.call("PATCH", "/api/settings", {"idempotencyWindowMs": 60_000})
    return admin


def test_answers_survive_a_restart(new_daemon, mock, stream):
    daemon = new_daemon().start()
    admin = serving(daemon, mock)
    key = admin.key("kept key")["key"]
    router = Router(daemon, admin, key, mock)
    name = f"{KEY}restarted"
    before = ask(router, "openai", name, stream=stream)
    traced = ask(router, "openai", f"{ID}restarted", stream=stream)
    assert before.status == traced.status == 200
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    after = ask(router, "openai", name, stream=stream)
    assert is_replay(after) and after.body == before.body
    assert after.headers["content-type"] == before.headers["content-type"]
    assert ask(router, "openai", name, stream=stream, text="another").status == 422
    # Identifiers of proxies are not worth the disk.
    assert not is_replay(ask(router, "openai", f"{ID}restarted", stream=stream))
    assert len(mock.requests) == 3


def test_a_killed_daemon_remembers_what_it_saved(new_daemon, mock):
    daemon = new_daemon().start()
    admin = serving(daemon, mock)
    router = Router(daemon, admin, admin.key("kept key")["key"], mock)
    before = ask(router, "openai", f"{KEY}killed")
    time.sleep(1)
    admin.close()
    daemon.process.kill()
    daemon.process.wait()
    daemon.start()
    after = ask(router, "openai", f"{KEY}killed")
    assert is_replay(after) and after.body == before.body
    assert len(mock.requests) == 1


def test_a_stopping_daemon_answers_those_who_wait(new_daemon, mock):
    daemon = new_daemon(SHUTDOWN_TIMEOUT_MS="300").start()
    admin = serving(daemon, mock)
    router = Router(daemon, admin, admin.key("a key")["key"], mock)
    admin.close()
    mock.always(faults.silent())
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(router, "openai", f"{KEY}stopping"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    mock.wait_until(lambda: mock.requests)
    time.sleep(0.2)
    assert daemon.stop() == 0
    for thread in threads:
        thread.join(10)
    assert [answer.status for answer in answers] == [503] * 3
