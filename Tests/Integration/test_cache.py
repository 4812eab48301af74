"""The cache of answers: the same question costs one upstream call, whoever asks it in whichever dialect and form."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import raw_http
import scenarios
from admin import Admin
from daemon import Daemon
from dialects import client as make_client
from dialects import expected_usage
from mock_upstream import Answer, Gate, Text, ToolCall, Usage, faults, say
from router import DIALECTS, PREFIX

USAGE = Usage(input=24, cache_read=64, output=20)
CALL = ToolCall("call_rome", "get_weather", '{"city":"Rome","unit":"c"}')


def cold(dialect: str, tokens: int = 4096) -> dict:
    """What makes a question of this dialect one that always has the same answer."""
    match dialect:
        case "responses" | "gemini":
            return {"temperature": 0, "max_output_tokens": tokens}
        case "anthropic":
            # The newest version of the interface has no temperature, and neither has the SDK.
            headers = {"anthropic-version": "2023-06-01"}
            return {"extra_body": {"temperature": 0}, "extra_headers": headers, "max_tokens": tokens}
        case "ollama":
            return {"options": {"temperature": 0, "num_predict": tokens}}
    return {"temperature": 0, "max_tokens": tokens}


def state(heard) -> str | None:
    return heard.headers.get("x-omniroute-cache")


@pytest.fixture
def admin(router):
    """The cache as it is delivered, and empty; so it is left behind."""
    router.admin.call("DELETE", "/api/cache")
    yield router.admin
    router.admin.call("PATCH", "/api/settings", {"cache": None})
    router.admin.call("DELETE", "/api/cache")


def figures(admin, **expected) -> dict:
    """What the cache says of itself, once it says what is expected: answers are counted after they were given."""
    deadline = time.monotonic() + 5
    while True:
        now = admin.call("GET", "/api/cache")["semanticCache"]
        if all(now[name] == value for name, value in expected.items()):
            return now
        assert time.monotonic() < deadline, f"{now}, not {expected}"
        time.sleep(0.02)


@pytest.mark.parametrize("first", DIALECTS)
def test_one_question_in_all_dialects_is_asked_once(admin, mock, sdk_clients, any_model, first, stream):
    mock.reply_with(say("It is 42.", usage=USAGE))
    heard = sdk_clients[first].ask(any_model, "What is it?", stream, **cold(first))
    assert (heard.text, state(heard)) == ("It is 42.", "MISS")
    for dialect in DIALECTS:
        for streams in (False, True):
            heard = sdk_clients[dialect].ask(any_model, "What is it?", streams, **cold(dialect))
            assert (heard.text, state(heard)) == ("It is 42.", "HIT"), (dialect, streams)
            assert int(heard.headers["age"]) <= 5
            if dialect != "ollama" and not any_model.startswith("ml"):
                assert heard.usage == expected_usage(dialect, USAGE), (dialect, streams)
    assert len(mock.requests) == 1
    now = figures(admin, hits=10, misses=1, memorySize=1)
    assert now["hitRate"] == pytest.approx(10 / 11)
    assert now["tokensSaved"] == 10 * (USAGE.openai_prompt + USAGE.total_output)


@pytest.mark.parametrize("first", ["openai", "anthropic"])
def test_calls_come_from_the_cache_too(admin, mock, sdk_clients, any_model, first, stream):
    mock.reply_with(Answer(blocks=(Text("Let me look."), CALL)))
    for number, dialect in enumerate([first, "openai", "anthropic"]):
        tools = {
            "openai": [{"type": "function", "function": {"name": "get_weather", "parameters": scenarios.SCHEMA}}],
            "anthropic": [{"name": "get_weather", "input_schema": scenarios.SCHEMA}],
        }[dialect]
        for streams in (stream,) if number == 0 else (False, True):
            heard = sdk_clients[dialect].ask(any_model, "Weather?", streams, tools=tools, **cold(dialect))
            assert state(heard) == ("MISS" if number == 0 else "HIT")
            assert heard.arguments == [("get_weather", {"city": "Rome", "unit": "c"})]
            assert heard.text == "Let me look."
            assert heard.finish in ("tool_calls", "tool_use")
    assert len(mock.requests) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"max_tokens": 5},
        {"seed": 1},
        {"top_p": 0.5},
        {"stop": ["x"]},
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "function", "function": {"name": "t", "parameters": {"type": "object"}}}]},
        {"messages": [{"role": "user", "content": "JSON, please"}]},
        {"messages": [{"role": "system", "content": "Terse, JSON"}, {"role": "user", "content": "Hello"}]},
        {"model": "mo/another"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_question_has_another_answer(admin, router, mock, change):
    mock.reply_with(say('{"a":"first"}'), say('{"a":"second"}'))
    body = {"model": "mo/m", "temperature": 0, "messages": [{"role": "user", "content": "Hello, JSON"}]}
    for expected in ("first", "second"):
        answer = raw_http.exchange(router, "/v1/chat/completions", body)
        assert expected in answer.json["choices"][0]["message"]["content"]
        body |= change
    for again, expected in ((body, "second"), (body | {"user": "somebody", "metadata": {"a": "b"}}, "second")):
        answer = raw_http.exchange(router, "/v1/chat/completions", again)
        assert expected in answer.json["choices"][0]["message"]["content"]
        assert answer.headers["x-omniroute-cache"] == "HIT"
    assert len(mock.requests) == 2


def test_a_hit_is_the_answer_byte_for_byte(admin, router, mock):
    mock.reply_with(say("x", usage=USAGE))
    body = raw_http.chat_body("mo/m", temperature=0)
    first, second = (raw_http.post(router, "openai", body) for _ in range(2))
    assert first.body == second.body
    assert "age" not in first.headers
    assert second.headers["age"] == "0"


@pytest.mark.parametrize(
    "header", ["x-omniroute-no-cache: true", "cache-control: no-cache", "cache-control: max-age=0, No-Store"]
)
def test_bypass(admin, router, mock, header):
    body = raw_http.chat_body("mo/m", temperature=0)
    for expected in ("BYPASS", "BYPASS"):
        assert raw_http.post(router, "openai", body, header).headers["x-omniroute-cache"] == expected
    assert raw_http.post(router, "openai", body).headers["x-omniroute-cache"] == "MISS"
    assert len(mock.requests) == 3
    figures(admin, bypasses=2, misses=1)


def test_only_what_is_meant_is_kept(admin, router, mock):
    """Without a temperature of 0 or a seed nothing is, and nothing of it is in the head."""
    for extra in ({}, {"temperature": 0.1}, {"temperature": 0, "store": True}):
        for _ in range(2):
            answer = raw_http.post(router, "openai", raw_http.chat_body("mo/m", **extra))
            assert "x-omniroute-cache" not in answer.headers
    assert len(mock.requests) == 6
    admin.call("PATCH", "/api/settings", {"cache": {"mode": "all"}})
    for expected in ("MISS", "HIT"):
        answer = raw_http.post(router, "openai", raw_http.chat_body("mo/m"))
        assert answer.headers["x-omniroute-cache"] == expected
    admin.call("PATCH", "/api/settings", {"cache": {"mode": "off"}})
    answer = raw_http.post(router, "openai", raw_http.chat_body("mo/m"))
    assert "x-omniroute-cache" not in answer.headers


def test_answers_expire(admin, router, mock):
    admin.call("PATCH", "/api/settings", {"cache": {"ttlMs": 1000}})
    body = raw_http.chat_body("mo/m", temperature=0)
    assert raw_http.post(router, "openai", body).headers["x-omniroute-cache"] == "MISS"
    deadline = time.monotonic() + 5
    while raw_http.post(router, "openai", body).headers["x-omniroute-cache"] == "HIT":
        assert time.monotonic() < deadline, "the answer does not expire"
        time.sleep(0.1)
    assert len(mock.requests) == 2


def test_keys_share_nothing_unless_they_may(admin, router, mock):
    other = admin.key("another")["key"]
    body = {"model": "mo/m", "temperature": 0, "messages": [{"role": "user", "content": "Hello"}]}

    def ask(key):
        return raw_http.exchange(router, "/v1/chat/completions", body, key=key).headers["x-omniroute-cache"]

    assert [ask(router.key), ask(other), ask(router.key), ask(other)] == ["MISS", "MISS", "HIT", "HIT"]
    admin.call("PATCH", "/api/settings", {"cache": {"scope": "shared"}})
    assert [ask(router.key), ask(other)] == ["MISS", "HIT"]


def test_concurrent_questions_cost_one_call(admin, router, mock, sdk_clients):
    gate = Gate()
    mock.always(_gated(gate))
    dialects = [("openai", False), ("anthropic", True), ("openai", True), ("anthropic", False)] * 3
    with ThreadPoolExecutor(len(dialects)) as pool:
        asked = [
            pool.submit(make_client(dialect, router.daemon.url, router.key).ask, "mo/m", "Hi", streams, **cold(dialect))
            for dialect, streams in dialects
        ]
        figures(admin, waiting=len(dialects) - 1)
        gate.open()
        heard = [each.result(20) for each in asked]
    assert {each.text for each in heard} == {"Once."}
    assert sorted(map(state, heard)) == ["HIT"] * (len(dialects) - 1) + ["MISS"]
    assert len(mock.requests) == 1
    figures(admin, joined=len(dialects) - 1, waiting=0)


def test_the_next_asks_when_the_first_leaves(admin, router, mock):
    gate = Gate()
    mock.reply_with(_gated(gate), say("Second."))
    body = raw_http.chat_body("mo/m", temperature=0)
    with raw_http.Wire(router.daemon) as first:
        first.send(raw_http.request_bytes(raw_http.PATHS["openai"], body, key=router.key))
        mock.wait_until(lambda: mock.requests, why="the first asks")
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(raw_http.post(router, "openai", body)))
        waiting.start()
        figures(admin, waiting=1)
    waiting.join(20)
    gate.open()
    assert answers[0].json["choices"][0]["message"]["content"] == "Second."
    assert answers[0].headers["x-omniroute-cache"] == "MISS"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_restart_keeps_the_disk(new_daemon, shared_mock, mock, tmp_path, dialect):
    mock.reply_with(say("Kept."))

    def ask(daemon, key, streams):
        heard = make_client(dialect, daemon.url, key).ask(f"{PREFIX[dialect]}/m", "Hi", streams, **cold(dialect))
        return heard.text, state(heard)

    daemon = new_daemon(data_dir=tmp_path / "data").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node(PREFIX[dialect], dialect, shared_mock.url(dialect))
    admin.connection(node["id"], "node-key-0123456789", "node")
    key = admin.key("k")["key"]
    assert ask(daemon, key, False) == ("Kept.", "MISS")
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    figures(admin, memorySize=0, dbSize=1, hits=0)
    assert ask(daemon, key, True) == ("Kept.", "HIT")
    assert ask(daemon, key, False) == ("Kept.", "HIT")
    figures(admin, memorySize=1, dbSize=1, hits=2, dbReads=1)
    assert admin.call("DELETE", "/api/cache")["removed"] == 1
    figures(admin, memorySize=0, dbSize=0, hits=0)
    assert ask(daemon, key, False)[1] == "MISS"
    assert len(mock.requests) == 2


def test_a_hit_is_recorded_and_no_account_hears_of_it(admin, router, mock, openai_client):
    mock.reply_with(say("x", usage=USAGE))
    for expected in ("MISS", "HIT"):
        assert state(openai_client.ask("mo/cached", "Hi", **cold("openai"))) == expected
    deadline = time.monotonic() + 5
    while True:
        rows = [
            row
            for row in admin.call("GET", "/api/usage/request-logs?limit=10")["logs"]
            if row["model"] == "mo/cached"
        ]
        if len(rows) == 2:
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    hit, miss = rows
    assert hit["tokens"] == miss["tokens"]
    assert (hit["attempts"], miss["attempts"]) == (0, 1)
    assert (hit["status"], hit["account"]) == (200, None)


def test_what_did_not_end_by_itself_is_not_kept(admin, any_client, any_model, stream, mock):
    mock.always(Answer(blocks=(Text("x"),), finish="length"))
    for _ in range(2):
        assert state(any_client.ask(any_model, "Hi", stream, **cold(any_client.dialect))) == "MISS"
    assert len(mock.requests) == 2
    assert figures(admin)["memorySize"] == 0


def test_errors_are_not_kept(admin, router, mock):
    mock.reply_with(faults.error(400), say("Well."))
    body = raw_http.chat_body("mo/m", temperature=0)
    assert raw_http.post(router, "openai", body).status == 400
    assert raw_http.post(router, "openai", body).headers["x-omniroute-cache"] == "MISS"
    assert raw_http.post(router, "openai", body).headers["x-omniroute-cache"] == "HIT"


def test_hosted_tools_are_asked_anew(admin, router, mock, sdk_clients):
    for _ in range(2):
        heard = sdk_clients["responses"].ask("mr/m", "News?", tools=[{"type": "web_search"}], **cold("responses"))
        assert state(heard) is None
    assert len(mock.requests) == 2


def _gated(gate):
    """An ordinary answer whose body waits for the gate."""

    def make(recorded):
        reply = faults.normal(recorded, say("Once."))
        return reply.with_(steps=[gate, *reply.steps])

    return faults.Scripted(make)
