"""Faults a router of this kind is known to have, by rank, and where it is shown that this one has none of them.

Some are shown below, the number in the docstring; the others are shown by tests that were there before.

|  # | fault                                                                 | shown by |
|---:|-----------------------------------------------------------------------|----------|
|  1 | the cache's key leaves out tools, instructions, form or the client     | `test_cache.py`: `test_another_question_has_another_answer`, `test_keys_share_nothing_unless_they_may`, `test_one_question_in_all_dialects_is_asked_once` |
|  2 | a request id shared by two clients gives one the other's answer        | `test_idempotency.py`: `test_nothing_leaks_between_client_keys`, `test_a_request_id_with_another_body_is_another_request` |
|  3 | the dialect is guessed from the body                                   | here |
|  4 | whole answers have Chat's shape whatever the client speaks             | `test_pairs.py`: `test_text_and_usage`; `test_dialect_endpoints.py`: `test_count_tokens_of_the_gemini_sdk` and its neighbours |
|  5 | budgets are never used up; tokens are counted twice or padded          | `test_budgets.py`: `test_money_is_counted_and_the_limit_refuses`; `test_usage.py`: `test_figures_of_one_request`; the price here |
|  6 | breakers see no HTTP failure, or never close again                     | here |
|  7 | one account's 429 blocks the model at all accounts                     | here |
|  8 | what the upstream says about its reset is ignored                      | `test_cooldown.py`: `test_a_limited_account_is_left_alone_until_its_reset`, `test_all_limited_says_when_to_come_back`, `test_the_accounts_trouble_ends_by_itself` |
|  9 | one 403 ends an account for good; clients that leave or err cool it    | `test_cooldown.py`: `test_a_clients_mistake_changes_nothing`; the rest here |
| 10 | no commit point, no heartbeat, foreign errors in streams, no usage of those who leave | `test_fallback.py`: `test_a_stream_that_dies_before_its_first_event_falls_back`, `test_after_the_commit_point_there_is_no_fallback`; `test_broken_streams.py`; `test_usage.py`: `test_departed_client_is_499`; `AnswerShapeTests.silenceGivesKeepAlivesOnlyAfterTheCommitPoint` |
| 11 | collected streams lose calls, pictures and signatures get lost         | `test_pairs.py`: `test_parallel_calls`, `test_opaque_state_returns_to_its_origin`; `test_thinking.py`: `test_replay_to_its_origin_is_byte_identical`; a picture alone here |
| 12 | settings that change nothing                                           | `test_limits.py`: `test_a_profile_decides_how_long_a_target_is_left_alone`, `test_conversations_are_shown`; `test_request_settings.py`; `test_policies.py`; a combo's time here |
| 13 | the last error of a combo hides the reason and when to come back       | `test_cooldown.py`: `test_the_final_error_names_every_attempt`; `test_combo_serving.py`: `test_when_all_fail_there_is_one_error`; `test_fallback.py`: `test_all_fail_the_wait_that_promises_most_is_told` |
| 14 | looking whether a combo can serve moves the turn of its accounts       | here |
| 15 | credentials in logs and files, a header that opens doors               | `test_secrets.py`; `test_body_log.py`: `test_secrets_do_not_reach_the_disk`; the header here |
| 16 | requests that pose as another vendor's program                         | here |
"""

import json
import re

import pytest
import raw_http
import scenarios
import seen
from mock_upstream import Hang, Pause, Usage, faults, say
from test_combo_serving import combo  # noqa: F401
from test_fallback import by_key, pair, used  # noqa: F401
from test_usage import logged

CHAT = "/v1/chat/completions"


@pytest.fixture
def upstream():
    return "openai"


def ask(router, model, text="Hi", *headers, **extra):
    body = {"model": model, "messages": [scenarios.user(text)], **extra}
    return raw_http.exchange(router, CHAT, body, *headers)


def resilience(router):
    return router.admin.call("GET", "/api/resilience")


@pytest.mark.parametrize(
    "extra",
    [
        {"max_tokens": 64},
        {"max_tokens": 64, "metadata": {"user_id": "u"}, "top_k": 4},
    ],
)
def test_the_path_says_the_dialect(router, mock, extra):
    """Defect 3: a Chat request that looks a little like Anthropic's is a Chat request."""
    answer = ask(router, "mo/m", **extra)
    assert answer.status == 200 and answer.json["object"] == "chat.completion"
    assert answer.json["choices"][0]["message"]["content"] == "Hi!"
    assert mock.last.path.endswith("/chat/completions") and mock.last.json["max_tokens"] == 64


