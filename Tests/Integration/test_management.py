"""Providers, nodes, keys, aliases: create, read, change, delete, and what is refused."""

import uuid

import httpx
import pytest
from mock_upstream import Answer, faults

MISSING = str(uuid.UUID(int=0))


@pytest.fixture
def admin(router):
    return router.admin


def refusal(admin, method, path, body, status=400, field=None):
    error = admin.call(method, path, body, expect=status)["error"]
    assert error["message"]
    if field:
        assert field in (error.get("field"), error["message"].split(":")[0])
    return error


def test_connection_life(admin, mock):
    made = admin.connection("groq", "gsk-0123456789abcdefghij", "main", priority=3, defaultModel="llama")
    try:
        assert made["provider"] == "groq"
        assert (made["name"], made["priority"], made["isActive"]) == ("main", 3, True)
        path = f"/api/providers/{made['id']}"
        assert admin.call("GET", path)["connection"] == made
        assert made in admin.call("GET", "/api/providers")["connections"]
        assert admin.call("GET", "/api/providers?provider=groq")["connections"] == [made]
        changed = admin.call("PATCH", path, {"name": "renamed", "isActive": False})["connection"]
        assert (changed["name"], changed["isActive"], changed["priority"]) == ("renamed", False, 3)
        changed = admin.call("PUT", path, {"priority": 5, "apiKey": "gsk-another-0123456789"})["connection"]
        assert (changed["name"], changed["priority"]) == ("renamed", 5)
    finally:
        admin.call("DELETE", f"/api/providers/{made['id']}")
    admin.call("GET", path, expect=404)
    admin.call("DELETE", path, expect=404)
    admin.call("PATCH", path, {"name": "x"}, expect=404)
    assert admin.call("GET", "/api/providers?provider=groq")["connections"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": None}, "provider"),
        ({"provider": "no-such"}, "provider"),
        ({"provider": 7}, "provider"),
        ({"apiKey": None}, "apiKey"),
        ({"apiKey": ""}, "apiKey"),
        ({"apiKey": "x" * 10_001}, "apiKey"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": []}, "name"),
        ({"priority": 0}, "priority"),
        ({"priority": "first"}, "priority"),
        ({"priority": 1.5}, "priority"),
        ({"isActive": "yes"}, "isActive"),
        ({"baseUrl": "ftp://x"}, "baseUrl"),
        ({"baseUrl": "not a url"}, "baseUrl"),
        ({"baseUrl": "http://169.254.169.254/latest"}, "baseUrl"),
        ({"baseUrl": "http://user:pw@host/v1"}, "baseUrl"),
        ({"baseUrl": "http://metadata.google.internal/"}, "baseUrl"),
    ],
    ids=str,
)
def test_connection_validation(admin, change, field):
    body = {"provider": "groq", "apiKey": "gsk-0123456789abcdefghij", "name": "invalid"} | change
    refusal(admin, "POST", "/api/providers", {k: v for k, v in body.items() if v is not None}, field=field)
    assert admin.call("GET", "/api/providers?provider=groq")["connections"] == []


def test_duplicate_name_is_no_silent_overwrite(admin):
    made = admin.connection("groq", "gsk-0123456789abcdefghij", "twin")
    try:
        refusal(
            admin,
            "POST",
            "/api/providers",
            {"provider": "groq", "apiKey": "gsk-other-0123456789", "name": "twin"},
            status=409,
        )
    finally:
        admin.call("DELETE", f"/api/providers/{made['id']}")


def test_new_accounts_come_last(admin):
    first = admin.connection("groq", "gsk-0123456789abcdefghij", "a")
    second = admin.connection("groq", "gsk-0123456789abcdefghik", "b")
    for made in (first, second):
        admin.call("DELETE", f"/api/providers/{made['id']}")
    assert second["priority"] > first["priority"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_bodies_that_are_no_objects(admin, body):
    answer = admin.http.post("/api/providers", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


def test_node_life(admin, mock):
    node = admin.node("lifecycle", "openai", "http://127.0.0.1:9/v1/")
    path = f"/api/provider-nodes/{node['id']}"
    try:
        assert (node["prefix"], node["type"], node["apiType"]) == ("lifecycle", "openai-compatible", "chat")
        assert node["baseUrl"] == "http://127.0.0.1:9/v1"
        assert node["id"].startswith("openai-compatible-chat-")
        assert admin.call("GET", path)["node"] == node
        assert node in admin.call("GET", "/api/provider-nodes")["nodes"]
        admin.connection(node["id"], "k-0123456789abc", "one")
        admin.connection(node["id"], "k-0123456789abd", "two")
        changed = admin.call("PATCH", path, {"name": "other", "baseUrl": mock.url("openai")})["node"]
        assert (changed["name"], changed["prefix"], changed["baseUrl"]) == ("other", "lifecycle", mock.url("openai"))
    finally:
        admin.remove_node(node)
    admin.call("GET", path, expect=404)
    assert [c for c in admin.call("GET", "/api/providers")["connections"] if c["provider"] == node["id"]] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": None}, 400),
        ({"name": " "}, 400),
        ({"prefix": None}, 400),
        ({"prefix": "a/b"}, 400),
        ({"prefix": "a b"}, 400),
        ({"prefix": "é"}, 400),
        ({"prefix": "x" * 40}, 400),
        ({"type": "other"}, 400),
        ({"apiType": "nonsense"}, 400),
        ({"baseUrl": "nonsense"}, 400),
        ({"baseUrl": "http://169.254.1.1/"}, 400),
        ({"prefix": "openai"}, 409),
        ({"prefix": "cc"}, 409),
        ({"prefix": "mo"}, 409),
        ({"prefix": "sim"}, 409),
    ],
    ids=str,
)
def test_node_validation(admin, change, status):
    body = {
        "name": "n",
        "prefix": "fresh",
        "type": "openai-compatible",
        "apiType": "chat",
        "baseUrl": "http://127.0.0.1:9/v1",
    } | change
    before = admin.call("GET", "/api/provider-nodes")["nodes"]
    refusal(admin, "POST", "/api/provider-nodes", {k: v for k, v in body.items() if v is not None}, status=status)
    assert admin.call("GET", "/api/provider-nodes")["nodes"] == before


