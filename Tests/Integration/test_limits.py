"""Limits, profiles, conversations and counts of combos: what the management API says is what happens."""

import pytest
import raw_http
import scenarios
from admin import Admin
from daemon import Daemon
from mock_upstream import faults, say
from test_combo_serving import combo  # noqa: F401
from test_fallback import used


@pytest.fixture
def account(router, mock):
    """A node with one connection; models of it begin with `lim/`."""
    node = router.admin.node("lim", "openai", mock.url("openai"))
    yield router.admin.connection(node["id"], "limited-key-0123456789", "limited")
    router.admin.remove_node(node)


def _ask(router, model="lim/m", text="Hi", *headers):
    body = {"model": model, "messages": [scenarios.user(text)]}
    return raw_http.exchange(router, "/v1/chat/completions", body, *headers)


def _limit(router, account, expect=200, **limits):
    return router.admin.call("POST", "/api/rate-limits", {"connectionId": account["id"]} | limits, expect=expect)


def _shown(router, account):
    connections = router.admin.call("GET", "/api/rate-limits")["connections"]
    return next(entry for entry in connections if entry["connectionId"] == account["id"])


def _settle(router, mock):
    """An answer reaches its client a moment before the router has noted its end."""
    mock.wait_until(
        lambda: not any(load["running"] for load in router.admin.call("GET", "/api/rate-limits")["overview"].values()),
        timeout=3,
        why="every attempt is over",
    )


def test_a_limit_holds_at_once_and_can_be_taken_away(router, account, mock):
    _limit(router, account, requestsPerMinute=2)
    assert [_ask(router, text=f"{turn}").status for turn in range(3)] == [200, 200, 429]
    shown = _shown(router, account)
    assert shown["requests"]["limit"] == 2 and shown["requests"]["remaining"] == 0
    assert shown["inForce"] == {"requestsPerMinute": 2} and shown["recentRequests"] == 2
    _limit(router, account, enabled=False)
    assert _ask(router).status == 200
    _limit(router, account, enabled=True, requestsPerMinute=None)
    assert _ask(router).status == 200
    assert len(mock.requests) == 4


def test_a_model_has_limits_of_its_own(router, account, mock):
    _limit(router, account, model="small", requestsPerMinute=1)
    assert [_ask(router, "lim/small", f"{turn}").status for turn in range(2)] == [200, 429]
    assert _ask(router, "lim/other").status == 200
    (entry,) = [limit for limit in _shown(router, account)["limits"] if limit["model"] == "small"]
    assert entry["source"] == "manual" and entry["requests"]["remaining"] == 0


