"""The cache of answers where it compares questions: what says the same in other words costs a vector and no answer."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from dialects import client as make_client
from mock_upstream import Answer, Text, Usage, say
from mock_upstream.reply import Hang, Reply
from router import DIALECTS, PREFIX
from test_cache import cold, state

USAGE = Usage(input=24, output=20)
# The first two are close to each other, the third is not.
VECTORS = {"How tall is it?": [1.0, 0.0, 0.1], "What is its height?": [1.0, 0.05, 0.1], "Who built it?": [0.1, 1.0, 0.0]}
FIRST, SIMILAR, OTHER = VECTORS
SETTINGS = {"enabled": True, "model": "mo/embed", "threshold": 0.9, "timeoutMs": 5000}


def similarity(heard) -> float | None:
    told = heard.headers.get("x-omniroute-cache-similarity")
    return None if told is None else float(told)


def set_up(admin, **changes):
    admin.call("PATCH", "/api/settings", {"cache": {"semantic": SETTINGS | changes}})


@pytest.fixture
def admin(router, mock):
    """The router with the level switched on, and empty; it is left behind as it is delivered."""
    mock.vectors = VECTORS
    set_up(router.admin)
    router.admin.call("DELETE", "/api/cache")
    yield router.admin
    router.admin.call("PATCH", "/api/settings", {"cache": None})
    router.admin.call("DELETE", "/api/cache")


def figures(admin, **expected) -> dict:
    """What the level says of itself, once it says what is expected: answers are counted after they were given."""
    deadline = time.monotonic() + 5
    while True:
        cache = admin.call("GET", "/api/cache")["semanticCache"]
        now = cache["semantic"]
        if all(now[name] == value for name, value in expected.items()):
            return now | {"all": cache}
        assert time.monotonic() < deadline, f"{now}, not {expected}"
        time.sleep(0.02)


def embedded(mock) -> list:
    return [request for request in mock.requests if request.path.endswith("/embeddings")]


def chats(mock) -> list:
    return [request for request in mock.requests if not request.path.endswith("/embeddings")]


def chat(text: str, model: str = "mo/m", **extra) -> dict:
    return {"model": model, "temperature": 0, "messages": [{"role": "user", "content": text}]} | extra


def ask(router, body, **options):
    answer = raw_http.exchange(router, "/v1/chat/completions", body, **options)
    assert answer.status == 200, answer
    return answer


@pytest.mark.parametrize("first", ["openai", "anthropic"])
def test_a_similar_question_is_answered_in_every_dialect(admin, mock, sdk_clients, any_model, first, stream):
    mock.reply_with(say("It is 42 m.", usage=USAGE))
    heard = sdk_clients[first].ask(any_model, FIRST, stream, **cold(first))
    assert (heard.text, state(heard), similarity(heard)) == ("It is 42 m.", "MISS", None)
    figures(admin, entries=1, stored=1)
    for dialect in DIALECTS:
        for streams in (False, True):
            heard = sdk_clients[dialect].ask(any_model, SIMILAR, streams, **cold(dialect))
            assert (heard.text, state(heard)) == ("It is 42 m.", "HIT"), (dialect, streams)
            assert 0.99 < similarity(heard) < 1
            assert int(heard.headers["age"]) <= 5
    assert len(chats(mock)) == 1
    assert len(embedded(mock)) == 11
    now = figures(admin, hits=10, misses=1, embeddingCalls=11, embeddingFailures=0)
    assert now["hitRate"] == pytest.approx(10 / 11)
    assert (now["all"]["hits"], now["all"]["misses"], now["all"]["memorySize"]) == (10, 1, 1)


def test_what_says_something_else_is_asked(admin, router, mock):
    mock.reply_with(say("first"), say("second"))
    for text, expected, told in [
        (FIRST, "first", "MISS"),
        (OTHER, "second", "MISS"),
        (FIRST, "first", "HIT"),
        (OTHER, "second", "HIT"),
        (SIMILAR, "first", "HIT"),
    ]:
        answer = ask(router, chat(text))
        assert answer.json["choices"][0]["message"]["content"] == expected
        assert answer.headers["x-omniroute-cache"] == told
    # The same words need no vector.
    assert len(embedded(mock)) == 3


def test_the_threshold_is_a_setting(admin, router, mock):
    set_up(admin, threshold=0.9999)
    assert ask(router, chat(FIRST)).headers["x-omniroute-cache"] == "MISS"
    assert ask(router, chat(SIMILAR)).headers["x-omniroute-cache"] == "MISS"


@pytest.mark.parametrize(
    "change",
    [
        {"max_tokens": 5},
        {"seed": 1},
        {"messages": [{"role": "system", "content": "Terse"}, {"role": "user", "content": SIMILAR}]},
        {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": SIMILAR}]},
        {"messages": [{"role": "user", "content": SIMILAR + " In 2026?"}]},
        {"model": "mo/another"},
    ],
    ids=["max_tokens", "seed", "system", "history", "numbers", "model"],
)
def test_all_the_rest_must_be_the_same(admin, router, mock, change):
    mock.vectors = VECTORS | {SIMILAR + " In 2026?": VECTORS[SIMILAR]}
    assert ask(router, chat(FIRST)).headers["x-omniroute-cache"] == "MISS"
    answer = ask(router, chat(SIMILAR) | change)
    assert answer.headers["x-omniroute-cache"] == "MISS"
    assert len(embedded(mock)) == 2


TOOLS = [{"type": "function", "function": {"name": "t", "parameters": {"type": "object"}}}]
CALLED = [
    {"role": "user", "content": "a"},
    {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "t", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "1", "content": "result"},
]


@pytest.mark.parametrize(
    "change",
    [{"tools": TOOLS}, {"messages": CALLED, "tools": TOOLS}, {"temperature": 0.4, "seed": 1}],
    ids=["tools", "results", "warm"],
)
def test_some_questions_are_never_compared(admin, router, mock, change):
    for text in (FIRST, SIMILAR):
        ask(router, chat(text) | change)
    assert embedded(mock) == []
    figures(admin, misses=0, embeddingCalls=0)


def test_the_whole_conversation(admin, router, mock):
    set_up(admin, part="conversation")
    turns = [("user", "The tower."), ("assistant", "Yes?"), ("user", FIRST)]
    others = [("user", "That tower."), ("assistant", "Go on."), ("user", SIMILAR)]
    for conversation in (turns, others):
        mock.vectors["\n".join(f"{role}: {text}" for role, text in conversation)] = [1.0, 2.0]
    for conversation, told in [(turns, "MISS"), (others, "HIT"), (others[2:], "MISS")]:
        messages = [{"role": role, "content": text} for role, text in conversation]
        assert ask(router, chat("", messages=messages)).headers["x-omniroute-cache"] == told


def test_it_is_off_by_default(router, mock):
    router.admin.call("PATCH", "/api/settings", {"cache": None})
    assert router.admin.call("GET", "/api/settings")["cache"]["semantic"]["enabled"] is False
    for text in (FIRST, SIMILAR):
        answer = ask(router, chat(text))
        assert answer.headers["x-omniroute-cache"] == "MISS"
    assert embedded(mock) == []


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"enabled": True}, "model"),
        ({"threshold": 2}, "threshold"),
        ({"scope": "everyone"}, "scope"),
        ({"part": "words"}, "part"),
        ({"timeoutMs": 1}, "timeoutMs"),
    ],
)
def test_bad_settings_are_refused(router, wrong, field):
    answer = router.admin.call("PATCH", "/api/settings", {"cache": {"semantic": wrong}}, expect=400)
    assert f"cache.semantic.{field}" in str(answer)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500, headers=[("content-type", "application/json")], steps=[b'{"error":{"message":"no"}}']),
        Reply(headers=[("content-type", "application/json")], steps=[b'{"object":"list","data":[]}']),
        Reply(headers=[("content-type", "text/html")], steps=[b"<html>"]),
        Reply(steps=[Hang()], framing="chunked"),
    ],
    ids=["error", "empty", "html", "hang"],
)
def test_a_failing_model_harms_nobody(admin, router, mock, reply):
    set_up(admin, timeoutMs=200)
    mock.embedding_reply = reply
    started = time.monotonic()
    answer = ask(router, chat(FIRST))
    assert answer.headers["x-omniroute-cache"] == "MISS"
    assert time.monotonic() - started < 3
    now = figures(admin, embeddingFailures=1, misses=1)
    assert now["lastFailure"]
    # The exact level goes on.
    assert ask(router, chat(FIRST)).headers["x-omniroute-cache"] == "HIT"
    figures(admin, embeddingCalls=1)


def test_a_model_that_fails_on_end_is_left_alone(admin, router, mock):
    set_up(admin, timeoutMs=50)
    mock.embedding_reply = Reply(steps=[Hang()], framing="chunked")
    for number in range(5):
        assert ask(router, chat(f"{FIRST} {number}")).headers["x-omniroute-cache"] == "MISS"
    assert figures(admin, embeddingCalls=3, embeddingTimeouts=3, misses=5)["restMs"] > 0


def test_keys_share_nothing_unless_they_may(admin, router, mock):
    other = admin.key("another of these")["key"]

    def told(text, key):
        return ask(router, chat(text), key=key).headers["x-omniroute-cache"]

    assert [told(FIRST, router.key), told(SIMILAR, other), told(SIMILAR, router.key)] == ["MISS", "MISS", "HIT"]
    # The exact level's scope is its own.
    admin.call("DELETE", "/api/cache")
    set_up(admin, scope="shared")
    assert [told(FIRST, router.key), told(SIMILAR, other)] == ["MISS", "HIT"]


def test_what_ends_early_is_not_kept(admin, router, mock):
    mock.reply_with(Answer(blocks=(Text("x"),), finish="length"), say("whole"))
    for text in (FIRST, SIMILAR):
        assert ask(router, chat(text)).headers["x-omniroute-cache"] == "MISS"
    figures(admin, entries=1)


def test_another_model_begins_anew(admin, router, mock):
    ask(router, chat(FIRST))
    figures(admin, entries=1)
    set_up(admin, model="mo/embed-2")
    figures(admin, entries=0)
    assert ask(router, chat(SIMILAR)).headers["x-omniroute-cache"] == "MISS"
    assert embedded(mock)[-1].json["model"] == "embed-2"


def test_vectors_of_another_length_are_not_compared(admin, router, mock):
    ask(router, chat(FIRST))
    mock.vectors = {SIMILAR: [*VECTORS[SIMILAR], 0.0]}
    assert ask(router, chat(SIMILAR)).headers["x-omniroute-cache"] == "MISS"


def test_vectors_expire_with_their_answers(admin, router, mock):
    admin.call("PATCH", "/api/settings", {"cache": {"ttlMs": 1000}})
    ask(router, chat(FIRST))
    deadline = time.monotonic() + 5
    while ask(router, chat(SIMILAR + " " * len(embedded(mock)))).headers["x-omniroute-cache"] == "HIT":
        mock.vectors[SIMILAR + " " * len(embedded(mock))] = VECTORS[SIMILAR]
        assert time.monotonic() < deadline, "the answer does not expire"
        time.sleep(0.1)
    assert len(chats(mock)) == 2
    admin.call("DELETE", "/api/cache?expired=true")


def test_what_it_costs_is_recorded(admin, router, mock):
    admin.call("PATCH", "/api/pricing", {"mo": {"embed-priced": {"input": 1000.0, "output": 0}}})
    set_up(admin, model="mo/embed-priced")
    ask(router, chat(FIRST))
    deadline = time.monotonic() + 5
    while True:
        rows = admin.call("GET", "/api/usage/request-logs?limit=10")["logs"]
        found = [row for row in rows if row["model"] == "mo/embed-priced"]
        if found:
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (found[0]["status"], found[0]["path"]) == (200, "cache:/v1/embeddings")
    assert figures(admin)["embeddingCost"] == pytest.approx(0.003)
    admin.call("DELETE", "/api/pricing?provider=mo")


def test_who_waits_for_the_same_question_is_answered_too(admin, router, mock):
    ask(router, chat(FIRST))
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ask, router, chat(SIMILAR)) for _ in range(6)]
        answers = [each.result(20) for each in asked]
    assert {answer.headers["x-omniroute-cache"] for answer in answers} == {"HIT"}
    assert len(chats(mock)) == 1
    figures(admin, hits=6)


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_a_restart_keeps_the_vectors(new_daemon, shared_mock, mock, tmp_path, dialect):
    mock.vectors = VECTORS
    mock.reply_with(say("Kept."))

    def asked(daemon, key, text, streams):
        heard = make_client(dialect, daemon.url, key).ask(f"{PREFIX[dialect]}/m", text, streams, **cold(dialect))
        return heard.text, state(heard)

    daemon = new_daemon(data_dir=tmp_path / "data").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    for name in {dialect, "openai"}:
        node = admin.node(PREFIX[name], name, shared_mock.url(name))
        admin.connection(node["id"], "node-key-0123456789", "node")
    set_up(admin)
    key = admin.key("k")["key"]
    assert asked(daemon, key, FIRST, False) == ("Kept.", "MISS")
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    assert admin.call("GET", "/api/settings")["cache"]["semantic"]["enabled"] is True
    figures(admin, entries=1, hits=0, enabled=True, model="mo/embed")
    for streams in (True, False):
        assert asked(daemon, key, SIMILAR, streams) == ("Kept.", "HIT")
    figures(admin, hits=2)
    admin.call("DELETE", "/api/cache")
    figures(admin, entries=0, hits=0)
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    figures(admin, entries=0)
    assert asked(daemon, key, SIMILAR, False)[1] == "MISS"
    # Another model finds none of the vectors left.
    admin.call("PATCH", "/api/settings", {"cache": {"semantic": {"model": "mo/embed-2"}}})
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    figures(admin, entries=0)
