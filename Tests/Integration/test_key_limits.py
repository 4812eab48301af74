"""What a client key may use: models and connections."""

import httpx
import pytest
import raw_http
from admin import Admin
from daemon import Daemon
from mock_upstream import faults
from router import DIALECTS

LISTS = {
    "openai": ("/v1/models", {}, lambda body: [model["id"] for model in body["data"]]),
    "anthropic": ("/v1/models", {"anthropic-version": "2023-06-01"}, lambda body: [m["id"] for m in body["data"]]),
    "gemini": ("/v1beta/models", {}, lambda body: [m["name"].removeprefix("models/") for m in body["models"]]),
    "ollama": ("/api/tags", {}, lambda body: [model["name"].removesuffix(":latest") for model in body["models"]]),
}


@pytest.fixture
def limited(router):
    """A function that makes a key with limits."""

    def make(**limits):
        return router.admin.call("POST", "/api/keys", {"name": "limited"} | limits, expect=201)

    return make


def ask(router, dialect, model, key, stream=False):
    return raw_http.exchange(router, *raw_http.request_of(dialect, model, stream), key=key["key"])


def connections(router) -> dict[str, str]:
    """Ids by name."""
    return {c["name"]: c["id"] for c in router.admin.call("GET", "/api/providers")["connections"]}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_models_in_every_dialect(router, limited, mock, any_model, dialect, stream):
    key = limited(allowedModels=[any_model])
    assert ask(router, dialect, any_model, key, stream).status == 200
    sent = len(mock.requests)
    answer = ask(router, dialect, any_model + "-other", key, stream)
    assert answer.status == 403, answer
    assert "may not use the model" in answer.body.decode()
    assert len(mock.requests) == sent


@pytest.mark.parametrize("dialect", DIALECTS)
def test_connections_in_every_dialect(router, limited, mock, dialect, stream):
    key = limited(allowedConnections=[connections(router)["openai node"]])
    assert ask(router, dialect, "mo/m", key, stream).status == 200
    answer = ask(router, dialect, "ma/m", key, stream)
    assert answer.status == 403, answer
    assert "no connection that this client key may use" in answer.body.decode()
    assert [request.dialect for request in mock.requests] == ["openai"]


def test_only_allowed_connections_are_tried(router, limited, mock):
    node = router.admin.node("two", "openai", mock.url("openai"))
    try:
        for name in ("first", "second"):
            router.admin.connection(node["id"], f"key-of-{name}-0123456789", name)
        mock.always(faults.error(500))
        key = limited(allowedConnections=[connections(router)["second"]])
        assert ask(router, "openai", "two/m", key).status == 500
        assert {request.credential for request in mock.requests} == {"key-of-second-0123456789"}
    finally:
        router.admin.remove_node(node)


def test_aliases_and_combos_lead_to_allowed_models_only(router, limited, mock):
    admin = router.admin
    admin.alias("byname", "mo/secret")
    made = admin.call("POST", "/api/combos", {"name": "mixed", "models": ["mo/secret", "ma/open"]}, expect=201)
    try:
        key = limited(allowedModels=["ma/*"])
        assert ask(router, "openai", "byname", key).status == 403
        # Of a combo what may be used remains.
        assert ask(router, "openai", "mixed", key).status == 200
        assert [request.model for request in mock.requests] == ["open"]
        assert ask(router, "openai", "mixed", limited(allowedModels=["mg/*"])).status == 403
        # A name that is listed may be used with all that it leads to.
        for name, model in (("byname", "secret"), ("mixed", "secret")):
            assert ask(router, "openai", name, limited(allowedModels=[name])).status == 200
            assert mock.last.model == model
    finally:
        admin.call("DELETE", f"/api/combos/{made['id']}")
        admin.call("DELETE", "/api/models/alias?alias=byname")


def test_the_provider_in_the_url_and_counting(router, limited, mock):
    key = limited(allowedModels=["mo/m"])["key"]
    body = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    assert raw_http.exchange(router, "/v1/providers/mo/chat/completions", body, key=key).status == 200
    assert raw_http.exchange(router, "/v1/providers/ml/chat/completions", body, key=key).status == 403
    body["model"] = "ma/m"
    assert raw_http.exchange(router, "/v1/messages/count_tokens", body, key=key).status == 403