def test_a_price_counts_every_token_once(router, mock):
    """Defect 5: reasoning and cache writes are not paid twice, and nothing is added."""
    node = router.admin.node("exact", "anthropic", router.mock.url("anthropic"))
    router.admin.connection(node["id"], "exact-key-0123456789", "exact account")
    price = {"input": 1, "output": 10, "cached": 0.1, "cache_creation": 1.25}
    router.admin.call("PATCH", "/api/pricing", {"exact": {"m": price}})
    try:
        mock.reply_with(say("x", usage=Usage(input=100, cache_read=1000, cache_write=200, output=50)))
        assert ask(router, "exact/m").status == 200
        (row,) = logged(router.admin, node, 1)
        expected = (100 * 1 + 1000 * 0.1 + 200 * 1.25 + 50 * 10) / 1_000_000
        assert row["cost"] == pytest.approx(expected, rel=1e-9)
    finally:
        router.admin.call("DELETE", "/api/pricing?provider=exact")
        router.admin.remove_node(node)


def test_a_breaker_opens_on_http_errors_and_closes_again(router, pair, mock):  # noqa: F811
    """Defect 6: answers of status 500 count, and one good answer after the pause takes it all back."""
    before = resilience(router)["profiles"]["apikey"]
    quick = {"transientCooldown": 1, "circuitBreakerThreshold": 2, "circuitBreakerReset": 300}
    known = {name: value for name, value in quick.items() if name in before}
    assert len(known) == 3, before
    router.admin.call("PATCH", "/api/resilience", {"profiles": {"apikey": known}})
    try:
        mock.always(by_key(faults.error(500)))
        for turn in range(8):
            assert ask(router, pair, f"turn {turn}").status == 200
            if any(one["state"] == "OPEN" for one in resilience(router)["circuitBreakers"]):
                break
        else:
            pytest.fail("no breaker opened")
        asked = used(mock).count("first")
        mock.always(say("well again"))
        mock.wait_until(
            lambda: ask(router, pair, f"after {len(mock.requests)}").status == 200 and used(mock).count("first") > asked + 1,
            timeout=10, why="the first account serves again",
        )
        assert all(one["state"] != "OPEN" for one in resilience(router)["circuitBreakers"])
    finally:
        router.admin.call("PATCH", "/api/resilience", {"profiles": {"apikey": None}})


def test_one_accounts_limit_is_its_own(router, pair, mock):  # noqa: F811
    """Defect 7: the other account serves the same model at once, and the limited one is known by its id."""
    mock.always(by_key(faults.error(429, "slow down", retry_after="60")))
    answer = ask(router, pair)
    assert answer.status == 200 and b"from the second" in answer.body
    assert used(mock) == ["first", "second"]
    assert used(mock)[1:] == ["second"] and ask(router, pair, "again").status == 200
    assert used(mock) == ["first", "second", "second"]
    cooldowns = resilience(router)["cooldowns"]
    assert len({cooldown["connectionId"] for cooldown in cooldowns}) == 1


def test_a_refusal_is_not_for_ever(router, pair, mock):  # noqa: F811
    """Defect 9: an account that was refused once with 403 stays configured and comes back."""
    mock.reply_with(faults.error(403))
    assert ask(router, pair).status == 200
    assert used(mock) == ["first", "second"]
    connections = [one for one in router.admin.call("GET", "/api/providers")["connections"] if one["name"] == "first"]
    assert connections and all(one["isActive"] for one in connections)
    for cooldown in resilience(router)["cooldowns"]:
        assert cooldown["remainingMs"] < 3_600_000
    router.admin.call("POST", "/api/resilience/reset")
    assert ask(router, pair, "later").status == 200
    assert used(mock)[-1] == "first"


def test_a_client_that_leaves_harms_no_account(router, pair, mock):  # noqa: F811
    """Defect 9: what a client does is no fault of the account that was serving it."""
    mock.reply_with(faults.Scripted(lambda recorded: _stream_that_hangs(recorded)))
    with raw_http.Wire(router.daemon) as wire:
        wire.send(raw_http.request_bytes(CHAT, raw_http.chat_body(pair, stream=True), key=router.key))
        wire.read_until(b"Hello")
    mock.wait_until(lambda: mock.last.disconnected_at, why="the upstream is let go")
    assert resilience(router)["cooldowns"] == [] and resilience(router)["circuitBreakers"] == []
    assert ask(router, pair).status == 200 and used(mock) == ["first", "first"]


