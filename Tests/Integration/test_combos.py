"""Combos, the settings and prices behind them: create, change, refuse, list in every dialect, keep over a restart."""

import uuid

import pytest
from admin import Admin
from daemon import Daemon
from dialects import client as make_client
from mock_upstream import say

MISSING = str(uuid.UUID(int=0))


@pytest.fixture
def admin(router):
    return router.admin


@pytest.fixture
def combo(admin):
    """Makes combos; all are deleted at the end of the test."""
    made = []

    def make(name, *models, **more) -> dict:
        answer = admin.call("POST", "/api/combos", {"name": name, "models": list(models)} | more, expect=201)
        made.append(answer["id"])
        return answer

    yield make
    for id in reversed(made):
        admin.call("DELETE", f"/api/combos/{id}", expect=(200, 404))


def refusal(admin, method, path, body, status=400, field=None, code=None):
    error = admin.call(method, path, body, expect=status)["error"]
    assert error["message"]
    if field:
        assert error["field"] == field
    if code:
        assert error["code"] == code
    return error["message"]


def test_combo_life(admin, combo):
    made = combo("life", "mo/a", {"model": "ma/b", "weight": 3}, config={"maxRetries": 2}, description="for tests")
    path = f"/api/combos/{made['id']}"
    assert made["models"] == ["mo/a", {"model": "ma/b", "weight": 3}]
    assert (made["strategy"], made["isActive"], made["config"]) == ("priority", True, {"maxRetries": 2})
    assert "warnings" not in made
    assert admin.call("GET", path) == made
    assert made in admin.call("GET", "/api/combos")["combos"]
    changed = admin.call("PUT", path, made | {"strategy": "fallback", "isActive": False})
    assert (changed["strategy"], changed["isActive"], changed["models"]) == ("priority", False, made["models"])
    changed = admin.call("PATCH", path, {"name": "renamed", "config": {"maxRetries": None, "timeoutMs": 5000}})
    assert (changed["name"], changed["config"]) == ("renamed", {"timeoutMs": 5000})
    copy = admin.call("POST", f"{path}/duplicate", expect=201)
    assert copy["name"] == "renamed-copy"
    assert copy["id"] != made["id"]
    assert admin.call("DELETE", f"/api/combos/{copy['id']}")["success"] is True
    assert admin.call("DELETE", path)["success"] is True
    for method, target in (("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/duplicate")):
        admin.call(method, target, {} if method != "GET" else None, expect=404)
    admin.call("GET", f"/api/combos/{MISSING}", expect=404)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "name"),
        ({"name": "with space"}, 400, "name"),
        ({"name": "taken"}, 409, "name"),
        ({"name": "an-alias"}, 409, "name"),
        ({"name": "mo"}, 409, "name"),
        ({"name": "mo/model"}, 409, "name"),
        ({"name": "gpt-4o"}, 409, "name"),
        ({"name": "x", "models": ["mo/a", 7]}, 400, "models[1]"),
        ({"name": "x", "models": [{"model": "mo/a", "weight": 101}]}, 400, "models[0].weight"),
        ({"name": "x", "strategy": "best"}, 400, "strategy"),
        ({"name": "x", "config": {"timeoutMs": 1}}, 400, "config.timeoutMs"),
        ({"name": "x", "models": ["x"]}, 400, "models"),
    ],
)
def test_what_is_wrong_is_refused(admin, combo, body, status, field):
    combo("taken", "mo/a")
    admin.alias("an-alias", "mo/a")
    try:
        before = admin.call("GET", "/api/combos")
        refusal(admin, "POST", "/api/combos", body, status, field)
        assert admin.call("GET", "/api/combos") == before
    finally:
        admin.call("DELETE", "/api/models/alias?alias=an-alias")


def test_circles_and_depth_are_refused(admin, combo):
    inner = combo("inner", "mo/a")
    combo("middle", "inner", "mo/b")
    combo("outer", "middle")
    path = f"/api/combos/{inner['id']}"
    message = refusal(admin, "PATCH", path, {"models": ["outer"]}, code="combo_cycle")
    assert "inner -> outer -> middle -> inner" in message
    refusal(admin, "POST", "/api/combos", {"name": "top", "models": ["outer"]}, code="combo_too_deep")
    admin.alias("way-back", "outer")
    try:
        refusal(admin, "PATCH", path, {"models": ["way-back"]}, code="combo_cycle")
    finally:
        admin.call("DELETE", "/api/models/alias?alias=way-back")
    assert admin.call("GET", path)["models"] == ["mo/a"]


def test_steps_that_lead_nowhere_are_warnings(combo):
    made = combo("doubtful", "mo/a", "nobody/x", "groq/llama")
    assert len(made["warnings"]) == 1
    assert "models[1]" in made["warnings"][0]


def listed(router) -> dict[str, list[str]]:
    """The models each dialect's own list names."""
    http, headers = router.admin.http, {"authorization": f"Bearer {router.key}"}
    anthropic = {"x-api-key": router.key, "anthropic-version": "2023-06-01"}
    return {
        "openai": [model["id"] for model in http.get("/v1/models", headers=headers).json()["data"]],
        "anthropic": [model["id"] for model in http.get("/v1/models", headers=anthropic).json()["data"]],
        "gemini": [
            model["name"].removeprefix("models/") for model in http.get("/v1beta/models", headers=headers).json()["models"]
        ],
        "ollama": [model["name"] for model in http.get("/api/tags", headers=headers).json()["models"]],
    }


