"""Two accounts of one provider: the second answers when the first cannot, and only then."""

import pytest
import raw_http
from mock_upstream import faults, say
from router import CORE


@pytest.fixture
def pair(router, upstream):
    """A node of its own with two connections, so that nothing is remembered from other tests."""
    node = router.admin.node("pair", upstream, router.mock.url(upstream))
    router.admin.connection(node["id"], "first-key-0123456789", "first", priority=1)
    router.admin.connection(node["id"], "second-key-0123456789", "second", priority=2)
    yield "pair/m"
    router.admin.remove_node(node)


def by_key(first):
    """`first` for the first account, a normal answer for the second."""

    def make(recorded):
        if recorded.credential.startswith("first"):
            return first(recorded)
        return faults.normal(recorded, say("from the second"))

    return faults.Scripted(make)


def used(mock) -> list[str]:
    return [request.credential.split("-")[0] for request in mock.requests]


def test_the_first_is_used_while_it_works(client, pair, mock):
    for _ in range(3):
        assert client.ask(pair).text == "Hi!"
    assert used(mock) == ["first"] * 3


REASONS = {
    "429": faults.error(429, "slow down", retry_after="30"),
    "500": faults.error(500),
    "503": faults.error(503),
    "529": faults.error(529),
    "401": faults.error(401),
    "403": faults.error(403),
    "402": faults.error(402),
    "html-502": faults.html(502),
    "reset": faults.reset_before_answer(),
    "close": faults.close_before_answer(),
    "error-in-200": faults.error_in_ok(),
    "invalid-json": faults.raw(200, "application/json", b"{"),
}


@pytest.mark.parametrize("reason", REASONS)
def test_the_second_answers_when_the_first_cannot(client, pair, stream, mock, reason):
    mock.always(by_key(REASONS[reason]))
    assert client.ask(pair, stream=stream).text == "from the second"
    assert used(mock)[0] == "first"
    assert used(mock)[-1] == "second"


@pytest.mark.parametrize("break_", ["error-event", "cut", "no-events"])
def test_a_stream_that_dies_before_its_first_event_falls_back(client, pair, mock, break_):
    """C072: nothing was sent yet, so another account may answer."""
    mock.always(
        by_key(
            {
                "error-event": faults.error_event(say("x"), 0),
                "cut": faults.cut(say("x"), 0),
                "no-events": faults.raw(200, "text/event-stream", b": hello\n\n"),
            }[break_]
        )
    )
    assert client.ask(pair, stream=True).text == "from the second"


@pytest.mark.parametrize("status", [400, 413, 422])
def test_the_clients_own_mistake_does_not_fall_back(client, pair, stream, mock, status):
    mock.always(by_key(faults.error(status, "your mistake")))
    with pytest.raises(client.errors.APIStatusError, match="your mistake") as caught:
        client.ask(pair, stream=stream)
    assert caught.value.status_code == status
    assert used(mock) == ["first"]


def test_after_the_commit_point_there_is_no_fallback(router, pair, mock):
    """Words that were sent cannot be taken back; the stream ends with an error."""
    mock.always(by_key(faults.cut(say("first ", "second ", "third"), 4)))
    for dialect in CORE:
        answer = raw_http.post(router, dialect, raw_http.chat_body(pair, stream=True))
        # Words and end may arrive in one piece before anything was sent; then falling back is right.
        assert ("from the second" in answer.body.decode()) != ("first " in answer.body.decode())


def test_all_fail_the_wait_that_promises_most_is_told(client, pair, mock):
    mock.always(
        faults.Scripted(
            lambda recorded: faults.error(
                429, "slow down", retry_after="30" if recorded.credential.startswith("first") else "5"
            )(recorded)
        )
    )
    with pytest.raises(client.errors.RateLimitError) as caught:
        client.ask(pair)
    assert int(caught.value.response.headers["retry-after"]) <= 30
    assert used(mock) == ["first", "second"]


def test_an_inactive_connection_is_not_used(router, client, pair, mock):
    connections = router.admin.call("GET", "/api/providers")["connections"]
    first = next(connection for connection in connections if connection["name"] == "first")
    router.admin.call("PATCH", f"/api/providers/{first['id']}", {"isActive": False})
    assert client.ask(pair).text == "Hi!"
    assert used(mock) == ["second"]


def test_priorities_take_effect_at_once(router, client, pair, mock):
    connections = router.admin.call("GET", "/api/providers")["connections"]
    second = next(connection for connection in connections if connection["name"] == "second")
    first = next(connection for connection in connections if connection["name"] == "first")
    router.admin.call("PUT", f"/api/providers/{first['id']}", {"priority": 9})
    router.admin.call("PUT", f"/api/providers/{second['id']}", {"priority": 1})
    client.ask(pair)
    assert used(mock) == ["second"]