def test_key_life(admin):
    made = admin.key("a key")
    path = f"/api/keys/{made['id']}"
    assert made["key"].startswith("sk-omni-")
    shown = admin.call("GET", path)
    assert shown["name"] == "a key"
    assert made["key"] not in str(shown)
    assert shown in admin.call("GET", "/api/keys")["keys"]
    assert admin.call("PATCH", path, {"name": "renamed"})["name"] == "renamed"
    admin.call("DELETE", path)
    assert [key for key in admin.call("GET", "/api/keys")["keys"] if key["id"] == made["id"] and key["isActive"]] == []
    admin.call("DELETE", f"/api/keys/{MISSING}", expect=404)


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 7}, {"name": "x" * 201}], ids=str)
def test_key_validation(admin, body):
    refusal(admin, "POST", "/api/keys", body, field="name")


def test_alias_life(admin, openai_client, mock):
    admin.alias("fast", "mo/tiny-model")
    try:
        assert admin.call("GET", "/api/models/alias")["aliases"]["fast"] == "mo/tiny-model"
        openai_client.ask("fast")
        assert mock.last.model == "tiny-model"
        admin.alias("fast", "ma/other-model")
        openai_client.ask("fast")
        assert mock.last.model == "other-model"
    finally:
        admin.call("DELETE", "/api/models/alias?alias=fast")
    assert "fast" not in admin.call("GET", "/api/models/alias")["aliases"]
    admin.call("DELETE", "/api/models/alias?alias=fast", expect=404)
    with pytest.raises(openai_client.errors.NotFoundError):
        openai_client.ask("fast")


def test_alias_chain_and_circle(admin, openai_client, mock):
    admin.alias("third", "mo/deep-model")
    admin.alias("second", "third")
    admin.alias("first", "second")
    try:
        openai_client.ask("first")
        assert mock.last.model == "deep-model"
        refusal(admin, "POST", "/api/models/alias", {"alias": "third", "model": "first"})
        refusal(admin, "POST", "/api/models/alias", {"alias": "self", "model": "self"})
    finally:
        for alias in ("first", "second", "third"):
            admin.call("DELETE", f"/api/models/alias?alias={alias}")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"alias": "a"},
        {"model": "mo/m"},
        {"alias": "", "model": "mo/m"},
        {"alias": "a", "model": "nowhere/at-all"},
        {"alias": 7, "model": "mo/m"},
    ],
    ids=str,
)
def test_alias_validation(admin, body):
    refusal(admin, "PUT", "/api/models/alias", body)


@pytest.mark.parametrize(("key", "valid"), [("right-key-0123456789", True), ("wrong-key-0123456789", False)])
@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_connection_test(admin, mock, dialect, key, valid):
    mock.expects_violations = True  # a test call need not be a request of the dialect
    mock.always(faults.error(401, "bad key") if not valid else Answer())
    node = admin.node("testing", dialect, mock.url(dialect))
    try:
        made = admin.connection(node["id"], key, "to test")
        result = admin.call("POST", f"/api/providers/{made['id']}/test")
        assert result["valid"] is valid, result
        assert (result["error"] is None) is valid
        assert result["diagnosis"]["type"] == ("ok" if valid else "upstream_auth_error")
        assert result["latencyMs"] >= 0
        assert key not in str(result)
        shown = admin.call("GET", f"/api/providers/{made['id']}")["connection"]
        assert shown["testStatus"] == ("active" if valid else "error")
    finally:
        admin.remove_node(node)


def test_connection_test_of_a_dead_address(admin):
    node = admin.node("testing", "openai", "http://127.0.0.1:9/v1")
    try:
        made = admin.connection(node["id"], "k-0123456789abc", "dead")
        result = admin.call("POST", f"/api/providers/{made['id']}/test")
        assert result["valid"] is False
        assert result["diagnosis"]["type"] in ("network_error", "upstream_unavailable")
    finally:
        admin.remove_node(node)
    admin.call("POST", f"/api/providers/{MISSING}/test", expect=404)


def test_unknown_management_path(admin):
    answer = admin.http.get("/api/no-such-thing")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/json")
    assert admin.http.request("DELETE", "/api/providers").status_code in (404, 405)


def test_health_says_little_to_strangers(router, admin):
    stranger = httpx.get(f"{router.daemon.url}/api/monitoring/health", trust_env=False).json()
    assert stranger["status"] == "healthy"
    assert "system" not in stranger
    assert "system" in admin.call("GET", "/api/monitoring/health")
