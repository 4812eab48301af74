"""Budgets and limits: what may be used is reserved before, settled after, and kept over restarts."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from mock_upstream import faults, say
from router import DIALECTS, PREFIX

# Dollars for a million tokens: a few tokens are cents.
PRICE = {"input": 1000, "output": 1000}
MODELS = ("m", "limited")
BUDGET = "/api/usage/budget"


@pytest.fixture
def priced(router):
    """These models have a price at all nodes."""
    router.admin.call("PATCH", "/api/pricing", {prefix: {name: PRICE for name in MODELS} for prefix in PREFIX.values()})
    yield
    for prefix in PREFIX.values():
        router.admin.call("DELETE", f"/api/pricing?provider={prefix}")


@pytest.fixture
def budget(router):
    """A function that sets a budget, which goes when the test is over."""
    removals = []

    def set_(expect=200, **body):
        answer = router.admin.call("POST", BUDGET, body, expect=expect)
        if expect == 200:
            names = {"keyId", "apiKeyId", "connectionId", "model", "scope"}
            removals.append("&".join(f"{name}={value}" for name, value in body.items() if name in names))
        return answer

    yield set_
    for query in removals:
        router.admin.call("DELETE", f"{BUDGET}?{query}", expect=(200, 404))


@pytest.fixture
def key(router):
    return router.admin.call("POST", "/api/keys", {"name": "spender"}, expect=201)


def ask(router, key, dialect="openai", model=None, stream=False):
    model = model or f"{PREFIX[dialect]}/m"
    return raw_http.exchange(router, *raw_http.request_of(dialect, model, stream), key=key["key"])


def shown(router, key):
    return router.admin.call("GET", f"{BUDGET}?keyId={key['id']}")


def _recorded(router, key):
    """What the records say was spent."""
    records = router.admin.call("GET", f"/api/usage/request-logs?apiKeyId={key['id']}")["logs"]
    return sum(record["cost"] or 0 for record in records)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_money_is_counted_and_the_limit_refuses(router, mock, priced, budget, key, dialect, stream):
    budget(keyId=key["id"], limit=0.000001, period="daily")
    assert ask(router, key, dialect, stream=stream).status == 200
    sent = len(mock.requests)
    refused = ask(router, key, dialect, stream=stream)
    assert refused.status == 429, refused
    assert "daily budget of $0.000001 for this client key is used up" in refused.body.decode()
    assert 0 < int(refused.headers["retry-after"]) <= 86400
    assert len(mock.requests) == sent
    state = shown(router, key)
    assert state["budgetCheck"]["allowed"] is False and state["budgets"][0]["status"] == "exceeded"
    assert state["dailyTotal"] > 0
    mock.wait_until(lambda: state["dailyTotal"] == pytest.approx(_recorded(router, key)), why="the records say the same")


def test_both_documented_forms(router, budget, key):
    answer = budget(apiKeyId=key["id"], dailyLimitUsd=5, monthlyLimitUsd=50, warningThreshold=80)
    assert answer["success"] is True and answer["apiKeyId"] == key["id"] and answer["dailyLimitUsd"] == 5
    state = shown(router, key)
    assert state["budget"] == {"dailyLimitUsd": 5, "monthlyLimitUsd": 50, "warningThreshold": 0.8}
    check = {"allowed": True, "dailyUsed": 0, "dailyLimit": 5, "warningReached": False}
    assert state["budgetCheck"] == check
    budget(keyId=key["id"], limit=7, period="weekly")
    listed = router.admin.call("GET", BUDGET)["budgets"]
    mine = {entry["period"]: entry for entry in listed if entry.get("keyId") == key["id"]}
    assert {period: entry["limit"] for period, entry in mine.items()} == {"daily": 5, "weekly": 7, "monthly": 50}
    assert mine["weekly"]["keyName"] == "spender" and mine["weekly"]["status"] == "ok"


def test_many_at_once_overshoot_by_one_reservation_at_most(router, mock, priced, budget, key):
    mock.always(faults.slowly(say("Hello"), 0.1))
    budget(keyId=key["id"], limit=0.5, period="total")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: ask(router, key).status, range(48)))
    assert set(answers) <= {200, 429} and 200 in answers
    state = shown(router, key)
    # What one request may cost at most is reserved: about a thousand tokens at a thousandth of a dollar each.
    assert state["budgets"][0]["used"] <= 0.5 + 1.2
    assert state["budgets"][0]["reserved"] == 0


def test_requests_by_minute_and_at_once(router, mock, budget, key):
    budget(keyId=key["id"], requestsPerMinute=2)
    assert [ask(router, key).status for _ in range(3)] == [200, 200, 429]
    refused = ask(router, key)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert "may make 2 requests a minute" in refused.body.decode()


def test_another_target_is_tried_when_ones_budget_is_used_up(router, mock, priced, budget, key):
    steps = [{"model": "mo/limited"}, {"model": "ma/m"}]
    combo = router.admin.call("POST", "/api/combos", {"name": "two-budgets", "models": steps}, expect=201)
    budget(model="mo/limited", limit=0.000001, period="daily")
    try:
        first, second = (ask(router, key, model="two-budgets") for _ in range(2))
        assert [first.status, second.status] == [200, 200]
        assert [request.dialect for request in mock.requests[-2:]] == ["openai", "anthropic"]
        # Nothing was put aside: with the budget gone the first step serves again.
        router.admin.call("DELETE", f"{BUDGET}?model=mo/limited")
        assert ask(router, key, model="two-budgets").status == 200
        assert mock.requests[-1].dialect == "openai"
    finally:
        router.admin.call("DELETE", f"/api/combos/{combo['id']}")


def test_an_expired_key(router, mock, budget, key):
    budget(keyId=key["id"], expiresAt="2020-01-01T00:00:00Z")
    refused = ask(router, key)
    assert refused.status == 403 and "expired" in refused.body.decode() and mock.requests == []
    budget(keyId=key["id"], expiresAt=None)
    assert ask(router, key).status == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"limit": 5}, 400, "keyId"),
        ({"keyId": "nobody", "limit": 5}, 404, None),
        ({"scope": "everything", "limit": 5}, 400, "scope"),
        ({"scope": "global"}, 400, "limit"),
        ({"scope": "global", "limit": 0}, 400, "limit"),
        ({"scope": "global", "limit": -1}, 400, "limit"),
        ({"scope": "global", "limit": "5"}, 400, "limit"),
        ({"scope": "global", "limit": 5, "period": "yearly"}, 400, "period"),
        ({"model": "mo", "limit": 5}, 400, "model"),
        ({"model": "nowhere/m", "limit": 5}, 400, "model"),
        ({"scope": "global", "requestsPerMinute": 0}, 400, "requestsPerMinute"),
    ],
)
def test_bad_budgets(router, body, status, field):
    answer = router.admin.call("POST", BUDGET, body, expect=status)
    if field:
        assert field in answer["error"]["message"], answer


def test_what_was_spent_survives_a_restart(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("mo", "openai", mock.url("openai"))
    admin.connection(node["id"], "budget-key-0123456789", "one")
    admin.call("PATCH", "/api/pricing", {"mo": {"m": PRICE}})
    key = admin.call("POST", "/api/keys", {"name": "spender"}, expect=201)

    class Here:
        pass

    here = Here()
    here.daemon, here.key = daemon, key["key"]
    assert ask(here, key).status == 200
    # A budget that comes later knows what was spent before it.
    time.sleep(0.6)
    admin.call("POST", BUDGET, {"keyId": key["id"], "limit": 0.000001, "period": "monthly"})
    assert ask(here, key).status == 429
    admin.close()
    daemon.process.kill()
    daemon.process.wait()
    daemon.start()
    assert ask(here, key).status == 429
    admin = Admin(daemon.url, Daemon.PASSWORD)
    assert admin.call("GET", f"{BUDGET}?keyId={key['id']}")["monthlyTotal"] > 0
    assert admin.call("DELETE", f"{BUDGET}?keyId={key['id']}")["success"] is True
    assert ask(here, key).status == 200
    admin.close()
    assert daemon.stop() == 0


def test_a_crash_forgets_no_reservation(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("mo", "openai", mock.url("openai"))
    admin.connection(node["id"], "budget-key-0123456789", "one")
    admin.call("PATCH", "/api/pricing", {"mo": {"m": PRICE}})
    key = admin.call("POST", "/api/keys", {"name": "spender"}, expect=201)
    query = f"{BUDGET}?keyId={key['id']}"
    admin.call("POST", BUDGET, {"keyId": key["id"], "limit": 100, "period": "daily"})
    mock.reply_with(faults.silent())

    def cut_off():
        with pytest.raises((OSError, AssertionError, ValueError)):
            raw_http.exchange(here, *raw_http.request_of("openai", "mo/m"), key=key["key"])

    class Here:
        pass

    here = Here()
    here.daemon, here.key = daemon, key["key"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cut_off)
        mock.wait_until(lambda: mock.requests, why="the request is at the upstream")
        reserved = admin.call("GET", query)["budgets"][0]["reserved"]
        assert reserved > 0.01
        admin.close()
        daemon.process.kill()
        daemon.process.wait()
        waiting.result()
    for _ in range(2):
        daemon.start()
        admin = Admin(daemon.url, Daemon.PASSWORD)
        assert admin.call("GET", query)["dailyTotal"] == pytest.approx(reserved)
        (record,) = admin.call("GET", f"/api/usage/request-logs?apiKeyId={key['id']}")["logs"]
        assert record["error"] == "interrupted" and record["cost"] == pytest.approx(reserved)
        admin.close()
        daemon.process.kill()
        daemon.process.wait()
