"""Requests through combos: every strategy, from every client dialect, with one clean answer or one clean error."""

import pytest
import raw_http
import scenarios
from mock_upstream import faults, say

MODELS = ["mo/one", "ma/two", "mg/three"]


@pytest.fixture
def combo(router):
    """A function that makes a combo for this test."""
    made = []

    def make(steps, strategy="priority", name="team", **config):
        body = {"name": name, "models": steps, "strategy": strategy, "config": config}
        made.append(router.admin.call("POST", "/api/combos", body, expect=201)["id"])
        return name

    yield make
    for id_ in reversed(made):
        router.admin.call("DELETE", f"/api/combos/{id_}")


def _served(mock) -> list[str]:
    return [request.model for request in mock.requests]


def _ask(router, model, text="Hi", **extra):
    body = {"model": model, "messages": [scenarios.user(text)], **extra}
    return raw_http.exchange(router, "/v1/chat/completions", body)


def test_every_client_dialect_is_served(any_client, stream, combo, mock):
    combo(MODELS)
    mock.reply_with(say("From the first."), model="one")
    assert any_client.ask("team", stream=stream).text == "From the first."
    assert _served(mock) == ["one"]


@pytest.mark.parametrize("status", [401, 402, 403, 404, 429, 500, 503, 529])
def test_the_next_step_answers_when_one_cannot(any_client, stream, combo, mock, status):
    combo(MODELS)
    mock.always(faults.error(status), model="one")
    mock.reply_with(say("From the second."), model="two")
    assert any_client.ask("team", stream=stream).text == "From the second."
    assert _served(mock) == ["one", "two"]


def test_a_failed_step_is_left_alone(router, combo, mock):
    combo(MODELS)
    mock.always(faults.error(429, "slow down", retry_after="60"), model="one")
    for turn in range(3):
        assert _ask(router, "team", f"turn {turn}").status == 200
    assert _served(mock) == ["one", "two", "two", "two"]


def test_when_all_fail_there_is_one_error(client, combo, mock):
    combo(MODELS, maxRetries=0)
    for model in ("one", "two", "three"):
        mock.always(faults.error(429, "slow down", retry_after="20"), model=model)
    with pytest.raises(client.errors.RateLimitError):
        client.ask("team")
    assert sorted(_served(mock)) == ["one", "three", "two"]


def test_round_robin_takes_turns(router, combo, mock):
    combo(MODELS, "round-robin", sticky=1)
    for turn in range(6):
        assert _ask(router, "team", f"turn {turn}").status == 200
    served = _served(mock)
    assert sorted(served) == sorted(["one", "two", "three"] * 2)
    assert served[:3] == served[3:]


def test_random_deals_each_once_before_any_comes_again(router, combo, mock):
    combo(MODELS, "random")
    for turn in range(9):
        assert _ask(router, "team", f"turn {turn}").status == 200
    served = _served(mock)
    assert all(sorted(served[start : start + 3]) == ["one", "three", "two"] for start in (0, 3, 6))


def test_weights_count(router, combo, mock):
    combo([{"model": "mo/one", "weight": 100}, {"model": "ma/two", "weight": 0}], "weighted")
    for turn in range(8):
        assert _ask(router, "team", f"turn {turn}").status == 200
    assert set(_served(mock)) == {"one"}


@pytest.mark.parametrize(
    "strategy", ["least-used", "least-busy", "lowest-latency", "cost-optimized", "context-aware", "quota-aware"]
)
def test_every_other_strategy_serves_and_falls_back(router, combo, mock, strategy):
    combo(MODELS, strategy)
    mock.always(faults.error(500), model="two")
    for turn in range(6):
        assert _ask(router, "team", f"turn {turn}").status == 200


def test_a_combo_in_a_combo_keeps_its_strategy(router, combo, mock):
    combo(["mo/one", "ma/two"], "round-robin", name="inner", sticky=1)
    combo(["inner", "mg/three"], name="outer")
    for turn in range(4):
        assert _ask(router, "outer", f"turn {turn}").status == 200
    assert sorted(_served(mock)) == ["one", "one", "two", "two"]


def test_the_request_decides_by_conditions(router, combo, mock):
    combo([{"model": "mo/one", "conditions": {"maxInputTokens": 50}}, {"model": "ma/two"}])
    assert _ask(router, "team", "short").status == 200
    assert _ask(router, "team", "long " * 200).status == 200
    assert _served(mock) == ["one", "two"]


def test_a_dead_stream_falls_back(router, combo, mock):
    combo(MODELS)
    mock.always(faults.cut(say("x"), 0), model="one")
    answer = _ask(router, "team", stream=True)
    assert b"Hi!" in answer.body and answer.body.endswith(b"data: [DONE]\n\n")
    assert _served(mock) == ["one", "two"]
