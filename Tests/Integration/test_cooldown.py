"""What failures teach the router about its accounts, as far as clients and the management API see it."""

import pytest
import raw_http
import scenarios
from mock_upstream import faults, say
from test_fallback import by_key, pair, used  # noqa: F401


@pytest.fixture
def upstream():
    return "openai"


def _resilience(router):
    return router.admin.call("GET", "/api/resilience")


def _post(router, text="Hi", **options):
    body = {"model": "pair/m", "messages": [scenarios.user(text)]}
    return raw_http.exchange(router, "/v1/chat/completions", body, **options)


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


def test_it_needs_a_login(router):
    for method, path in [("GET", "/api/resilience"), ("POST", "/api/resilience/reset"), ("GET", "/api/rate-limits")]:
        assert raw_http.exchange(router, path, {}, method=method).status == 401