@pytest.mark.parametrize("dialect", LISTS)
def test_lists_show_what_may_be_used(router, limited, dialect):
    path, headers, names = LISTS[dialect]
    router.admin.alias("shown", "sim/echo")
    router.admin.alias("hidden", "mo/m")
    try:
        key = limited(allowedModels=["sim/*"])["key"]

        def listed(key):
            given = headers | {"authorization": f"Bearer {key}"}
            return names(httpx.get(router.daemon.url + path, headers=given, trust_env=False).json())

        found = listed(key)
        assert "shown" in found and "hidden" not in found
        assert all(name == "shown" or name.startswith("sim/") for name in found)
        assert "hidden" in listed(router.key) and len(listed(router.key)) > len(found)
    finally:
        for alias in ("shown", "hidden"):
            router.admin.call("DELETE", f"/api/models/alias?alias={alias}")


def test_one_hidden_model_does_not_exist(router, limited):
    key = limited(allowedModels=["sim/*"])["key"]
    headers = {"authorization": f"Bearer {key}"}
    for name, status in (("sim/echo", 200), ("openai/gpt-4o", 404)):
        answer = httpx.get(f"{router.daemon.url}/v1/models/{name}", headers=headers, trust_env=False)
        assert answer.status_code == status
    # Nor is it offered to those who mistype.
    assert "gpt-4o" not in answer.json()["error"]["message"].replace("'openai/gpt-4o' does not exist", "")


def test_limits_change_at_once_and_are_lifted(router, limited, mock):
    key = limited()
    path = f"/api/keys/{key['id']}"
    assert ask(router, "openai", "mo/m", key).status == 200
    changed = router.admin.call("PATCH", path, {"allowedModels": ["ma/*"]})
    assert changed["allowedModels"] == ["ma/*"] and changed["message"]
    assert ask(router, "openai", "mo/m", key).status == 403
    router.admin.call("PATCH", path, {"name": "renamed"})
    assert router.admin.call("GET", path)["allowedModels"] == ["ma/*"]
    router.admin.call("PATCH", path, {"allowedModels": []})
    assert ask(router, "openai", "mo/m", key).status == 200
    router.admin.call("PUT", path, {"allowedConnections": [connections(router)["gemini node"]]})
    assert ask(router, "openai", "mo/m", key).status == 403
    assert router.admin.call("PUT", path, {"allowedConnections": None})["allowedConnections"] == []
    assert ask(router, "openai", "mo/m", key).status == 200


def test_explained(router, limited):
    key = limited(allowedModels=["ma/*"])
    told = router.admin.call("POST", "/api/route/explain", {"model": "mo/m", "keyId": key["id"]})
    assert told["decision"] == "refuse" and "may not use the model" in told["reason"]
    told = router.admin.call("POST", "/api/route/explain", {"model": "ma/m", "keyId": key["id"]})
    assert told["decision"] == "attempt"
    error = router.admin.call("POST", "/api/route/explain", {"model": "ma/m", "keyId": "none"}, expect=400)
    assert error["error"]["field"] == "keyId"


@pytest.mark.parametrize(
    "body, field",
    [
        ({"allowedModels": "ma/*"}, "allowedModels"),
        ({"allowedModels": [7]}, "allowedModels"),
        ({"allowedModels": [""]}, "allowedModels[0]"),
        ({"allowedConnections": {}}, "allowedConnections"),
        ({"allowedConnections": ["none"]}, "allowedConnections[0]"),
    ],
)
def test_wrong_limits_are_named(router, limited, body, field):
    path = f"/api/keys/{limited(allowedModels=['ma/*'])['id']}"
    assert router.admin.call("PATCH", path, body, expect=400)["error"]["field"] == field
    assert router.admin.call("POST", "/api/keys", {"name": "x"} | body, expect=400)["error"]["field"] == field
    assert router.admin.call("GET", path)["allowedModels"] == ["ma/*"]


def test_limits_survive_a_restart_and_the_end_of_their_connection(new_daemon, mock):
    daemon = new_daemon().start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("mo", "openai", mock.url("openai"))
    allowed = admin.connection(node["id"], "key-of-allowed-0123456789", "allowed")
    admin.connection(node["id"], "key-of-other-0123456789", "other")
    limits = {"allowedModels": ["mo/*"], "allowedConnections": [allowed["id"]]}
    key = admin.call("POST", "/api/keys", {"name": "limited"} | limits, expect=201)
    assert {name: key[name] for name in limits} == limits
    admin.close()
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    shown = admin.call("GET", f"/api/keys/{key['id']}")
    assert {name: shown[name] for name in limits} == limits

    def status(model):
        with raw_http.Wire(daemon) as wire:
            wire.send(raw_http.request_bytes("/v1/chat/completions", raw_http.chat_body(model), key=key["key"]))
            return wire.answer().status

    assert (status("mo/m"), status("sim/echo")) == (200, 403)
    assert mock.last.credential == "key-of-allowed-0123456789"
    # A limit never widens by itself.
    admin.call("DELETE", f"/api/providers/{allowed['id']}")
    assert status("mo/m") == 403
    admin.close()