def test_limits_and_profiles_survive_a_restart(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("lim", "openai", mock.url("openai"))
    id_ = admin.connection(node["id"], "limited-key-0123456789", "limited", resilienceProfile="local")["id"]
    admin.call("POST", "/api/rate-limits", {"connectionId": id_, "tokensPerMinute": 5000})
    change = {"profiles": {"local": {"transientCooldown": 123}}, "defaults": {"requestsPerMinute": 1}}
    admin.call("PUT", "/api/resilience", change)
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    shown = admin.call("GET", "/api/resilience")
    assert shown["profiles"]["local"]["transientCooldown"] == 123
    assert shown["defaults"]["requestsPerMinute"] == 1
    (connection,) = admin.call("GET", "/api/rate-limits")["connections"]
    assert connection["requests"]["limit"] == 1 and connection["tokens"]["limit"] == 5000
    admin.close()


def test_a_profile_decides_how_long_a_target_is_left_alone(router, account, mock):
    before = router.admin.call("GET", "/api/resilience")["profiles"]["apikey"]
    change = {"transientCooldown": 600000, "rateLimitCooldown": 600000}
    try:
        router.admin.call("PATCH", "/api/resilience", {"profiles": {"apikey": change}})
        mock.reply_with(faults.error(429, "slow down"))
        assert _ask(router).status == 429
        (cooldown,) = router.admin.call("GET", "/api/resilience")["cooldowns"]
        # By lot, a tenth of it at least; without the setting a second would be the most.
        assert 50_000 < cooldown["remainingMs"] <= 600_000 and not cooldown["isUpstreamsWord"]
    finally:
        router.admin.call("PATCH", "/api/resilience", {"profiles": {"apikey": None}})
    assert router.admin.call("GET", "/api/resilience")["profiles"]["apikey"] == before


def test_conversations_are_shown(router, account, mock):
    for _ in range(2):
        assert _ask(router, text="a talk of its own").status == 200
    _settle(router, mock)
    sessions = router.admin.call("GET", "/api/sessions")["sessions"]
    mine = [session for session in sessions if session["connectionId"] == account["id"]]
    assert len(mine) == 1
    assert len(mine[0]["sessionId"]) == 16 and mine[0]["model"] == "m" and mine[0]["provider"] == "lim"
    assert mine[0]["requestCount"] == 2 and mine[0]["activeRequests"] == 0
    assert mine[0]["createdAt"] <= mine[0]["lastActive"]


@pytest.mark.parametrize("stays", [True, False])
def test_a_conversation_stays_only_if_it_should(router, account, mock, stays):
    other = router.admin.connection(account["provider"], "other-key-0123456789", "other", priority=900)
    try:
        router.admin.call("PATCH", "/api/settings", {"sessionAffinity": stays})
        mock.reply_with(faults.error(429, "slow down", retry_after="1"))
        assert _ask(router, text="a talk").status == 200
        mock.wait_until(
            lambda: not router.admin.call("GET", "/api/resilience")["cooldowns"], timeout=4, why="the first is back"
        )
        for text in ("another talk", "a talk"):
            assert _ask(router, text=text).status == 200
            _settle(router, mock)
        assert used(mock) == ["limited", "other", "limited", "other" if stays else "limited"]
    finally:
        router.admin.call("PATCH", "/api/settings", {"sessionAffinity": None})
        router.admin.call("DELETE", f"/api/providers/{other['id']}")


def test_combos_are_counted(router, combo, mock):  # noqa: F811
    combo(["mo/one", "ma/two"], maxRetries=0)
    mock.reply_with(faults.error(500), model="one")
    assert _ask(router, "team", "first").status == 200
    _settle(router, mock)
    counts = router.admin.call("GET", "/api/combos/metrics?combo=team")["metrics"]
    assert (counts["totalRequests"], counts["totalSuccesses"], counts["totalFallbacks"]) == (1, 1, 1)
    assert counts["byModel"]["mo/one"]["failures"] == 1 and counts["byModel"]["mo/one"]["lastStatus"] >= 500
    assert counts["byModel"]["ma/two"]["successes"] == 1
    assert router.admin.call("GET", "/api/combos/metrics")["metrics"]["team"]["totalRequests"] == 1
    router.admin.call("DELETE", "/api/combos/metrics?combo=team")
    assert router.admin.call("GET", "/api/combos/metrics?combo=team")["metrics"]["totalRequests"] == 0


def test_a_combo_is_tested_for_real(router, combo, mock):  # noqa: F811
    combo(["mo/one", "ma/two", "nobody/x"])
    mock.always(faults.error(401, "a bad key"), model="one")
    mock.reply_with(say("ok"), model="two")
    report = router.admin.call("POST", "/api/combos/test", {"comboName": "team", "concurrency": 1})
    assert [result["status"] for result in report["results"]] == ["error", "ok", "error"]
    bad, good, unknown = report["results"]
    assert bad["statusCode"] == 401 and bad["error"] and bad["target"]["model"] == "one"
    assert good["target"]["model"] == "two" and good["usage"]["outputTokens"] > 0 and good["latencyMs"] >= 0
    assert unknown["statusCode"] == 404 and unknown["attempts"] == 0
    assert report["resolvedBy"] == "ma/two"
    assert sorted(request.model for request in mock.requests) == ["one", "two"]
    whole = router.admin.call("POST", "/api/combos/test", {"comboName": "team", "mode": "combo"})
    assert whole["results"][0]["target"]["model"] == "two"


def test_a_test_has_an_end(router, combo, mock):  # noqa: F811
    combo(["mo/one"])
    mock.always(faults.silent(), model="one")
    report = router.admin.call("POST", "/api/combos/test", {"comboName": "team", "timeoutMs": 500})
    (result,) = report["results"]
    assert result["status"] == "error" and result["statusCode"] is None
    assert "500 ms" in result["error"] and 400 <= result["latencyMs"] < 5000


def test_the_last_step_that_served_goes_first(router, combo, mock):  # noqa: F811
    combo(["mo/one", "ma/two"], "lkgp", maxRetries=0)
    mock.reply_with(faults.error(429, "slow down", retry_after="1"), model="one")
    assert _ask(router, "team", "a talk").status == 200
    mock.wait_until(
        lambda: not router.admin.call("GET", "/api/resilience")["cooldowns"], timeout=4, why="the first is back"
    )
    for text in ("a talk", "another talk"):
        assert _ask(router, "team", text).status == 200
        _settle(router, mock)
    assert [request.model for request in mock.requests] == ["one", "two", "two", "one"]
