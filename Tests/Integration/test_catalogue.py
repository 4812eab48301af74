"""What models there are: of upstreams, of people, with their prices; at once and after a restart."""

import json
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import raw_http
import scenarios
from admin import Admin
from daemon import Daemon, binary
from dialects import client
from mock_upstream import faults
from test_fallback import pair  # noqa: F401

PRICES = Path(__file__).parent / "fixtures" / "prices"


class ListServer:
    """Answers GET requests from a table of targets; everything else is 404."""

    def __init__(self):
        self.answers: dict[str, tuple[int, object]] = {}
        self.seen: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                owner.seen.append(self.path)
                status, answer = owner.answers.get(self.path, (404, {"error": "no such page"}))
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def lists():
    server = ListServer()
    yield server
    server.stop()


@pytest.fixture
def listed_node(router, lists):
    """Makes a node over the list server with one connection."""
    made = []

    def make(dialect: str, base: str = "") -> dict:
        node = router.admin.node(f"list-{dialect}", dialect, lists.url + base)
        made.append(node)
        return router.admin.connection(node["id"], "sk-list-0123456789", "list account")

    yield make
    for node in made:
        router.admin.remove_node(node)


def _ids(answer) -> list[str]:
    return [model["id"] for model in answer["models"]]


def _models(router, connection, query="") -> dict:
    return router.admin.call("GET", f"/api/providers/{connection['id']}/models{query}")


def test_live_list_then_memory_then_refresh(router, lists, listed_node):
    connection = listed_node("openai", "/v1")
    lists.answers["/v1/models"] = (200, {"object": "list", "data": [{"id": "one", "context_length": 9}]})
    first = _models(router, connection)
    assert (first["source"], _ids(first), first["models"][0]["contextLength"]) == ("live", ["one"], 9)
    lists.answers["/v1/models"] = (200, {"object": "list", "data": [{"id": "two"}]})
    again = _models(router, connection)
    assert (again["source"], _ids(again)) == ("cache", ["one"])
    fresh = _models(router, connection, "?refresh=true")
    assert (fresh["source"], _ids(fresh)) == ("live", ["two"])
    assert lists.seen == ["/v1/models"] * 2


def test_a_catalogue_provider_at_an_address_of_its_own(router, mock):
    connections = router.admin.call("GET", "/api/providers?provider=openai")["connections"]
    answer = _models(router, connections[0], "?refresh=true")
    assert (answer["source"], _ids(answer)) == ("live", mock.models)
    assert answer["models"][0]["ownedBy"] == "mock"


def test_pages_of_every_dialect(router, lists, listed_node):
    lists.answers |= {
        "/v1/models?limit=1000": (200, {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}),
        "/v1/models?limit=1000&after_id=a": (200, {"data": [{"id": "b"}], "has_more": False}),
        "/v1beta/models?pageSize=1000": (200, {"models": [{"name": "models/g"}], "nextPageToken": "t"}),
        "/v1beta/models?pageSize=1000&pageToken=t": (200, {"models": [{"name": "models/h"}]}),
        "/api/tags": (200, {"models": [{"name": "llama3:8b", "model": "llama3:8b"}]}),
    }
    assert _ids(_models(router, listed_node("anthropic", "/v1"))) == ["a", "b"]
    assert _ids(_models(router, listed_node("gemini", "/v1beta"))) == ["g", "h"]
    assert _ids(_models(router, listed_node("ollama"))) == ["llama3:8b"]


def test_a_failure_is_never_ours(router, lists, listed_node):
    connection = listed_node("openai", "/v1")
    lists.answers["/v1/models"] = (401, {"error": "no"})
    answer = router.admin.call("GET", f"/api/providers/{connection['id']}/models", expect=502)
    assert answer["upstreamStatus"] == 401
    assert answer["error"]["code"] == "upstream_auth_error"
    # With something to fall back to, that is shown and said to be no more than that.
    model = {"provider": "list-openai", "modelId": "mine"}
    router.admin.call("POST", "/api/provider-models", model, expect=201)
    answer = _models(router, connection)
    assert (answer["source"], _ids(answer)) == ("local_catalog", ["mine"])
    assert "refused the key" in answer["warning"]


def test_a_custom_model_works_at_once_in_every_dialect(router, mock):
    model = {"provider": "mo", "modelId": "my/new-model", "name": "Mine", "contextLength": 5000}
    router.admin.call("POST", "/api/provider-models", model, expect=201)
    try:
        headers = {"authorization": f"Bearer {router.key}"}
        http = router.admin.http
        name = "mo/my/new-model"
        assert name in [entry["id"] for entry in http.get("/v1/models", headers=headers).json()["data"]]
        gemini = http.get("/v1beta/models", headers=headers).json()["models"]
        assert f"models/{name}" in [entry["name"] for entry in gemini]
        assert name in [entry["name"] for entry in http.get("/api/tags", headers=headers).json()["models"]]
        versioned = headers | {"anthropic-version": "2023-06-01"}
        assert name in [entry["id"] for entry in http.get("/v1/models", headers=versioned).json()["data"]]
        # Also by its bare name, which no other provider has.
        for asked in (name, "my/new-model"):
            router.client("openai").ask(asked)
            assert mock.last.model == "my/new-model"
        router.admin.call(
            "POST", "/api/combos", {"name": "with-mine", "models": [name], "strategy": "priority"}, expect=201
        )
        for dialect in ("openai", "anthropic"):
            router.client(dialect).ask("with-mine")
            assert mock.last.model == "my/new-model"
    finally:
        for combo in router.admin.call("GET", "/api/combos")["combos"]:
            if combo["name"] == "with-mine":
                router.admin.call("DELETE", f"/api/combos/{combo['id']}")
        router.admin.call("DELETE", "/api/provider-models?provider=mo&model=my/new-model")
    assert router.admin.call("GET", "/api/provider-models?provider=mo") == {"models": []}


