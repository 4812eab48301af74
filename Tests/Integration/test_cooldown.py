"""What failures teach the router about its accounts, as far as clients and the management API see it."""

import time

import httpx
import pytest
import raw_http
import scenarios
from admin import Admin
from mock_upstream import faults, say
from test_fallback import by_key, pair, used  # noqa: F401


@pytest.fixture
def upstream():
    return "openai"


def _resilience(router):
    return router.admin.call("GET", "/api/resilience")


def _post(router, text="Hi", headers=()):
    body = {"model": "pair/m", "messages": [scenarios.user(text)]}
    return raw_http.exchange(router, "/v1/chat/completions", body, *headers)


def test_a_limited_account_is_left_alone_until_its_reset(router, pair, mock):  # noqa: F811
    mock.always(by_key(faults.error(429, "slow down", retry_after="60")))
    for turn in range(4):
        assert _post(router, f"turn {turn}").status == 200
    assert used(mock) == ["first", *["second"] * 4]
    (cooldown,) = _resilience(router)["cooldowns"]
    assert cooldown["reason"] == "rateLimited" and cooldown["isUpstreamsWord"]
    assert 50_000 < cooldown["remainingMs"] <= 60_000
    unavailable = router.admin.call("GET", "/api/models/availability")
    assert unavailable["unavailableCount"] == 1 and unavailable["models"][0]["model"] == "m"


def test_a_reset_makes_it_available_at_once(router, pair, mock):  # noqa: F811
    mock.always(by_key(faults.error(429, "slow down", retry_after="60")))
    _post(router, "one")
    assert router.admin.call("POST", "/api/resilience/reset")["resetCount"] == 1
    mock.always(by_key(lambda recorded: faults.normal(recorded, say("from the first"))))
    assert b"from the first" in _post(router, "two").body


def test_all_limited_says_when_to_come_back(router, pair, mock):  # noqa: F811
    mock.always(faults.error(429, "slow down", retry_after="40"))
    assert _post(router).status == 429
    before = len(mock.requests)
    answer = _post(router, "again")
    assert answer.status == 429
    assert 30 <= int(answer.headers["retry-after"]) <= 40
    assert len(mock.requests) == before, "nobody was asked in vain"


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_clients_mistake_changes_nothing(router, pair, mock, status):  # noqa: F811
    mock.always(faults.error(status))
    assert _post(router).status == status
    assert _resilience(router)["cooldowns"] == []


def test_a_conversation_stays_on_the_account_that_has_it(router, pair, mock):  # noqa: F811
    mock.reply_with(faults.error(500))
    assert _post(router, "a long talk").status == 200
    for _ in range(3):
        assert _post(router, "a long talk").status == 200
    assert used(mock) == ["first", *["second"] * 4]


def test_the_accounts_trouble_ends_by_itself(router, pair, mock):  # noqa: F811
    mock.reply_with(faults.error(429, "slow down", retry_after="1"))
    assert _post(router, "one").status == 200
    mock.wait_until(lambda: not _resilience(router)["cooldowns"], timeout=3, why="the second is over")
    assert _post(router, "two").status == 200
    assert used(mock)[-1] == "first"


def test_a_cooldown_survives_a_restart(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, daemon.PASSWORD)
    node = admin.node("pair", "openai", mock.url("openai"))
    for name in ("first", "second"):
        admin.connection(node["id"], f"{name}-key-0123456789", name)
    mock.always(by_key(faults.error(429, "slow down", retry_after="60")))
    key = admin.key("restart")["key"]
    body = {"model": "pair/m", "messages": [scenarios.user("Hi")]}
    assert httpx.post(f"{daemon.url}/v1/chat/completions", json=body, headers={"x-api-key": key}).status_code == 200
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, daemon.PASSWORD)
    (cooldown,) = admin.call("GET", "/api/resilience")["cooldowns"]
    assert cooldown["reason"] == "rateLimited" and 40_000 < cooldown["remainingMs"] <= 60_000
    assert httpx.post(f"{daemon.url}/v1/chat/completions", json=body, headers={"x-api-key": key}).status_code == 200
    assert used(mock) == ["first", "second", "second"]
    admin.close()


def test_a_subscriptions_windows_survive_a_restart(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, daemon.PASSWORD)
    node = admin.node("pair", "openai", mock.url("openai"))
    id_ = admin.connection(node["id"], "first-key-0123456789", "first")["id"]
    reset = int(time.time()) + 3600
    told = [("x-codex-primary-used-percent", "40"), ("x-codex-primary-reset-at", str(reset)),
            ("x-codex-secondary-used-percent", "12.6")]
    mock.always(faults.with_headers(say("Hi"), told))
    key = admin.key("restart")["key"]
    body = {"model": "pair/m", "messages": [scenarios.user("Hi")]}
    assert httpx.post(f"{daemon.url}/v1/chat/completions", json=body, headers={"x-api-key": key}).status_code == 200
    before = admin.call("GET", f"/api/usage/{id_}")
    assert before["quotas"]["session"]["used"] == 40 and before["quotas"]["weekly"]["used"] == 13
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, daemon.PASSWORD)
    after = admin.call("GET", f"/api/usage/{id_}")
    assert after["quotas"] == before["quotas"] and after["fetchedAt"] == before["fetchedAt"]
    admin.close()


def test_it_needs_a_login(router):
    for method, path in [("GET", "/api/resilience"), ("POST", "/api/resilience/reset"), ("GET", "/api/rate-limits")]:
        assert raw_http.exchange(router, path, {}, method=method).status == 401


def test_the_way_is_told_to_who_asks(router, pair, mock):  # noqa: F811
    mock.reply_with(faults.error(500))
    answer = _post(router, "which way", headers=["X-OmniRoute-Route: true"])
    served, connection, attempts, failed = answer.headers["x-omniroute-route"].split("; ")
    assert served.startswith("served=") and served.endswith("/m")
    assert connection.startswith("connection=")
    assert attempts == "attempts=2"
    assert failed.endswith("/m 500 transient")
    assert "x-omniroute-route" not in _post(router, "which way").headers


def test_the_final_error_names_every_attempt(router, pair, mock):  # noqa: F811
    mock.reply_with(faults.error(429, "slow down", retry_after="9"), faults.error(500))
    answer = _post(router)
    assert answer.status == 503
    message = answer.json["error"]["message"]
    assert "429 rateLimited" in message and "500 transient" in message
    assert int(answer.headers["retry-after"]) <= 9


def _explain(router, **options):
    return router.admin.call("POST", "/api/route/explain", {"model": "pair/m", **options})


def test_a_dry_run_says_what_would_be_attempted_and_why(router, pair, mock):  # noqa: F811
    first = _explain(router)
    assert first["decision"] == "attempt"
    assert [candidate["decision"] for candidate in first["candidates"]] == ["chosen", "next in line"]
    mock.reply_with(faults.error(429, "slow down", retry_after="60"))
    _post(router)
    then = _explain(router, format="anthropic", inputTokens=50)
    assert [candidate["decision"] for candidate in then["candidates"]] == ["skipped: cooling", "chosen"]
    assert 50_000 < then["candidates"][0]["readyInMs"] <= 60_000
    assert then["target"]["connectionId"] == then["candidates"][1]["connectionId"]
    assert len(mock.requests) == 2, "nothing was asked for the dry runs"


def test_a_dry_run_of_nonsense_is_refused(router):
    answer = router.admin.call("POST", "/api/route/explain", {"model": "nobody/knows"}, expect=400)
    assert "does not exist" in str(answer)
    router.admin.call("POST", "/api/route/explain", {"model": "sim/echo", "format": "x"}, expect=400)
