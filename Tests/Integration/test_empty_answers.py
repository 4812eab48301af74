"""An answer with nothing in it: the next target is asked, and the last one's reaches the client as it is."""

import time

import pytest
import raw_http
import scenarios
from mock_upstream import Answer, say
from router import DIALECTS, PREFIX

EMPTY = {"empty-text": say(), "no-content": Answer(blocks=())}


@pytest.fixture
def combo(router):
    """A function that makes the combo `void` for this test."""
    made = []

    def make(steps):
        body = {"name": "void", "models": steps, "strategy": "priority"}
        made.append(router.admin.call("POST", "/api/combos", body, expect=201)["id"])

    yield make
    for id_ in made:
        router.admin.call("DELETE", f"/api/combos/{id_}")


def _served(mock) -> list[str]:
    return [request.model for request in mock.requests]


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("kind", EMPTY)
def test_the_next_step_is_asked(any_client, stream, combo, mock, upstream, kind):
    combo([f"{PREFIX[upstream]}/one", "mo/two"])
    mock.always(EMPTY[kind], model="one")
    mock.reply_with(say("Something."), model="two")
    assert any_client.ask("void", stream=stream).text == "Something."
    assert _served(mock) == ["one", "two"]


@pytest.mark.parametrize("upstream", DIALECTS)
def test_the_last_empty_answer_reaches_the_client(any_client, stream, combo, mock, upstream):
    combo(["ma/one", f"{PREFIX[upstream]}/two"])
    mock.always(say())
    heard = any_client.ask("void", stream=stream)
    assert (heard.text, heard.calls) == ("", [])
    assert heard.headers["x-omniroute-model"] == "two"
    assert _served(mock) == ["one", "two"]


def test_nobody_is_left_alone_for_it(router, combo, mock):
    combo(["mo/one", "ma/two"])
    mock.always(say(), model="one")
    for turn in range(3):
        body = {"model": "void", "messages": [scenarios.user(f"turn {turn}")]}
        assert raw_http.exchange(router, "/v1/chat/completions", body).status == 200
    assert _served(mock) == ["one", "two"] * 3


@pytest.mark.parametrize("limit", [{"max_tokens": 1}, {"stop": ["x"]}])
def test_a_request_that_leaves_no_room_is_answered_as_it_is(router, combo, mock, stream, limit):
    combo(["mo/one", "ma/two"])
    mock.always(say(), model="one")
    body = {"model": "void", "stream": stream, "messages": [scenarios.user("Hi")]} | limit
    assert raw_http.exchange(router, "/v1/chat/completions", body).status == 200
    assert _served(mock) == ["one"]


def test_the_log_tells_the_way(router, combo, mock):
    combo(["mo/one", "ma/two"])
    mock.always(say(), model="one")
    body = {"model": "void", "messages": [scenarios.user("Hi")]}
    answer = raw_http.exchange(router, "/v1/chat/completions", body)
    id_ = answer.headers["x-request-id"]
    deadline = time.monotonic() + 5
    # Records are written in batches.
    while not any(row["id"] == id_ for row in router.admin.call("GET", "/api/usage/request-logs?limit=5")["logs"]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    detail = router.admin.call("GET", f"/api/usage/request-logs/{id_}")
    assert detail["log"]["attempts"] == 2
    attempts = detail["route"]["attempts"]
    assert [(a["model"], a["outcome"]) for a in attempts] == [("one", "emptyAnswer"), ("two", "served")]
    assert attempts[0]["code"] == "empty_answer"
    for attempt in attempts:
        assert attempt["startMs"] <= attempt["headMs"] <= attempt["endMs"]
    assert detail["route"]["candidates"][0]["decision"] == "chosen"