def _stream_that_hangs(recorded):
    reply = faults.normal(recorded, say("Hello", " there"))
    return reply.with_(steps=[*reply.steps[:3], Hang()])


def test_a_picture_alone_reaches_claude(router, mock):
    """Defect 11: a message with a picture and no word is a message."""
    messages = [{"role": "user", "content": [scenarios.image("openai")]}]
    answer = raw_http.exchange(router, CHAT, {"model": "ma/m", "messages": messages})
    assert answer.status == 200
    assert seen.images(mock.last) == [f"data:image/png;base64,{scenarios.PNG}"]


def test_a_combos_time_is_kept(router, combo, mock):  # noqa: F811
    """Defect 12: `timeoutMs` of a combo ends a request whose models do not answer."""
    combo(["mo/silent", "ma/silent"], name="timed", timeoutMs=1000, maxRetries=0)
    mock.always(faults.Scripted(lambda recorded: faults.normal(recorded, say("late")).with_(head=False, steps=[Pause(30)])), model="silent")
    answer = ask(router, "timed")
    assert answer.status in (503, 504), answer
    assert all(request.answered_at is None for request in mock.requests)
    mock.wait_until(lambda: all(one.disconnected_at for one in mock.requests), why="nobody waits for it any more")


def test_looking_moves_nothing(router, combo, mock):  # noqa: F811
    """Defect 14: dry runs, tests of availability and lists leave the turn of a combo where it is."""
    combo(["mo/one", "mo/two", "mo/three"], strategy="round-robin", name="turns")
    served = []
    for turn in range(6):
        for _ in range(2):
            router.admin.call("POST", "/api/route/explain", {"model": "turns"})
            router.admin.call("POST", "/api/models/availability", {"model": "turns"})
            router.admin.call("GET", "/api/combos/metrics")
        assert ask(router, "turns", f"talk {turn}").status == 200
        served.append(mock.last.model)
    assert sorted(served[:3]) == ["one", "three", "two"] and served[3:] == served[:3], served


@pytest.mark.parametrize(
    "header",
    ["x-internal-test: true", "x-internal-test: combo-health-check", "x-omniroute-internal: true", "x-forwarded-for: 127.0.0.1",
     "x-omniroute-cli: 1"],
)
def test_no_header_opens_doors(impatient, header):
    """Defect 15: without its key a client is refused, whatever it says of itself."""
    body = json.dumps({"model": "sim/echo", "messages": [scenarios.user("Hi")]}).encode()
    with raw_http.Wire(impatient.daemon) as wire:
        wire.send(raw_http.request_bytes(CHAT, body, header))
        assert wire.answer().status == 401
    with raw_http.Wire(impatient.daemon) as wire:
        wire.send(raw_http.request_bytes("/api/keys", b"", header, method="GET"))
        assert wire.answer("GET").status == 401


# Names and marks of programs of vendors, as they stand in the heads and prompts of what they send.
PROGRAMS = re.compile(
    r"claude-cli|claude-code|claude code|codex_cli|codex-cli|originator|gemini-cli|geminicli|github-copilot|vscode|cursor/|antigravity|"
    r"x-stainless|x-app\b|anthropic-dangerous",
    re.IGNORECASE,
)


@pytest.mark.parametrize("dialect", ["openai", "responses", "anthropic", "gemini", "ollama"])
def test_nobody_elses_program(router, mock, dialect):
    """Defect 16: upstreams are told who asks, and nothing is put into the conversation."""
    prefix = {"openai": "mo", "responses": "mr", "anthropic": "ma", "gemini": "mg", "ollama": "ml"}[dialect]
    assert ask(router, f"{prefix}/m", "A plain question", tools=scenarios.tools("openai")).status == 200
    head = "\n".join(f"{name}: {value}" for name, value in mock.last.headers)
    assert mock.last.header("user-agent").startswith("omniroute/")
    assert not PROGRAMS.search(head), head
    body = mock.last.body.decode()
    assert not PROGRAMS.search(body) and "You are" not in body, body
    assert "get_weather" in body and not re.search(r'"[a-z_]*(proxy|mcp__|oc)_?get_weather"', body)
