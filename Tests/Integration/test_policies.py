"""Policies: who may ask what of which model, when and how much, and what then."""

import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from dialects import client as sdk_client
from mock_upstream import say
from router import DIALECTS


@pytest.fixture
def policy(router):
    """A function that makes a policy for this test."""
    made = []

    def make(action, name="house rule", **more):
        body = {"name": name, "action": action, "match": more.pop("match", {})} | more
        made.append(router.admin.call("POST", "/api/policies", body, expect=201)["id"])
        return made[-1]

    yield make
    for id_ in made:
        router.admin.call("DELETE", f"/api/policies?id={id_}", expect=(200, 404))


def ask(router, dialect, model, stream=False, key="", headers=()):
    return raw_http.exchange(router, *raw_http.request_of(dialect, model, stream), *headers, key=key)


def message(answer, dialect) -> str:
    error = answer.json["error"]
    return error if dialect == "ollama" else error["message"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_denied_in_every_dialect(router, policy, mock, any_model, dialect, stream):
    policy({"type": "deny", "reason": "not at work"}, match={"models": [any_model]})
    answer = ask(router, dialect, any_model, stream)
    assert answer.status == 403, answer
    assert answer.headers["content-type"].startswith("application/json")
    assert message(answer, dialect) == "the policy 'house rule' refuses this request: not at work"
    if dialect in ("openai", "responses"):
        assert answer.json["error"]["code"] == "policy_denied"
    if dialect == "anthropic":
        assert answer.json["error"]["type"] == "permission_error"
    if dialect == "gemini":
        assert answer.json["error"]["status"] == "PERMISSION_DENIED"
    assert mock.requests == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_sdk_clients_see_one_clean_refusal(sdk_clients, router, policy, mock, dialect, stream):
    policy("deny", match={"models": ["mo/*"]})
    with pytest.raises(Exception, match="house rule"):
        sdk_clients[dialect].ask("mo/m", stream=stream)
    assert mock.requests == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_rewritten_in_every_dialect(router, policy, mock, any_model, dialect, stream):
    policy({"type": "rewrite", "model": any_model}, match={"models": ["nowhere/*"]})
    answer = ask(router, dialect, "nowhere/dear", stream, headers=["x-omniroute-route: true"])
    assert answer.status == 200, answer
    assert mock.last.model == "mock-model"
    assert "policy=house rule" in answer.headers["x-omniroute-route"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_forced_combo_in_every_dialect(router, policy, mock, dialect, stream):
    combo = {"name": "forced", "models": ["ma/first", "mo/second"]}
    combo_id = router.admin.call("POST", "/api/combos", combo, expect=201)["id"]
    try:
        policy({"type": "force", "combo": "forced"})
        mock.reply_with(say("From the combo."), model="first")
        answer = ask(router, dialect, "mg/anything", stream)
        assert answer.status == 200, answer
        assert [request.model for request in mock.requests] == ["first"]
    finally:
        router.admin.call("DELETE", f"/api/combos/{combo_id}")


def test_the_first_that_fits_decides(router, policy, mock):
    policy("deny", name="all", priority=5)
    assert ask(router, "openai", "mo/m").status == 403
    policy("allow", name="but this", priority=1, match={"models": ["mo/m"]})
    assert ask(router, "openai", "mo/m").status == 200
    assert ask(router, "openai", "mo/n").status == 403


def test_an_alias_is_no_way_around(router, policy, mock):
    router.admin.alias("sly", "mo/secret")
    try:
        policy("deny", match={"models": ["mo/secret"]})
        assert ask(router, "openai", "sly").status == 403
        assert ask(router, "openai", "mo/other").status == 200
    finally:
        router.admin.call("DELETE", "/api/models/alias?alias=sly")


def test_a_provider_in_the_url_is_no_way_around(router, policy, mock):
    body = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    policy("deny", match={"models": ["mo/m"]})
    assert raw_http.exchange(router, "/v1/providers/mo/chat/completions", body).status == 403
    assert raw_http.exchange(router, "/v1/providers/ml/chat/completions", body).status == 200


def test_counting_is_asked_too(router, policy, mock):
    mock.token_count = 7
    body = {"model": "ma/m", "messages": [{"role": "user", "content": "Hello"}]}
    id_ = policy("deny", match={"models": ["ma/m"]})
    answer = raw_http.exchange(router, "/v1/messages/count_tokens", body)
    assert (answer.status, answer.json["error"]["type"]) == (403, "permission_error")
    router.admin.call("PUT", f"/api/policies/{id_}", {"action": {"type": "rewrite", "model": "ma/counted"}})
    assert raw_http.exchange(router, "/v1/messages/count_tokens", body).json == {"input_tokens": 7}
    assert mock.last.json["model"] == "counted"


def test_conditions(router, policy, mock):
    key = router.admin.key("limited")
    id_ = policy("deny", match={"keys": [key["id"]]})
    match = {"path": f"/api/policies/{id_}"}

    def becomes(**conditions):
        router.admin.call("PATCH", match["path"], {"match": conditions})

    assert ask(router, "openai", "mo/m", key=key["key"]).status == 403
    assert ask(router, "openai", "mo/m").status == 200
    becomes(formats=["gemini", "ollama"])
    assert ask(router, "gemini", "mo/m").status == 403
    assert ask(router, "openai", "mo/m").status == 200
    becomes(minInputTokens=1000)
    assert ask(router, "openai", "mo/m").status == 200
    assert raw_http.exchange(router, "/v1/chat/completions", raw_http.chat_body("mo/m", x="y" * 4000)).status == 403
    becomes(times=[{"days": [0, 1, 2, 3, 4, 5, 6], "from": "00:00", "until": "24:00"}])
    assert ask(router, "openai", "mo/m").status == 403
    # A request whose cost nobody knows fits no bound; one at a known price does.
    becomes(minCostUsd=0.000001)
    assert ask(router, "openai", "mo/m").status == 200
    assert ask(router, "openai", "openai/gpt-4o").status == 403
    router.admin.call("PUT", match["path"], {"enabled": False})
    assert ask(router, "openai", "openai/gpt-4o").status == 200


def test_explained(router, policy):
    id_ = policy({"type": "rewrite", "model": "ma/cheap"}, match={"models": ["mo/*"]})
    told = router.admin.call("POST", "/api/route/explain", {"model": "mo/m"})
    assert told["policy"] == {
        "id": id_, "name": "house rule", "action": {"type": "rewrite", "model": "ma/cheap"},
    }  # fmt: skip
    assert told["target"]["model"] == "cheap"
    router.admin.call("PUT", f"/api/policies/{id_}", {"action": "deny"})
    told = router.admin.call("POST", "/api/route/explain", {"model": "mo/m"})
    assert (told["decision"], told["policy"]["id"], told["candidates"]) == ("refuse", id_, [])
    assert "house rule" in told["reason"]
    assert router.admin.call("POST", "/api/route/explain", {"model": "ma/m"})["policy"] is None


def test_policies_survive_a_restart(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    key = admin.key("kept")
    body = {
        "name": "night",
        "priority": 3,
        "match": {
            "keys": [key["id"]],
            "models": ["sim/*"],
            "formats": ["openai-chat"],
            "times": [{"days": [1], "from": "22:30", "until": "06:00", "utcOffsetMinutes": 60}, {}],
            "minInputTokens": 0,
            "maxCostUsd": None,
        },
        "action": {"type": "deny", "reason": "sleep"},
    }
    made = admin.call("POST", "/api/policies", body, expect=201)
    before = admin.call("GET", "/api/policies")
    assert before["policies"] == [made] and before["circuitBreakers"] == [] and before["lockedIdentifiers"] == []
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    assert admin.call("GET", "/api/policies") == before
    assert admin.call("GET", f"/api/policies/{made['id']}") == made
    admin.close()
    told = sdk_client("openai", daemon.url, key["key"])
    with pytest.raises(Exception, match="night"):
        told.ask("sim/echo")
    told.close()


@pytest.mark.parametrize(
    "body, field",
    [
        ({"action": "deny"}, "name"),
        ({"name": "p"}, "action"),
        ({"name": "p", "action": "explode"}, "action"),
        ({"name": "p", "action": {"type": "explode"}}, "action.type"),
        ({"name": "p", "action": {"type": "rewrite"}}, "action.model"),
        ({"name": "p", "action": {"type": "rewrite", "model": "nowhere/x"}}, "action.model"),
        ({"name": "p", "action": {"type": "force", "combo": "none"}}, "action.combo"),
        ({"name": "p", "action": "deny", "match": {"keys": ["none"]}}, "match.keys"),
        ({"name": "p", "action": "deny", "match": {"tags": ["x"]}}, "match.tags"),
        ({"name": "p", "action": "deny", "match": {"formats": ["html"]}}, "match.formats[0]"),
        ({"name": "p", "action": "deny", "match": {"models": "x"}}, "match.models"),
        ({"name": "p", "action": "deny", "match": {"times": [{"from": "25:00"}]}}, "match.times[0].from"),
        ({"name": "p", "action": "deny", "match": {"times": [{"days": [7]}]}}, "match.times[0].days"),
        ({"name": "p", "action": "deny", "priority": "high"}, "priority"),
        ({"name": "p", "action": "deny", "colour": "red"}, "colour"),
    ],
)
def test_wrong_policies_are_named(router, body, field):
    assert router.admin.call("POST", "/api/policies", body, expect=400)["error"]["field"] == field
    assert router.admin.call("GET", "/api/policies")["policies"] == []


def test_unknown_policies(router):
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        router.admin.call(method, "/api/policies/none", {}, expect=404)
    assert router.admin.call("DELETE", "/api/policies", expect=400)["error"]["field"] == "id"


def test_locked_out_and_let_in_again(new_daemon):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    stranger = Admin(daemon.url, None)
    for _ in range(12):
        stranger.call("POST", "/api/auth/login", {"password": "guess"}, expect=(401, 429))
    (locked,) = admin.call("GET", "/api/policies")["lockedIdentifiers"]
    assert locked["remainingMs"] > 0
    unlock = {"action": "unlock", "identifier": locked["identifier"]}
    assert admin.call("POST", "/api/policies", unlock) == {
        "success": True, "action": "unlocked", "identifier": locked["identifier"],
    }  # fmt: skip
    assert admin.call("GET", "/api/policies")["lockedIdentifiers"] == []
    stranger.call("POST", "/api/auth/login", {"password": "guess"}, expect=401)
    assert admin.call("POST", "/api/policies", {"action": "unlock"}, expect=400)["error"]["field"] == "identifier"
    stranger.close()
    admin.close()