def test_every_dialect_lists_them(router, admin, combo):
    made = combo("team/every-list", "mo/a")
    assert all(made["name"] in names for names in listed(router).values())
    admin.call("PATCH", f"/api/combos/{made['id']}", {"isActive": False})
    assert not any(made["name"] in names for names in listed(router).values())
    admin.call("PATCH", f"/api/combos/{made['id']}", {"isActive": True, "name": "other-name"})
    assert all("other-name" in names and made["name"] not in names for names in listed(router).values())


def test_every_dialect_is_served_by_the_first_step(any_client, combo, stream, mock):
    combo("served", "mo/first", "ma/second")
    mock.always(say("from a combo"))
    assert any_client.ask("served", stream=stream).text == "from a combo"
    assert [request.model for request in mock.requests] == ["first"]


def test_steps_may_be_aliases_and_combos(openai_client, admin, combo, mock):
    admin.alias("step-*", "mo/by-pattern")
    try:
        combo("leaf", "step-7")
        combo("root", "leaf")
        openai_client.ask("root")
        assert mock.last.model == "by-pattern"
    finally:
        admin.call("DELETE", "/api/models/alias?alias=step-*")


def test_patterns_lead_to_models_of_any_case(openai_client, admin, mock):
    admin.alias("claude-*", "mo/any-claude")
    try:
        openai_client.ask("Claude-Sonnet-99")
        assert mock.last.model == "any-claude"
        assert {"pattern": "claude-*", "target": "mo/any-claude"} in admin.call("GET", "/api/settings")["wildcardAliases"]
    finally:
        admin.call("DELETE", "/api/models/alias?alias=claude-*")


def test_settings_of_routing(admin):
    before = admin.call("GET", "/api/settings")
    assert (before["fallbackStrategy"], before["stickyRoundRobinLimit"]) == ("fill-first", 3)
    try:
        changed = admin.call("PATCH", "/api/settings", {"fallbackStrategy": "p2c", "corsOrigins": "*"})
        assert (changed["fallbackStrategy"], changed["ignored"]) == ("p2c", ["corsOrigins"])
        refusal(admin, "PUT", "/api/settings", {"fallbackStrategy": "best"}, field="fallbackStrategy")
        refusal(admin, "PUT", "/api/settings", {"newPassword": "x" * 12}, field="newPassword")
    finally:
        admin.call("PUT", "/api/settings", {"fallbackStrategy": None})
    assert admin.call("GET", "/api/settings") == before


def test_combo_defaults(admin, combo):
    path = "/api/settings/combo-defaults"
    before = admin.call("GET", path)
    try:
        changed = admin.call(
            "PATCH", path, {"comboDefaults": {"strategy": "shuffle"}, "providerOverrides": {"mo": {"maxRetries": 0}}}
        )
        assert changed["comboDefaults"]["strategy"] == "random"
        assert changed["providerOverrides"] == {"mo": {"maxRetries": 0}}
        assert combo("new", "mo/a")["strategy"] == "random"
        refusal(admin, "PATCH", path, {}, field="comboDefaults")
    finally:
        admin.call("PATCH", path, {"comboDefaults": {"strategy": None}, "providerOverrides": {"mo": None}})
    assert admin.call("GET", path) == before


def test_prices(admin):
    known = admin.call("GET", "/api/pricing")
    assert known["openai"]["gpt-4o"]["input"] > 0
    assert "no-such-model" not in known["openai"]
    try:
        changed = admin.call("PATCH", "/api/pricing", {"mo": {"mine": {"input": 0, "output": 1.5}}})
        assert changed["mo"] == {"mine": {"input": 0, "output": 1.5}}
        refusal(admin, "PATCH", "/api/pricing", {"mo": {"mine": {"input": -1}}}, field="mo.mine.input")
        refusal(admin, "DELETE", "/api/pricing?model=mine", None, field="provider")
        assert admin.call("GET", "/api/pricing") == changed
    finally:
        reset = admin.call("DELETE", "/api/pricing?provider=mo&model=mine")
    assert reset == known


def test_options_of_a_connection(admin):
    made = admin.connection("groq", "gsk-0123456789abcdefghij", "capped", maxConcurrent=2, weight=0.5)
    try:
        assert (made["maxConcurrent"], made["weight"]) == (2, 0.5)
        path = f"/api/providers/{made['id']}"
        changed = admin.call("PATCH", path, {"requestsPerMinute": 30, "maxConcurrent": None})["connection"]
        assert (changed["requestsPerMinute"], changed["weight"]) == (30, 0.5)
        assert "maxConcurrent" not in changed
        refusal(admin, "PATCH", path, {"weight": 0}, field="weight")
    finally:
        admin.call("DELETE", f"/api/providers/{made['id']}")


def test_everything_survives_a_restart(new_daemon):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    admin.call("POST", "/api/combos", {"name": "kept", "models": ["sim/echo", "sim/long"]}, expect=201)
    admin.call("PATCH", "/api/settings", {"fallbackStrategy": "random", "comboDefaults": {"maxRetries": 4}})
    admin.call("PUT", "/api/pricing", {"sim": {"echo": {"input": 1, "output": 2}}})
    admin.connection("openai", "sk-0123456789abcdef", "capped", tokensPerMinute=1000)
    paths = ("/api/combos", "/api/settings", "/api/pricing", "/api/providers")
    before = [admin.call("GET", path) for path in paths]
    admin.close()
    assert daemon.stop() == 0
    admin = Admin(daemon.start().url, Daemon.PASSWORD)
    key = admin.key("after the restart")["key"]
    assert [admin.call("GET", path) for path in paths] == before
    admin.close()
    sdk = make_client("openai", daemon.url, key)
    assert sdk.ask("kept").text
    sdk.close()