def test_the_catalogue_and_its_filters(router):
    catalog = router.admin.call("GET", "/api/models/catalog")["catalog"]
    assert catalog["openai"]["active"] is True
    assert catalog["mo"]["active"] is True and catalog["mo"]["node"] is True
    known = {model["id"]: model for model in catalog["openai"]["models"]}
    assert known["openai/gpt-4o"]["pricing"]["input"] > 0
    assert known["openai/gpt-4o"]["priceSource"] == "built-in"
    free = [model for group in catalog.values() for model in group["models"] if model["pricing"] is None]
    assert free and {model["priceSource"] for model in free} == {"unknown"}
    rerank = router.admin.call("GET", "/api/models/catalog?type=rerank")["catalog"]
    assert {model["type"] for group in rerank.values() for model in group["models"]} == {"rerank"}
    assert router.admin.call("GET", "/api/models/catalog?type=nonsense", expect=400)["error"]["field"] == "type"


@pytest.mark.parametrize("upstream", ["openai"])
def test_availability_and_taking_a_cooldown_back(router, pair, mock, upstream):  # noqa: F811
    def ask():
        body = {"model": "pair/m", "messages": [scenarios.user("Hi")]}
        return raw_http.exchange(router, "/v1/chat/completions", body).status

    def check():
        return router.admin.call("POST", "/api/models/availability", {"model": "pair/m"})

    assert check()["providers"][0]["accountsAvailable"] == 2
    mock.always(faults.error(429, "slow down", retry_after="40"))
    assert ask() == 429
    found = check()
    assert found["available"] is False and found["status"] == "cooldown"
    (pool,) = found["providers"]
    assert (pool["accountsTotal"], pool["accountsAvailable"]) == (2, 0)
    assert 30_000 < pool["cooldownRemainingMs"] <= 40_000
    before = len(mock.requests)
    assert ask() == 429
    assert len(mock.requests) == before
    cleared = router.admin.call("POST", "/api/models/availability", {"provider": "pair", "model": "m"})
    assert cleared["removed"] is True and cleared["removedCount"] == 2
    assert check()["available"] is True
    mock.reset()
    assert ask() == 200


@pytest.mark.parametrize(
    ("file", "expected", "foreign"),
    [
        ("litellm.json", {"input": 2.8, "output": 11.2, "cached": 1.4}, "sagemaker"),
        ("models-dev.json", {"input": 2.6, "output": 10.1, "cached": 1.3}, "unheard-of"),
    ],
)
def test_imported_prices(router, file, expected, foreign):
    admin = router.admin
    before = admin.call("GET", "/api/pricing")
    content = json.loads((PRICES / file).read_text())
    report = admin.call("POST", "/api/pricing/import", content)["import"]
    try:
        assert report["otherProviders"]["names"] == [foreign]
        assert report["longContextTiersIgnored"] == 1 and report["withoutPrice"] == 1
        assert admin.call("GET", "/api/pricing")["openai"]["gpt-4o"] == expected
        models = admin.call("GET", "/api/models/catalog?provider=openai")["catalog"]["openai"]["models"]
        (model,) = [model for model in models if model["id"] == "openai/gpt-4o"]
        assert model["pricing"] == expected and model["priceSource"] == "imported"
    finally:
        admin.call("DELETE", "/api/pricing/import")
    assert admin.call("GET", "/api/pricing") == before


def test_all_of_it_survives_a_restart(new_daemon, mock):
    daemon = new_daemon(REQUIRE_API_KEY="true").start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("kept", "openai", mock.url("openai"))
    admin.connection(node["id"], "kept-key-0123456789", "kept account")
    key = admin.key("kept key")["key"]
    model = {"provider": "kept", "modelId": "kept-model", "maxOutputTokens": 99, "capabilities": ["vision"]}
    admin.call("POST", "/api/provider-models", model, expect=201)
    admin.close()
    file = PRICES / "litellm.json"
    environment = {"DATA_DIR": str(daemon.data_dir), "HOME": str(daemon.scratch), "PATH": "/usr/bin:/bin"}
    run = subprocess.run(
        [binary(), "prices", "import", str(file)], env=environment, capture_output=True, text=True, timeout=30
    )
    assert run.returncode == 0, run.stderr
    assert "3 of 6 entries imported" in run.stdout and "rejected: broken" in run.stdout
    assert daemon.stop() == 0
    daemon.start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    (kept,) = admin.call("GET", "/api/provider-models?provider=kept")["models"]
    assert (kept["id"], kept["maxOutputTokens"], kept["capabilities"]) == ("kept-model", 99, ["vision"])
    assert admin.call("GET", "/api/pricing")["vertex"]["gemini-imported"] == {"input": 0.1, "output": 0.4}
    assert admin.call("GET", "/api/pricing/import")["import"]["format"] == "litellm"
    client("openai", daemon.url, key).ask("kept-model")
    assert mock.last.model == "kept-model"
    admin.close()
    refused = subprocess.run(
        [binary(), "prices", "import", "-"], env=environment, input="{", capture_output=True, text=True, timeout=30
    )
    assert refused.returncode != 0 and "not valid JSON" in refused.stderr
    cleared = subprocess.run([binary(), "prices", "clear"], env=environment, capture_output=True, text=True, timeout=30)
    assert cleared.returncode == 0, cleared.stderr
    again = subprocess.run([binary(), "prices", "clear"], env=environment, capture_output=True, text=True, timeout=30)
    assert again.returncode != 0 and "no prices are imported" in again.stderr
